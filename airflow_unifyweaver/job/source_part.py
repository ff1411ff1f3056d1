"""What all sources have in common: a ``type`` that tells them apart."""

from typing import Any, ClassVar, Literal

from pydantic import ConfigDict

from airflow_unifyweaver.job.part import Part

ColumnKind = Literal["number", "name"]


def _require_type(schema: dict[str, Any]) -> None:
    schema["required"] = ["type", *schema.get("required", [])]


class SourcePart(Part):
    """A source. In a file it has to say its type; in Python its class says it."""

    model_config = ConfigDict(json_schema_extra=_require_type)

    is_stream: ClassVar[bool] = False
    """Whether it goes on for ever: a run takes what has come since the last one that was published."""
    can_wait: ClassVar[bool] = False
    """Whether a run can leave messages for later whose window may not be complete yet."""

    def column_kinds(self) -> tuple[ColumnKind, ...]:
        """Return how ``batch_key`` and ``batch_window`` may name a column; not at all where records have none."""
        return ()
