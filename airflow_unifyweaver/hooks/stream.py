"""An Airflow connection becomes the address of a broker."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

from airflow.sdk import BaseHook

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.sources.connections import variable_of

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from airflow_unifyweaver.job.model import BatchJob


def _kafka_settings(connection: Connection) -> str:
    return str(connection.extra)


def _amqp_url(connection: Connection) -> str:
    """Return the URL of a RabbitMQ server, with the password; the connection's schema is the virtual host."""
    scheme = "amqps" if connection.conn_type == "amqps" else "amqp"
    host = connection.host or "localhost"
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    login = quote(connection.login or "", safe="")
    if connection.password:
        login += f":{quote(connection.password, safe='')}"
    server = f"{login}@{host}" if login else host
    port = f":{connection.port}" if connection.port else ""
    return f"{scheme}://{server}{port}/{quote(connection.schema or '', safe='')}"


_ADDRESSES: dict[str, tuple[tuple[str, ...], Callable[[Connection], str]]] = {
    "kafka": (("kafka",), _kafka_settings),
    "rabbitmq": (("amqp", "amqps", "rabbitmq"), _amqp_url),
}
"""Each kind of broker, with the types of its connections and what makes an address of one."""


def broker_address(job: BatchJob) -> str | None:
    """Return what the connection is that a job over a stream names, or None when it names none.

    :raises JobError: when the connection is for something else.
    """
    conn_id = getattr(job.source, "conn_id", None)
    if conn_id is None or job.source.type not in _ADDRESSES:
        return None
    return address_of(conn_id, job.source.type, "source.conn_id", "a source")


def address_of(conn_id: str, broker: str, field: str, part: str) -> str:
    """Return what a connection to a broker is, secrets included.

    :param broker: what kind of broker: ``kafka`` or ``rabbitmq``.
    :param field: the field of a job that names the connection, for messages.
    :param part: what that field is a part of, such as ``a source``.
    :raises JobError: when the connection is for something else.
    """
    wanted, address = _ADDRESSES[broker]
    connection = BaseHook.get_connection(conn_id)
    if connection.conn_type not in wanted:
        raise JobError(
            f"{field}: connection {conn_id} is of type {connection.conn_type}; {part} of type {broker} "
            f"wants one of type {' or '.join(wanted)}"
        )
    return address(connection)


def provide_address(job: BatchJob) -> None:
    """Put what the connection of a job's stream is into the environment of this process, and so of its workers."""
    address = broker_address(job)
    if address is not None:
        os.environ[variable_of(str(getattr(job.source, "conn_id", None)))] = address
