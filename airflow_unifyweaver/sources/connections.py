"""Airflow's connections, of which the core knows no more than that somebody may resolve them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import NoReturn

from airflow_unifyweaver.exceptions import JobError

Connections = Callable[[str], str]
"""Gives the URL of a connection by its id, with its password; it is kept in memory only."""


def outside_airflow(conn_id: str) -> NoReturn:
    """Refuse a connection where there is no Airflow.

    :raises JobError: always.
    """
    raise JobError(
        f"source.conn_id: connection {conn_id} is Airflow's, which does not run this; give the address as source.url, "
        "or as source.url_from_env with the name of a variable that holds it"
    )


def variable_of(conn_id: str) -> str:
    """Return the environment variable that holds what a connection to a broker is, for all processes of a run."""
    return f"UNIFYWEAVER_CONNECTION_{re.sub(r'[^A-Za-z0-9]', '_', conn_id).upper()}"


def provided(conn_id: str, field: str) -> str:
    """Return what the environment says a connection to a broker is: Airflow's tasks put there what they have resolved.

    So workers have it, and nothing that is written down does.

    :param field: the field of the job that has the address when no connection has it.
    :raises JobError: when it says nothing.
    """
    variable = variable_of(conn_id)
    if variable not in os.environ:
        raise JobError(
            f"source.conn_id: connection {conn_id} is Airflow's, and its environment variable {variable} is not set "
            f"here; set it where the work runs, or give the address as {field}"
        )
    return os.environ[variable]


def url_from_env(variable: str) -> str:
    """Return the address that an environment variable holds.

    :raises JobError: when there is no such variable.
    """
    url = os.environ.get(variable)
    if not url:
        raise JobError(f"source.url_from_env: there is no environment variable {variable}, or nothing in it")
    return url
