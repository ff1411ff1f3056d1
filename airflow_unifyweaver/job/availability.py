"""What the job can already say and no release can do yet. Building something deletes its line here."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_unifyweaver.job.model import BatchJob

_SOURCE = "use a text, csv, json, parquet, http, sql, awk or command source"

NOT_YET_FIELDS: dict[str, str] = {
    "work.prolog": "use python or command",
}
"""Field -> what to use meanwhile."""

NOT_YET_VALUES: dict[tuple[str, str], str] = {
    ("source.type", "kafka"): _SOURCE,
    ("source.type", "rabbitmq"): _SOURCE,
}
"""Field and value -> what to use meanwhile."""


def unavailable(job: "BatchJob") -> list[str]:
    """Return one line for everything in a job that is not available yet."""
    fields = [
        f"{field}: is not available yet; {instead}"
        for field, instead in NOT_YET_FIELDS.items()
        if _value(job, field) is not None
    ]
    values = [
        f"{field}: {value} is not available yet; {instead}"
        for (field, value), instead in NOT_YET_VALUES.items()
        if _value(job, field) == value
    ]
    return fields + values


def _value(job: "BatchJob", field: str) -> Any:
    part, name = field.split(".")
    return getattr(getattr(job, part), name, None)
