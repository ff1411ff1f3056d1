"""How the results of all batches become one result."""

from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, Strict, WithJsonSchema

from airflow_unifyweaver.job.nearest import did_you_mean
from airflow_unifyweaver.job.part import Part
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


_Reduce = Annotated[
    str,
    Strict(),
    wanted(f"one of {', '.join(REDUCES)}, or {FORM}"),
    AfterValidator(_check_reduce),
    BeforeValidator(to_text),
    WithJsonSchema({"anyOf": [{"enum": list(REDUCES)}, {"type": "string", "pattern": ":"}]}),
]


class Aggregation(Part):
    """What merges results, and whether key by key; a text alone is short for its ``reduce``."""

    reduce: _Reduce = Field(
        default="concat", description='What merges values: the name of a reduction, or a function "pkg.mod:function".'
    )
    by_key: Flag = Field(
        default=False, description="Reduce the values of each key; results are pairs of key and value."
    )


def _expand(value: Any) -> Any:
    return {"reduce": value} if isinstance(value, str) or callable(value) else value


AggregationField = Annotated[Aggregation, BeforeValidator(_expand, json_schema_input_type=_Reduce | Aggregation)]
