"""Which hook belongs to which backend."""

from __future__ import annotations

from airflow_unifyweaver.hooks.backend import BackendHook
from airflow_unifyweaver.hooks.bash_fork import BashForkHook
from airflow_unifyweaver.hooks.dask import DaskHook
from airflow_unifyweaver.hooks.gnu_parallel import GnuParallelHook
from airflow_unifyweaver.hooks.hadoop_streaming import HadoopStreamingHook
from airflow_unifyweaver.hooks.sequential import SequentialHook
from airflow_unifyweaver.hooks.spark import SparkHook

HOOKS: dict[str, type[BackendHook]] = {
    hook.backend: hook
    for hook in (SequentialHook, BashForkHook, GnuParallelHook, DaskHook, SparkHook, HadoopStreamingHook)
}


def hook_for(backend: str, conn_id: str | None) -> BackendHook:
    """Return the hook of a backend.

    :param backend: its name, as the plan has it.
    :param conn_id: connection with options for it, or None.
    """
    return HOOKS[backend](conn_id)
