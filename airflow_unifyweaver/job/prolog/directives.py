"""What each directive says about a job."""

from collections.abc import Callable, Iterator

from airflow_unifyweaver.job.handler import NAMED_HANDLERS
from airflow_unifyweaver.job.nearest import nearest
from airflow_unifyweaver.job.prolog.aggregation import read_aggregation
from airflow_unifyweaver.job.prolog.draft import Draft, FieldPath
from airflow_unifyweaver.job.prolog.options import each_option, put_option, read_options
from airflow_unifyweaver.job.prolog.predicates import work_indicator
from airflow_unifyweaver.job.prolog.program import Directive
from airflow_unifyweaver.job.prolog.sources import read_dynamic_source, read_source
from airflow_unifyweaver.job.prolog.table import DIRECTIVES, options_of
from airflow_unifyweaver.job.prolog.terms import Compound, ListTerm, Term, functor_of, indicator_of
from airflow_unifyweaver.job.prolog.values import NoValueError, Option, inner_options, value_of

PREDICATE: FieldPath = ("work", "prolog", "predicate")


def read_directive(draft: Draft, directive: Directive) -> None:
    """Set what a directive says; one that is none of the job's is left to Prolog, when Prolog knows it."""
    for goal in _goals(directive.goal):
        name, arity = functor_of(goal) or (goal.written, 0)
        if name not in DIRECTIVES:
            _check_known(draft, directive, goal, f"{name}/{arity}")
        elif not isinstance(goal, Compound) or arity not in _ARITIES.get(name, range(1, 100)):
            draft.complain(goal.at, f"{name}/{arity} is no directive; it is written {DIRECTIVES[name].form}")
        else:
            _READERS.get(name, _read_config)(draft, goal)


def _goals(goal: Term) -> Iterator[Term]:
    if isinstance(goal, Compound) and goal.is_a(",", 2):
        yield from _goals(goal.arguments[0])
        yield from _goals(goal.arguments[1])
    else:
        yield goal


def _check_known(draft: Draft, directive: Directive, goal: Term, indicator: str) -> None:
    match = nearest(indicator.rpartition("/")[0], DIRECTIVES)
    if match and indicator in directive.unknown and indicator not in draft.program.predicates:
        draft.complain(goal.at, f"unknown directive {indicator}; did you mean {match}?")


def _read_parallel(draft: Draft, goal: Compound) -> None:
    named, *options = goal.arguments
    indicator = work_indicator(draft, named)
    if indicator and draft.claim(PREDICATE, goal.at):
        draft.put(PREDICATE, indicator, named.at)
    read_options(draft, options, options_of(goal.name), goal.name, own=True)


def _read_config(draft: Draft, goal: Compound) -> None:
    read_options(draft, goal.arguments, options_of(goal.name), goal.name)


def _read_backend(draft: Draft, goal: Compound) -> None:
    put_option(draft, Option("backend", goal.arguments, goal.at), ("parallel", "backend"))


def _read_aggregation(draft: Draft, goal: Compound) -> None:
    read_aggregation(draft, goal.arguments, goal.at)


def _read_name(draft: Draft, goal: Compound) -> None:
    put_option(draft, Option("name", goal.arguments, goal.at), ("name",))


def _read_dag(draft: Draft, goal: Compound) -> None:
    for option in each_option(draft, goal.arguments, goal.name):
        put_option(draft, option, ("dag", option.name))


def _read_event(draft: Draft, goal: Compound) -> None:
    kind, handlers = goal.arguments
    path: FieldPath = ("on_event", kind.written)
    listed = handlers.items if isinstance(handlers, ListTerm) else (handlers,)
    if not listed:
        draft.put(path, [], goal.at)
    for handler in listed:
        try:
            draft.append(path, _handler(draft, handler), handler.at)
        except NoValueError as error:
            draft.complain(error.at, str(error))


def _handler(draft: Draft, handler: Term) -> object:
    indicator = indicator_of(handler)
    if indicator:
        draft.handlers[indicator] = handler.at
        return {"prolog": {"file": draft.file, "predicate": indicator}}
    if isinstance(handler, Compound):
        options = inner_options(handler.arguments)
        if handler.name not in ("webhook", *NAMED_HANDLERS) or options is None:
            raise NoValueError(handler.at, f"wanted a handler, as in {DIRECTIVES['on_event'].form}")
        listed = value_of(ListTerm(handler.at, handler.written, _terms(handler)))
        return listed if handler.name == "webhook" else {handler.name: listed}
    return value_of(handler)


def _terms(term: Compound) -> tuple[Term, ...]:
    (*_, last) = term.arguments
    return last.items if isinstance(last, ListTerm) and len(term.arguments) == 1 else term.arguments


_ARITIES: dict[str, tuple[int, ...]] = {
    "parallel": (1, 2),
    "dynamic_source": (2, 3),
    "source": (3,),
    "set_parallel_backend": (1,),
    "on_event": (2,),
    "job_name": (1,),
}
"""How many arguments a directive has; any number where options are its arguments."""

_READERS: dict[str, Callable[[Draft, Compound], None]] = {
    "parallel": _read_parallel,
    "dynamic_source": read_dynamic_source,
    "source": read_source,
    "set_parallel_backend": _read_backend,
    "aggregation": _read_aggregation,
    "on_event": _read_event,
    "dag": _read_dag,
    "job_name": _read_name,
}
