"""Records that were written into the spool as lines of JSON, and are read from there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.sources.base import SourcePlan
from airflow_unifyweaver.sources.json_records import to_arrow, to_pandas
from airflow_unifyweaver.sources.text_batch import TextBatch, TextReader

if TYPE_CHECKING:
    import pandas
    import pyarrow

    from airflow_unifyweaver.job.model import BatchJob


class SpooledBatch(TextBatch):
    """Lines of JSON. A record is the value of one."""

    def __iter__(self) -> Iterator[Any]:
        """Yield the records."""
        return map(json.loads, super().__iter__())

    def arrow(self) -> pyarrow.Table:
        """Return the records as a table, with a column for each name in any of them."""
        return to_arrow(self)

    def pandas(self) -> pandas.DataFrame:
        """Return the records as a frame, with a column for each name in any of them."""
        return to_pandas(self)


class SpooledReader(TextReader):
    """Opens batches of such lines."""

    batch_type = SpooledBatch


def plan_spooled(file: Path, job: BatchJob, workers: int, spool: Path) -> SourcePlan:
    """Plan batches of the lines in a file of the spool.

    :param workers: how many batches run at a time; sizes the batches when the job does not.
    """
    from airflow_unifyweaver.job.file_source import TextSource
    from airflow_unifyweaver.sources.text_plan import plan_text

    plan = plan_text(TextSource(path=str(file)), job, workers, spool)
    plan.manifest["type"] = "spooled_records"
    return plan
