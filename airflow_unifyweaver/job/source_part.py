"""What all sources have in common: a ``type`` that tells them apart."""

from typing import Any

from pydantic import ConfigDict

from airflow_unifyweaver.job.part import Part


def _require_type(schema: dict[str, Any]) -> None:
    schema["required"] = ["type", *schema.get("required", [])]


class SourcePart(Part):
    """A source. In a file it has to say its type; in Python its class says it."""

    model_config = ConfigDict(json_schema_extra=_require_type)
