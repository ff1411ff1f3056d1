"""Planning batches of the messages of a RabbitMQ queue, which are taken off it once, into the run.

The order is what all depends on: messages are kept durably, then acknowledged; when none is left the window is closed,
and only what a closed window has is planned (decision 0038).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.base import SourcePlan
from airflow_unifyweaver.sources.kept_plan import plan_kept
from airflow_unifyweaver.sources.kept_window import KeptWindow, KeptWindows, Message
from airflow_unifyweaver.sources.known_ids import KnownIds
from airflow_unifyweaver.sources.rabbitmq_address import address_of
from airflow_unifyweaver.sources.rabbitmq_queue import take_all
from airflow_unifyweaver.sources.spool import spooled
from airflow_unifyweaver.words import counted

if TYPE_CHECKING:
    from airflow_unifyweaver.job.model import BatchJob
    from airflow_unifyweaver.job.service_source import RabbitmqSource

log = logging.getLogger(__name__)


def plan_rabbitmq(source: RabbitmqSource, job: BatchJob, workers: int, spool: Path, windows: KeptWindows) -> SourcePlan:
    """Plan the messages that are in a queue, by way of the spool: they are taken when the first batch is asked for.

    What is in the queue another time is not known, so that the job is the version of the source, and a run keeps its
    messages.

    :param workers: how many batches run at a time; sizes the batches when the job does not.
    :param spool: the run's folder.
    :param windows: where the run keeps its messages, and other runs of the job theirs.
    :raises SourceError: from the recipes, when the server or the queue cannot be used.
    """

    def fill(folder: Path) -> SourcePlan:
        window = KeptWindow(windows.own())
        if not window.is_closed:
            _complete(window, windows, source)
        return plan_kept(window, source.format, job.batch, workers, folder)

    return spooled({"type": "rabbitmq", "queue": source.queue}, spool, fill)


def _complete(window: KeptWindow, windows: KeptWindows, source: RabbitmqSource) -> None:
    """Get all messages into a window that it shall have, and close it."""
    superseded = (one for one in map(KeptWindow, windows.inherited()) if one.is_of(source.queue))
    last = next(superseded, None)  # it has what those before it had
    if last is not None:  # whatever of it is there already: it may be a part
        window.inherit(last)
    if not window.is_closed:
        _take(window, windows, source)
        window.close()


def _take(window: KeptWindow, windows: KeptWindows, source: RabbitmqSource) -> None:
    line = line_of(source.format)

    def keep(messages: list[Message]) -> None:
        window.keep(source.queue, [message._replace(body=line(message.body)) for message in messages])
        if window.is_closed:
            raise SourceError(f"source.queue {source.queue}: another process has planned this run meanwhile; try again")

    def all_windows() -> list[KeptWindow]:
        return [window, *map(KeptWindow, windows.earlier())]

    with closing(KnownIds(source.queue, all_windows)) as known:
        with address_of(source).channel(source.queue) as channel:
            take_all(channel, source.queue, source.prefetch, known, keep)
        _report(source.queue, known)


def _report(queue: str, known: KnownIds) -> None:
    if known.dropped:
        messages = counted(known.dropped, "message")
        log.info("source.queue %s: %s delivered again, and dropped, as their ids were known", queue, messages)
    if known.doubtful:
        log.warning(
            "source.queue %s: %s without an id delivered again, some of which may count twice; publish messages with a "
            "message_id, and each counts once",
            queue,
            counted(known.doubtful, "message"),
        )


def line_of(form: str) -> Callable[[bytes], bytes]:
    """Return what makes a line of a message, ``text`` or ``json``."""
    return _json_line if form == "json" else _text_line


def _text_line(body: bytes) -> bytes:
    return body if body.endswith(b"\n") else body + b"\n"


def _json_line(body: bytes) -> bytes:
    """Return a value as one line: in JSON, a newline stands only where a blank may stand as well."""
    return body.replace(b"\n", b" ") + b"\n"
