"""Which options each directive takes, and the field of the job that each is."""

from dataclasses import dataclass
from functools import cache

from airflow_unifyweaver.job.batch import Batch
from airflow_unifyweaver.job.names import Model, kind, models_in
from airflow_unifyweaver.job.output import Output
from airflow_unifyweaver.job.parallel import Parallel
from airflow_unifyweaver.job.policy import Failure, Retry
from airflow_unifyweaver.job.prolog.draft import FieldPath
from airflow_unifyweaver.job.prolog_work import PrologWork
from airflow_unifyweaver.job.source import Source
from airflow_unifyweaver.job.work import Work

_MODELS: dict[str, Model] = {
    "batch": Batch,
    "parallel": Parallel,
    "retry": Retry,
    "failure": Failure,
    "output": Output,
    "work": Work,
}
AGGREGATION, BATCH_PARALLEL, PREDICATE = "aggregation", "batch_parallel", "predicate"
_OF_SOURCE = ("batch", "parallel", AGGREGATION, BATCH_PARALLEL)
_NAMED_BY_DIRECTIVE = ("file", "predicate")


@dataclass(frozen=True)
class DirectiveForm:
    """A directive: how it is written, what it is for, and the groups of options that it takes."""

    form: str
    meaning: str
    groups: tuple[str, ...] = ()


DIRECTIVES: dict[str, DirectiveForm] = {
    "parallel": DirectiveForm(
        "parallel(Name/Arity, Options)",
        "The predicate that runs on each batch, and how. Options may be left out.",
        ("batch", "parallel", "retry", "failure", PREDICATE, AGGREGATION, BATCH_PARALLEL),
    ),
    "dynamic_source": DirectiveForm(
        "dynamic_source(Name/Arity, external(Type, Place), Options)",
        "The source, whose records are the facts of Name/Arity. Options may be left out, or stand in the place of "
        "external, with type(Type) among them.",
        _OF_SOURCE,
    ),
    "source": DirectiveForm("source(Type, Name, Options)", "The source, in another form.", _OF_SOURCE),
    "batch_config": DirectiveForm("batch_config(Option, ...)", "How the source is cut into batches.", ("batch",)),
    "parallel_config": DirectiveForm("parallel_config(Option, ...)", "How batches are worked through.", ("parallel",)),
    "set_parallel_backend": DirectiveForm("set_parallel_backend(Backend)", "The backend."),
    "aggregation": DirectiveForm(
        "aggregation(Reduction)",
        'How results are merged: concat, set_union, reduce(sum), reduce(Name/3), reduce("pkg.mod:function"); and in a '
        "second argument by_key(true), or for a predicate merges(values), merges(pairs) or merges(batches).",
    ),
    "on_event": DirectiveForm(
        "on_event(Type, Handler)",
        'What hears of events of a type: Name/1, "pkg.mod:function", webhook(url(URL), Option, ...), '
        "kafka(topic(Topic), Option, ...), rabbitmq(queue(Queue), Option, ...), or a list of handlers.",
    ),
    "retry_policy": DirectiveForm("retry_policy(Option, ...)", "How a batch that fails is tried again.", ("retry",)),
    "failure_policy": DirectiveForm(
        "failure_policy(Option, ...)", "What batches that failed for good mean for the job.", ("failure",)
    ),
    "work": DirectiveForm("work(Option, ...)", "Work that is no predicate of this program.", ("work",)),
    "output": DirectiveForm("output(Option, ...)", "Where the result is published.", ("output",)),
    "dag": DirectiveForm("dag(Option, ...)", "Keyword arguments for Airflow's DAG; any name."),
    "job_name": DirectiveForm("job_name(Name)", "Name of the job; the file's without .pl if absent."),
}

SOURCE_TYPES: dict[str, str] = {
    "text": "path",
    "csv": "path",
    "json": "path",
    "parquet": "path",
    "http": "url",
    "sql": "query",
    "sqlite": "url",
    "awk": "program",
    "command": "command",
    "kafka": "topic",
    "rabbitmq": "queue",
}
"""Each type of source, and the field that the place in ``external(Type, Place)`` is."""

ALIASES: dict[str, dict[str, str]] = {
    "csv": {"csv_file": "path", "has_header": "header", "quote_char": "quotechar", "columns": "header"},
    "json": {"json_file": "path"},
    "sqlite": {"sqlite_file": "url"},
    "awk": {"awk_command": "program", "input_file": "path"},
}
"""UnifyWeaver's own names of options of a source, and the fields that they are."""


@cache
def options_of(directive: str) -> dict[str, FieldPath]:
    """Return the options that a directive takes whatever its source, each with the field that it is."""
    options: dict[str, FieldPath] = {}
    for group in DIRECTIVES[directive].groups:
        options |= _group(group)
    return options


@cache
def options_of_source(source: str) -> dict[str, FieldPath]:
    """Return the options that a type of source takes, each with the field that it is."""
    known = "sql" if source == "sqlite" else source
    model = next(model for model in models_in(Source) if kind(model) == known)
    names = {name: name for name in model.model_fields if name != "type"} | ALIASES.get(source, {})
    return {option: ("source", field) for option, field in names.items()}


@cache
def directives_with(option: str) -> list[str]:
    """Return the names of the directives that take an option whatever their source."""
    return [directive for directive in DIRECTIVES if option in options_of(directive)]


def _group(group: str) -> dict[str, FieldPath]:
    match group:
        case "aggregation":
            return {AGGREGATION: ("aggregation",)}
        case "batch_parallel":
            return {BATCH_PARALLEL: ("parallel", "backend")}
        case "predicate":
            names = [name for name in PrologWork.model_fields if name not in _NAMED_BY_DIRECTIVE]
            return {name: ("work", "prolog", name) for name in names}
    return _fields(group)


def _fields(part: str) -> dict[str, FieldPath]:
    """Return the fields of a part; options of a cluster need not be put into the table of its name."""
    model = _MODELS[part]
    fields: dict[str, FieldPath] = {name: (part, name) for name in model.model_fields}
    for table in ("dask", "spark", "hadoop_streaming"):
        if table in fields:
            for options in models_in(model.model_fields[table].annotation):
                fields |= {name: (part, table, name) for name in options.model_fields}
    return fields
