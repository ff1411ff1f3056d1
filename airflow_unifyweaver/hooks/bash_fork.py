"""The bash_fork backend as a hook."""

from __future__ import annotations

from airflow_unifyweaver.hooks.backend import BackendHook


class BashForkHook(BackendHook):
    """Forked workers. The connection's extra may hold ``workers``."""

    backend = "bash_fork"
    conn_type = "unifyweaver_bash_fork"
    hook_name = "UnifyWeaver bash_fork"
