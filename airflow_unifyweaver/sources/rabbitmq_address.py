"""Where a RabbitMQ server is, and what goes wrong with it, in words without its password."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from airflow_unifyweaver.exceptions import JobError, SourceError
from airflow_unifyweaver.job.amqp_url import is_amqp
from airflow_unifyweaver.sources.connections import provided, url_from_env
from airflow_unifyweaver.sources.extras import extra_module

if TYPE_CHECKING:
    from pika import BlockingConnection
    from pika.adapters.blocking_connection import BlockingChannel

    from airflow_unifyweaver.job.service_source import RabbitmqSource

_NOT_FOUND = 404


@dataclass(frozen=True)
class RabbitmqAddress:
    """The address of a server.

    :param field: the field of the job that names it.
    :param url: its URL, perhaps with a password; never shown.
    """

    field: str
    url: str

    def __repr__(self) -> str:
        return f"<the address in {self.field}>"

    def connect(self) -> BlockingConnection:
        """Connect to the server; within :meth:`errors`."""
        pika = self._pika
        logging.getLogger("pika").setLevel(logging.CRITICAL)  # it logs what it raises as well, with tracebacks
        if not is_amqp(self.url):
            raise JobError(f"{self.field}: holds no URL such as amqp://user@host:5672/vhost")
        try:
            parameters = pika.URLParameters(self.url)
        except ValueError:  # the message may show parts of it
            raise JobError(f"{self.field}: has an option that is none; see pika's URLParameters") from None
        connection: BlockingConnection = pika.BlockingConnection(parameters)
        return connection

    @contextmanager
    def channel(self, queue: str) -> Iterator[BlockingChannel]:
        """Open a channel; when it is left without an error, the server has got all that was said.

        :param queue: the queue that it is used for, for messages.
        :raises SourceError: when the server cannot be used, or has something against what is done; one line.
        """
        with self.errors(queue), self.connect() as connection, connection.channel() as channel:
            yield channel

    @contextmanager
    def errors(self, queue: str) -> Iterator[None]:
        """Raise what goes wrong with the server as one line.

        :param queue: the queue that it is about.
        :raises SourceError: naming the field.
        """
        exceptions = self._pika.exceptions
        try:
            yield
        except exceptions.ChannelClosedByBroker as error:
            remedy = "declare it, or correct the name" if error.reply_code == _NOT_FOUND else "see what may use it"
            raise SourceError(f"source.queue {queue}: {error.reply_text}; {remedy}") from None
        except exceptions.ProbableAuthenticationError:
            raise self._error("the login was refused; check user and password") from None
        except exceptions.ProbableAccessDeniedError as error:
            raise self._error(f"{_words(error)}; check the virtual host, and that the user may use it") from None
        except (exceptions.AMQPError, OSError) as error:
            remedy = "check the address and that the server runs, and try again: what is kept already stays"
            raise self._error(f"{_words(error)}; {remedy}") from None

    @property
    def _pika(self) -> Any:
        return extra_module("pika", "rabbitmq", "source.type rabbitmq")

    def _error(self, message: str) -> SourceError:
        password = urlsplit(self.url).password
        line = " ".join(message.split())
        for secret in filter(None, [password, unquote(password or "")]):
            line = line.replace(secret, "***")
        return SourceError(f"{self.field}: {line}")


def address_of(source: RabbitmqSource, address: str | None = None) -> RabbitmqAddress:
    """Return the address of the server that a source names.

    :param address: what its connection is, when it names one; what the environment says it is when None.
    :raises JobError: when there is no such variable or connection.
    """
    if source.conn_id is not None:
        url = provided(source.conn_id, "source.url_from_env") if address is None else address
        return RabbitmqAddress(f"source.conn_id {source.conn_id}", url)
    if source.url_from_env is not None:
        variable = source.url_from_env
        return RabbitmqAddress(f"source.url_from_env {variable}", url_from_env(variable))
    return RabbitmqAddress("source.url", str(source.url))


def _words(error: BaseException) -> str:
    """Return what an error of pika's says, which may be that of another one inside of it."""
    inner = next((one for one in (getattr(error, "exception", None), *error.args) if isinstance(one, Exception)), None)
    if inner is not None:
        return _words(inner)
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(getattr(error, "reply_text", "")) or str(error) or type(error).__name__
