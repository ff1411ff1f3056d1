"""Planning batches of the lines that an awk program prints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.awk import FIELD, awk_arguments, awk_environment, run_awk
from airflow_unifyweaver.sources.base import Manifest, SourcePlan
from airflow_unifyweaver.sources.open_file import FileEntry
from airflow_unifyweaver.sources.output_plan import plan_output
from airflow_unifyweaver.sources.planning import list_entries
from airflow_unifyweaver.sources.programs import ENCODING, Program
from airflow_unifyweaver.sources.source_file import open_source
from airflow_unifyweaver.sources.spool import spooled
from airflow_unifyweaver.sources.spooled_file import local_path
from airflow_unifyweaver.sources.text_plan import plan_lines
from airflow_unifyweaver.sources.text_scan import scan_lines

if TYPE_CHECKING:
    from airflow_unifyweaver.job.model import BatchJob
    from airflow_unifyweaver.job.program_source import AwkSource


def plan_awk(source: AwkSource, job: BatchJob, workers: int, spool: Path) -> SourcePlan:
    """Plan batches of lines of the program's output, or, if it is stateless, of the lines that it reads.

    :param workers: how many batches run at a time; sizes the batches when the job does not.
    :param spool: the run's folder, where the output of a program is kept that is not stateless.
    :raises SourceError: when a file is missing or unreadable.
    """
    entries = list_entries(source.path, job.resolve, ENCODING)
    for entry in entries:
        entry["start"] = 0  # awk knows no byte order mark, and reads every byte
    origin: Manifest = {"type": "awk", "program": source.program, "files": entries}
    folder = str(job.base_dir)
    if source.stateless:
        _check_stateless(source.program, folder)
        return plan_lines(origin | {"folder": folder}, job.batch, workers, spool, scan_lines)

    def fill(records: Path) -> SourcePlan:
        paths = [str(local_path(entry, spool)) for entry in entries]
        program = Program(FIELD, [*awk_arguments(source.program), *paths], folder, awk_environment())
        plan = plan_output(program, job.batch, workers, records)
        _check_unchanged(entries, spool)
        return plan

    return spooled(origin, spool, fill)


def _check_stateless(program: str, folder: str) -> None:
    """Run a program over nothing: that shows whether awk takes it, and whether it prints for other reasons than lines.

    :raises SourceError: when it does.
    """
    if run_awk(program, lambda _: None, folder, "without any input").size:
        raise SourceError(
            f"{FIELD} prints lines without any input, and would do so for every batch; "
            "let its BEGIN and END print nothing, or set source.stateless to false"
        )


def _check_unchanged(entries: Sequence[FileEntry], spool: Path) -> None:
    """Look whether the files that the program has read still are those that were planned.

    :raises SourceError: naming the one that is not.
    """
    for entry in entries:
        open_source(entry, spool).check()
