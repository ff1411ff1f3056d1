"""Which reader a plan of JSON values needs."""

from __future__ import annotations

from pathlib import Path

from airflow_unifyweaver.sources.base import Manifest, Reader
from airflow_unifyweaver.sources.json_array import JsonArrayReader
from airflow_unifyweaver.sources.json_lines import JsonLinesReader


def json_reader(manifest: Manifest, spool: Path) -> Reader:
    """Return the reader of lines, or of elements when the plan's source has a pointer."""
    if manifest["pointer"] is None:
        return JsonLinesReader(manifest, spool)
    return JsonArrayReader(manifest, spool)
