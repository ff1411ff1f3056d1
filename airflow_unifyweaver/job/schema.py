"""The JSON Schema of a job, for editors and for the reference."""

from typing import Any

from airflow_unifyweaver.job.model import BatchJob


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) that every right job file fits."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **BatchJob.model_json_schema(),
        "title": "airflow-unifyweaver job",
    }
