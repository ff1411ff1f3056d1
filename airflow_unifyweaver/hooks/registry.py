"""Which hook belongs to which backend."""

from __future__ import annotations

from airflow_unifyweaver.exceptions import JobError
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


def hook_of(conn_id: str) -> BackendHook:
    """Return the hook of the backend that a connection is for.

    :param conn_id: the connection.
    :raises JobError: when it is for something else.
    """
    conn_type = BackendHook.get_connection(conn_id).conn_type
    for hook in HOOKS.values():
        if hook.conn_type == conn_type:
            return hook(conn_id)
    known = ", ".join(hook.conn_type for hook in HOOKS.values())
    raise JobError(f"conn_id: connection {conn_id} is of type {conn_type}, which is none of {known}")


def hook_for(backend: str, conn_id: str | None) -> BackendHook:
    """Return the hook of a backend.

    :param backend: its name, as the plan has it.
    :param conn_id: connection with options for it, or None.
    """
    return HOOKS[backend](conn_id)
