"""Airflow's connections, of which the core knows no more than that somebody may resolve them."""

from __future__ import annotations

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
