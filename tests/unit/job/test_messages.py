"""Wrong jobs, and exactly what is said about them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.model import BatchJob

MINIMAL = {"name": "x", "source": {"type": "text", "path": "a.log"}, "work": {"command": "wc -l"}}

WRONG = [
    ({"batch": {"batch_sise": 1}}, "batch.batch_sise: unknown field; did you mean batch_size?"),
    ({"batch_size": 1}, "batch_size: unknown field here; it belongs under batch"),
    ({"batchsize": 1}, "batchsize: unknown field; did you mean batch.batch_size?"),
    ({"workers": 1}, "workers: unknown field here; it belongs under parallel"),
    ({"executor_memory": "1g"}, "executor_memory: unknown field here; it belongs under parallel.spark"),
    ({"sorce": 1}, "sorce: unknown field; did you mean source?"),
    ({"retry": {"name": "x"}}, "retry.name: unknown field here; it belongs at the top level"),
    ({"retry": {"Max_Attempts": 1}}, "retry.Max_Attempts: unknown field; did you mean max_attempts?"),
    (
        {"failure": {"zzz": 1}},
        "failure.zzz: unknown field; known are budget, quarantine",
    ),
    ({"name": ".x"}, "name: wanted 1 to 200 letters, digits, '_', '-' and '.', not starting with '.', got '.x'"),
    ({"name": 2024}, "name: wanted 1 to 200 letters, digits, '_', '-' and '.', not starting with '.', got 2024"),
    ({"source": None}, "source: wanted a mapping of fields, got nothing"),
    ({"source": "a.log"}, "source: wanted a mapping of fields, got 'a.log'"),
    ({"source": {"type": "txt", "path": "a"}}, "source.type: unknown value 'txt'; did you mean text?"),
    (
        {"source": {"path": "a"}},
        (
            "source.type: required field is missing; known are text, csv, json, parquet, http, sql, awk, command, "
            "kafka, rabbitmq"
        ),
    ),
    ({"source": {"type": "text"}}, "source.path: required field is missing"),
    ({"source": {"type": "text", "path": 3}}, "source.path: wanted a path or a list of paths, got 3"),
    ({"source": {"type": "text", "path": ["a", 3, 4]}}, "source.path[1]: wanted a path, got 3"),
    ({"source": {"type": "text", "path": ["a", ["b"]]}}, "source.path[1]: wanted a path, got a list"),
    ({"source": {"type": "text", "path": []}}, "source.path: wanted a path or a list of paths, got an empty list"),
    (
        {"source": {"type": "text", "path": "a", "delimiter": ","}},
        "source.delimiter: unknown field here; it belongs to source of type csv",
    ),
    (
        {"source": {"type": "text", "path": "a", "url": "x"}},
        "source.url: unknown field here; it belongs to source of type http or sql or rabbitmq",
    ),
    (
        {"source": {"type": "csv", "path": "a", "deliminator": ","}},
        "source.deliminator: unknown field; did you mean delimiter?",
    ),
    (
        {"parallel": {"backend": "bash_frk"}},
        "parallel.backend: unknown value 'bash_frk'; did you mean bash_fork?",
    ),
    (
        {"parallel": {"backend": 7}},
        (
            "parallel.backend: unknown value 7; known are auto, sequential, bash_fork, gnu_parallel, dask, spark, "
            "hadoop_streaming"
        ),
    ),
    (
        {"parallel": {"workers": "many"}},
        "parallel.workers: wanted a whole number of at least 1, auto, or a range such as {min: 1, max: 8}, got 'many'",
    ),
    ({"parallel": {"preserve_order": "yes"}}, "parallel.preserve_order: wanted true or false, got 'yes'"),
    (
        {"parallel": {"gnu_parallel": {"options": ["--nice", 10]}}},
        "parallel.gnu_parallel.options[1]: wanted text that is not empty, got 10",
    ),
    (
        {"work": {"prolog": {"file": "p.pl", "predicate": "p/2", "columns": ["a", 3], "result": [0]}}},
        (
            "work.prolog.columns[1]: wanted a column's name, got 3\n"
            "work.prolog.result[0]: wanted the number of an argument, the first being 1, got 0"
        ),
    ),
    ({"parallel": {"spark": {"mastr": 1}}}, "parallel.spark.mastr: unknown field; did you mean master?"),
    ({"parallel": {2: 1}}, "parallel[2]: names of fields are text, got 2"),
    ({"batch": {"batch_size": True}}, "batch.batch_size: wanted a whole number of at least 1, got true"),
    ({"batch": {"batch_size": "1e5"}}, "batch.batch_size: wanted a whole number of at least 1, got '1e5'"),
    ({"batch": ["batch_size"]}, "batch: wanted a mapping of fields, got a list"),
    (
        {"on_event": {"batch_complet": ["a:b"]}},
        "on_event.batch_complet: unknown name; did you mean batch_complete?",
    ),
    ({"on_event": {"batch_ready": "a:b"}}, "on_event.batch_ready: wanted a list, got 'a:b'"),
    (
        {"on_event": {"batch_ready": ["a"]}},
        'on_event.batch_ready[0]: wanted "pkg.mod:function" or "file.py:function", or the URL of a webhook, got \'a\'',
    ),
    ({"dag": {0: 1}}, "dag[0]: names of fields are text, got 0"),
    ({"on_event": 3}, "on_event: wanted a mapping, got 3"),
    ({"aggregation": "som"}, "aggregation.reduce: unknown value 'som'; did you mean sum?"),
    ({"aggregation": {"reduce": "sum", "bykey": True}}, "aggregation.bykey: unknown field; did you mean by_key?"),
    ({"output": {}}, "output.path: required field is missing"),
    ({"output": {"path": "a", "format": "xml"}}, "output.format: unknown value 'xml'; known are jsonl, csv, parquet"),
    (
        {"retry": {"timeout": 0}, "failure": {"budget": -1}},
        (
            "retry.timeout: wanted a number of seconds above 0, or a multiple of the median above 1 "
            'such as "20x", got 0\n'
            'failure.budget: wanted a whole number of at least 0, or a percentage from "0%" to "100%", got -1'
        ),
    ),
]


def message(**fields):
    with pytest.raises(JobError) as caught:
        BatchJob.from_dict({**MINIMAL, **fields})
    return str(caught.value)


@pytest.mark.parametrize(("fields", "expected"), WRONG, ids=[expected.partition(":")[0] for _, expected in WRONG])
def test_the_message_names_the_field_the_reason_and_the_remedy(fields, expected):
    assert message(**fields) == expected


def test_every_missing_field_is_named():
    with pytest.raises(JobError) as caught:
        BatchJob.from_dict({})
    assert str(caught.value) == "\n".join(f"{name}: required field is missing" for name in ("name", "source", "work"))


def test_a_long_value_is_cut():
    assert message(name="/" * 1000).endswith("/...")
    assert len(message(name="/" * 1000)) < 200


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=3)
FIELDS = (
    "name source type path text csv batch batch_size work python command parallel workers backend "
    "aggregation reduce on_event batch_ready dag output format retry"
)
names = st.sampled_from(FIELDS.split())
keys = names | st.text(max_size=5) | st.integers()
junk = st.recursive(
    scalars | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)  # the first job builds the validator
@given(st.dictionaries(keys, junk, max_size=6), st.booleans())
def test_junk_is_only_ever_a_job_error_that_names_a_field(data, completed):
    try:
        BatchJob.from_dict({**MINIMAL, **data} if completed else data)
    except JobError as error:
        problems = str(error)
        assert problems.partition(":")[2]
        for jargon in ("type=", "Input should", "pydantic", "function-", "tagged-union", "[key]"):
            assert jargon not in problems or any(jargon in str(key) for key in data)
