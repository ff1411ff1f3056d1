"""Planning batches of the lines that a command prints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.processes import SHELL
from airflow_unifyweaver.sources.base import SourcePlan
from airflow_unifyweaver.sources.output_plan import plan_output
from airflow_unifyweaver.sources.programs import Program
from airflow_unifyweaver.sources.spool import spooled

if TYPE_CHECKING:
    from airflow_unifyweaver.job.model import BatchJob
    from airflow_unifyweaver.job.program_source import CommandSource


def plan_command(source: CommandSource, job: BatchJob, workers: int, spool: Path) -> SourcePlan:
    """Plan batches of lines of a command's output. It is run once, for the first batch.

    What it would print another time is not known, so that the command itself is the version of the source.

    :param workers: how many batches run at a time; sizes the batches when the job does not.
    :param spool: the run's folder, where the output is kept.
    """
    program = Program("source.command", [*SHELL, source.command], str(job.base_dir))
    origin = {"type": "command", "command": source.command}
    return spooled(origin, spool, lambda folder: plan_output(program, job.batch, workers, folder))
