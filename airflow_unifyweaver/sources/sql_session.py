"""Sessions with a database: each one transaction that reads one snapshot, changes nothing, and is rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.sql_address import Address

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_POSTGRESQL_SETTINGS = (
    "SET LOCAL TIME ZONE 'UTC'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL intervalstyle = 'postgres'",
    "SET LOCAL idle_in_transaction_session_timeout = 0",  # the exporter waits for those who read its snapshot
)


@contextmanager
def session(address: Address, snapshot: str | None = None) -> Iterator[Connection]:
    """Open a session; all its queries see the same state of the database, where the database can do that.

    :param address: the database.
    :param snapshot: the one to see, as :func:`export_snapshot` returned it in another session; else the present state.
    :raises SourceError: when there is no such database, or it has something against what is done in the session.
    """
    with ExitStack() as stack:
        with _database_errors(address, address.field, "check the address, and that the database answers"):
            engine = _engine(address)
            stack.callback(engine.dispose)
            connection = stack.enter_context(engine.connect())
            _begin(connection, snapshot)
        with _database_errors(address, "source.query", "check the query, which is one statement that changes nothing"):
            yield connection


def export_snapshot(connection: Connection) -> str | None:
    """Let other sessions see the snapshot of this one, as long as it lasts.

    :return: its name; None where the database cannot share snapshots.
    """
    if connection.dialect.name != "postgresql":
        return None
    name: str = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
    return name


@contextmanager
def _database_errors(address: Address, field: str, remedy: str) -> Iterator[None]:
    """Raise what a database has against something as one line, in its own words and without secrets.

    :param field: what it is about, unless the connection was lost.
    :raises SourceError: naming the field.
    """
    from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError

    try:
        yield
    except NoSuchModuleError:
        raise SourceError(
            f"{field}: SQLAlchemy has no dialect for {address.url.drivername}; install the package that has it"
        ) from None
    except DBAPIError as error:
        reason = address.without_secrets(str(error.orig).partition("\nLINE ")[0])
        if error.connection_invalidated:
            field, remedy = address.field, "the connection was lost; try again"
        raise SourceError(f"{field}: {reason}; {remedy}") from None
    except SQLAlchemyError as error:
        raise SourceError(f"{field}: {address.without_secrets(str(error))}; {remedy}") from None


def _engine(address: Address) -> Engine:
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    try:
        return create_engine(address.url, poolclass=NullPool)
    except ModuleNotFoundError as error:
        extra = "; pip install 'airflow-unifyweaver[postgres]'" if error.name == "psycopg" else ""
        raise SourceError(
            f"{address.field}: {address.url.drivername} needs {error.name}, which is not installed{extra}"
        ) from None


def _begin(connection: Connection, snapshot: str | None) -> None:
    if connection.dialect.name == "postgresql":
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        if snapshot is not None:
            connection.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
        for setting in _POSTGRESQL_SETTINGS:
            connection.exec_driver_sql(setting)
    elif connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.exec_driver_sql("PRAGMA schema_version")  # reads the file, which is no database perhaps
