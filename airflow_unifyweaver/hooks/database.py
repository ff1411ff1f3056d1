"""An Airflow connection becomes the URL of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseHook

from airflow_unifyweaver.exceptions import JobError

if TYPE_CHECKING:
    from airflow.sdk import Connection

_SCHEME = "sqlalchemy_scheme"
_SCHEMES = {"postgres": "postgresql+psycopg", "sqlite": "sqlite"}


def connection_url(conn_id: str) -> str:
    """Return the URL of the database that a connection is to, with its password.

    Its scheme is that of the connection's type, or the extra field ``sqlalchemy_scheme``, as it is for Airflow's own
    hooks of databases; further extra fields that are text go to the driver.

    :param conn_id: the connection.
    :raises JobError: when it does not lead to a database.
    """
    from sqlalchemy import URL

    connection = BaseHook.get_connection(conn_id)
    extra = {name: value for name, value in connection.extra_dejson.items() if isinstance(value, str)}
    scheme = extra.pop(_SCHEME, None) or _scheme(connection)
    if scheme == "sqlite":
        return URL.create(scheme, database=connection.host or connection.schema).render_as_string(hide_password=False)
    url = URL.create(
        scheme,
        username=connection.login,
        password=connection.password,
        host=connection.host,
        port=connection.port,
        database=connection.schema,
        query=extra,
    )
    return url.render_as_string(hide_password=False)


def _scheme(connection: Connection) -> str:
    if connection.conn_type not in _SCHEMES:
        raise JobError(
            f"source.conn_id: connection {connection.conn_id} is of type {connection.conn_type}, which is none of "
            f"{', '.join(_SCHEMES)}; name SQLAlchemy's scheme for it, such as mysql+pymysql, as {_SCHEME} in its extra"
        )
    return _SCHEMES[connection.conn_type]
