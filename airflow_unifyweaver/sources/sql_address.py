"""Where a database is: the address that a job names, with its secrets, which must not get out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from airflow_unifyweaver.exceptions import JobError, SourceError
from airflow_unifyweaver.sources.connections import Connections, url_from_env

if TYPE_CHECKING:
    from sqlalchemy import URL

    from airflow_unifyweaver.job.model import BatchJob
    from airflow_unifyweaver.job.sql_source import SqlSource

_IN_MEMORY = ("", ":memory:")
_DRIVERS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}


@dataclass(frozen=True)
class Address:
    """The address of a database.

    :param field: the field of the job that names it.
    :param text: its URL, with the password if it has one; never shown.
    :param folder: what the relative path of a database file means.
    """

    field: str
    text: str
    folder: str

    def __repr__(self) -> str:
        return f"<the address in {self.field}>"

    @cached_property
    def url(self) -> URL:
        """The URL as SQLAlchemy reads it.

        :raises JobError: when it does not.
        """
        from sqlalchemy import make_url
        from sqlalchemy.exc import SQLAlchemyError

        try:
            url = make_url(self.text)
        except (SQLAlchemyError, ValueError):  # the message may show the whole of it
            raise JobError(f"{self.field}: holds no URL such as postgresql://user@host/database") from None
        url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
        return self._resolved(url) if url.get_backend_name() == "sqlite" else url

    def without_secrets(self, message: str) -> str:
        """Return what a database says, in one line and without the password."""
        line = " ".join(message.split())
        for secret in self._secrets():
            line = line.replace(secret, "***")
        return line

    def _secrets(self) -> list[str]:
        password = self.url.password
        named = [value for name, value in self.url.query.items() if "pass" in name.lower() or "pwd" in name.lower()]
        texts = [str(password)] if password else []
        return [self.text, *texts, *(text for text in named if isinstance(text, str) and text)]

    def _resolved(self, url: URL) -> URL:
        """Return the URL of a file with an absolute path; opening one that is not there would make it.

        :raises SourceError: when there is no such file.
        """
        path = url.database or ""
        if path in _IN_MEMORY or path.startswith("file:"):
            return url
        full = os.path.join(self.folder, path)  # noqa: PTH118 - a text, as in the URL
        if not os.path.isfile(full):  # noqa: PTH113
            raise SourceError(
                f"{self.field}: there is no database file {full}; a relative path starts at the job file's folder"
            )
        return url.set(database=full)


def address_of(source: SqlSource, job: BatchJob, connections: Connections) -> Address:
    """Return the address of the database that a source names.

    :param connections: resolves Airflow's connections.
    :raises JobError: when there is no such variable or connection.
    """
    folder = job.resolve("")
    if source.conn_id is not None:
        return Address(f"source.conn_id {source.conn_id}", connections(source.conn_id), folder)
    if source.url_from_env is not None:
        variable = source.url_from_env
        return Address(f"source.url_from_env {variable}", url_from_env(variable), folder)
    return Address("source.url", str(source.url), folder)
