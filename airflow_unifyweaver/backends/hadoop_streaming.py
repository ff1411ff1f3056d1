"""The hadoop_streaming backend: shards as mappers of a streaming job on YARN."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.backends.archive import write_archive
from airflow_unifyweaver.backends.cluster import ATTEMPTS, ClusterBackend
from airflow_unifyweaver.backends.hadoop_job import StreamingJob
from airflow_unifyweaver.backends.hadoop_programs import missing
from airflow_unifyweaver.backends.placement import Placement

if TYPE_CHECKING:
    from airflow_unifyweaver.job.parallel import Parallel

_LIB = "org.apache.hadoop.mapred.lib"
_CODE = "unifyweaver"


class HadoopStreamingBackend(ClusterBackend):
    """Runs shards as the mappers of a job on YARN. Only references to them go through it."""

    name = "hadoop_streaming"

    @classmethod
    def unusable(cls, parallel: Parallel) -> str | None:  # noqa: ARG003
        """Tell what of Hadoop is missing on this machine."""
        return missing()

    @classmethod
    def unasked(cls, parallel: Parallel) -> str | None:  # noqa: ARG003
        """Tell whether there is a cluster to go to."""
        return None if "HADOOP_CONF_DIR" in os.environ else "no cluster is given (HADOOP_CONF_DIR)"

    def place(self, references: Sequence[str], parallel: Parallel, workers: int) -> None:
        """Run the shards."""
        first = Placement(Path(references[0]))
        folder = first.path.parent.parent / "hadoop"  # the same for all launches: an earlier one may have left its job
        folder.mkdir(exist_ok=True)
        write_archive(folder / "code.zip", "airflow_unifyweaver.backends.hadoop_mapper")
        (folder / "references").write_text("".join(f"{reference}\n" for reference in references))
        options = streaming_options(folder, parallel.hadoop_streaming.hadoop_opts, workers)
        job = StreamingJob(folder)
        job.kill_left()
        _remove_output(folder)  # Hadoop refuses to run a job whose output is there
        try:
            job.run(options, lambda: first.is_cancelled)
        finally:
            _remove_output(folder)


def _remove_output(folder: Path) -> None:
    shutil.rmtree(folder / "output", ignore_errors=True)


def streaming_options(folder: Path, more: Sequence[str], workers: int) -> list[str]:
    """Return the options of a job whose mappers get a reference each.

    Its input and output are in the run's directory, which all workers see anyway.

    :param folder: where its code and its references are.
    :param more: options of the user's; what is generic among them comes first.
    :param workers: how many mappers may run at the same time.
    """
    settings = {
        "mapreduce.framework.name": "yarn",
        "mapreduce.input.lineinputformat.linespermap": 1,
        "mapreduce.job.name": f"unifyweaver {folder}",
        "mapreduce.job.reduces": 0,
        "mapreduce.job.running.map.limit": workers,
        "mapreduce.map.maxattempts": ATTEMPTS,
        "mapreduce.map.speculative": "false",
        "mapreduce.task.timeout": 0,  # a mapper says nothing; batches have a timeout of their own
        "stream.map.input.ignoreKey": "true",
    }
    return [
        *(word for name, value in settings.items() for word in ("-D", f"{name}={value}")),
        *("-archives", f"{(folder / 'code.zip').as_uri()}#{_CODE}"),
        *more,
        *("-input", (folder / "references").as_uri()),
        *("-inputformat", f"{_LIB}.NLineInputFormat"),
        *("-output", (folder / "output").as_uri()),
        *("-mapper", shlex.join([sys.executable, _CODE])),
    ]
