"""Whatever a record holds reaches Prolog and comes back, as JSON and as the text of terms."""

import json
import math
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from airflow_unifyweaver import BatchJob
from airflow_unifyweaver.aggregation.values import encode
from airflow_unifyweaver.runner import aggregation_of
from airflow_unifyweaver.work.prolog.records import Form, as_data
from airflow_unifyweaver.work.registry import work_for

PROGRAM = """
same(R, R).
boxed(R, box(R, [_, 'it''s', a+B, B|_])).
last(_, B, B).
large(L, X) :- number_string(N, L), X is 10 ** N.
"""
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cn"]))
LINES = st.text(st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="\n"))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.integers(-(10**400), 10**400)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=12)
MANY = settings(max_examples=20, deadline=None)


@pytest.fixture(scope="module")
def job_of(tmp_path_factory):
    folder = tmp_path_factory.mktemp("programs")
    (folder / "program.pl").write_text(PROGRAM)

    def job_of(source, predicate, reduce="concat"):
        work = {"prolog": {"file": "program.pl", "predicate": predicate}}
        fields = {"name": "x", "source": {"type": source, "path": "x"}, "work": work, "aggregation": reduce}
        return BatchJob.from_dict(fields, base_dir=folder)

    return job_of


@pytest.fixture(scope="module")
def same(job_of):
    """Return work that gives each record back, by type of source."""
    return {source: work_for(job_of(source, "same/2")) for source in ("text", "json")}


@MANY
@given(st.lists(VALUES))
def test_json(same, values):
    assert list(map(encode, same["json"].run(values))) == list(map(encode, values))


@given(power=st.integers(4_000, 6_000))
@settings(max_examples=5, deadline=None)
def test_integers_beyond_pythons_limit_of_digits(power, job_of):
    (value,) = work_for(job_of("text", "large/2")).run([str(power)])
    assert value == 10**power


@MANY
@given(st.lists(LINES))
def test_lines(same, lines):
    assert list(same["text"].run(lines)) == lines


@MANY
@given(st.lists(VALUES, min_size=1))
def test_terms_between_work_and_reducer(job_of, values):
    reducer = {"reduce": {"prolog": {"file": "program.pl", "predicate": "last/3"}}}
    job = job_of("json", "boxed/2", reducer)
    aggregation = aggregation_of(job)
    payloads = [aggregation.combine(work_for(job).run([value])).data for value in values]
    (line,) = b"".join(aggregation.merge(payloads)).splitlines()
    plus = {"functor": "+", "args": ["a", None]}
    partial = {"functor": "[|]", "args": [None, None]}
    for head in (plus, "it's", None):
        partial = {"functor": "[|]", "args": [head, partial]}
    assert line == encode({"functor": "box", "args": [values[-1], partial]})


@example("5e123456")
@example("-1e-400")
@example("0e-400")
@example(f"{10**400}.5")
@example(10**400)
@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text("0123456789.eE+-x_ '"))
def test_fields_that_json_has_as_numbers_are_numbers(value):
    text = value if isinstance(value, str) else json.dumps(value)
    (line,) = as_data([{"a": text}], Form.FIELDS, None)
    (field,) = json.loads(line.removesuffix(b".\n"))
    try:
        expected = json.loads(text) if text.strip() == text and "Infinity" not in text else text
    except ValueError:
        expected = text
    if isinstance(expected, float) and (math.isinf(expected) or (expected == 0) != (Decimal(text) == 0)):
        expected = text  # beyond what a float can hold
    assert field == expected
    assert type(field) is type(expected)
    assert not (isinstance(field, float) and math.isnan(field))
