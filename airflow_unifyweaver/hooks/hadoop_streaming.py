"""The hadoop_streaming backend as a hook."""

from __future__ import annotations

import shlex
import subprocess
from typing import Any

from airflow_unifyweaver.hooks.backend import BackendHook
from airflow_unifyweaver.job.parallel import Parallel


class HadoopStreamingHook(BackendHook):
    """Mappers on YARN. Where that is stands in Hadoop's own settings, in ``HADOOP_CONF_DIR``.

    The connection's extra may hold ``workers`` and ``hadoop_opts``, a text of more command line options.
    """

    backend = "hadoop_streaming"
    conn_type = "unifyweaver_hadoop_streaming"
    hook_name = "UnifyWeaver Hadoop Streaming"
    fields = ("workers", "hadoop_opts")

    def options(self, parallel: Parallel, extra: dict[str, Any]) -> dict[str, Any]:
        """Return the number of workers and the command line options, where the job leaves them open."""
        added = super().options(parallel, extra)
        if extra.get("hadoop_opts") and not parallel.hadoop_streaming.hadoop_opts:
            added["hadoop_streaming"] = {"hadoop_opts": shlex.split(extra["hadoop_opts"])}
        return added

    def test_connection(self) -> tuple[bool, str]:
        """Look whether Hadoop is on this machine, and YARN answers."""
        from airflow_unifyweaver.backends.hadoop_programs import answer

        usable, message = super().test_connection()
        if not usable:
            return usable, message
        try:
            asked = answer("yarn", "application", "-list")
        except subprocess.TimeoutExpired:
            return False, "YARN's resource manager does not answer; look at HADOOP_CONF_DIR"
        if asked.returncode:
            return False, asked.stderr.strip().rpartition("\n")[2]
        return True, "YARN answers"
