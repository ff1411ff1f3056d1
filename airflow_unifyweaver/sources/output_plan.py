"""Planning batches of the lines that a program prints, which are kept in the spool."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.sources.base import SourcePlan
from airflow_unifyweaver.sources.grouping import grouping_of
from airflow_unifyweaver.sources.planning import spool_entry
from airflow_unifyweaver.sources.programs import ENCODING, Program
from airflow_unifyweaver.sources.regroup import regroup
from airflow_unifyweaver.sources.text_keys import TextKeys
from airflow_unifyweaver.sources.text_plan import plan_lines
from airflow_unifyweaver.sources.text_scan import scan_lines

if TYPE_CHECKING:
    from airflow_unifyweaver.job.batch import Batch


def plan_output(program: Program, batch: Batch, workers: int, spool: Path) -> SourcePlan:
    """Run a program, keep its output in the spool, and plan batches of its lines.

    :param workers: how many batches run at a time; sizes the batches when the job does not.
    :param spool: the run's own folder, which is there.
    :raises SourceError: when the program fails.
    """
    path = spool / "output"
    program.run(path)
    entries = [spool_entry(path, ENCODING)]
    grouping = grouping_of(batch)
    if grouping is None:
        return plan_lines({"type": "text", "files": entries}, batch, workers, spool, scan_lines)
    plan = regroup(TextKeys(entries, grouping, spool), grouping, spool)
    path.unlink()
    return plan
