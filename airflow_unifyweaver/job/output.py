"""Where the result is published."""

from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field

from airflow_unifyweaver.job.file_paths import check_paths
from airflow_unifyweaver.job.part import Part
from airflow_unifyweaver.job.values import PathText

Format = Literal["jsonl", "csv", "parquet"]


def _format_of(fields: dict[str, Any]) -> Any:
    suffix = PurePosixPath(fields["path"]).suffix.removeprefix(".")
    return suffix if suffix in get_args(Format) else "jsonl"


class Output(Part):
    """A file that the result is published to, besides the run directory."""

    path: Annotated[PathText, AfterValidator(check_paths)] = Field(
        description="File that the result is written to: a path, or a URL of any kind that fsspec knows and can write."
    )
    format: Format = Field(
        default_factory=_format_of, description="Format of the file; by the suffix of its path if absent, else jsonl."
    )
