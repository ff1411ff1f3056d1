"""Every way to write an aggregation is one model."""

import pytest
from pydantic import TypeAdapter

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.aggregation import REDUCES, Aggregation, AggregationField
from airflow_unifyweaver.job.nearest import nearest

ADAPTER = TypeAdapter(AggregationField)


@pytest.mark.parametrize("reduce", [*REDUCES, "pkg.mod:fn", "merge.py:fn"])
def test_a_text_is_short_for_its_reduce(reduce):
    assert ADAPTER.validate_python(reduce) == ADAPTER.validate_python({"reduce": reduce}) == Aggregation(reduce=reduce)


def test_a_function_is_named_by_where_it_is():
    assert ADAPTER.validate_python(nearest).reduce == "airflow_unifyweaver.job.nearest:nearest"


@pytest.mark.parametrize(
    ("reduce", "message"),
    [
        ("som", "reduce: unknown value 'som'; did you mean sum?"),
        ("set-union", "reduce: unknown value 'set-union'; did you mean set_union?"),
        ("a b:c", 'reduce: wanted "pkg.mod:function" or "file.py:function", got \'a b:c\''),
        (3, f'reduce: wanted one of {", ".join(REDUCES)}, or "pkg.mod:function" or "file.py:function", got 3'),
    ],
)
def test_wrong_reduces(reduce, message):
    with pytest.raises(JobError) as caught:
        Aggregation(reduce=reduce)
    assert str(caught.value) == message
