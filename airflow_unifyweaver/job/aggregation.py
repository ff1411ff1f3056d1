"""How the results of all batches become one result."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Strict, Tag, WithJsonSchema

from airflow_unifyweaver.job.nearest import did_you_mean
from airflow_unifyweaver.job.part import Part
from airflow_unifyweaver.job.prolog_work import PrologReducer
from airflow_unifyweaver.job.reference import FORM, check_form, to_text
from airflow_unifyweaver.job.values import Flag, wanted

REDUCES: tuple[str, ...] = get_args(
    Literal["concat", "set_union", "sum", "count", "avg", "min", "max", "count_distinct"]
)


def _check_reduce(reduce: str) -> str:
    if reduce in REDUCES:
        return reduce
    if ":" not in reduce:
        raise ValueError(f"unknown value {reduce!r}{did_you_mean(reduce, [*REDUCES, FORM])}")
    return check_form(reduce)


def _tag(value: Any) -> str:
    return _PROLOG if isinstance(value, Mapping | PrologReducer) else _NAME


_NAME, _PROLOG = "[name]", "[prolog]"
_Name = Annotated[
    str,
    Strict(),
    wanted(f"one of {', '.join(REDUCES)}, or {FORM}"),
    AfterValidator(_check_reduce),
    BeforeValidator(to_text),
    WithJsonSchema({"anyOf": [{"enum": list(REDUCES)}, {"type": "string", "pattern": ":"}]}),
]
_Reduce = Annotated[Annotated[_Name, Tag(_NAME)] | Annotated[PrologReducer, Tag(_PROLOG)], Discriminator(_tag)]


class Aggregation(Part):
    """What merges results, and whether key by key; a text alone is short for its ``reduce``."""

    reduce: _Reduce = Field(
        default="concat",
        description='What merges values: the name of a reduction, a function "pkg.mod:function", or a predicate.',
    )
    by_key: Flag = Field(
        default=False, description="Reduce the values of each key; results are pairs of key and value."
    )


def _expand(value: Any) -> Any:
    is_short = isinstance(value, str | PrologReducer) or callable(value)
    return {"reduce": value} if is_short else value


AggregationField = Annotated[Aggregation, BeforeValidator(_expand, json_schema_input_type=_Reduce | Aggregation)]
