"""Planning batches of the messages that a run has kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.job.batch import WINDOW_COLUMN
from airflow_unifyweaver.sources.base import Manifest, SourcePlan
from airflow_unifyweaver.sources.grouping import Grouping, grouping_of
from airflow_unifyweaver.sources.json_scan import scan_values
from airflow_unifyweaver.sources.json_text import UTF8
from airflow_unifyweaver.sources.kept_window import KeptWindow
from airflow_unifyweaver.sources.message_keys import JsonMessageKeys
from airflow_unifyweaver.sources.planning import spool_entry
from airflow_unifyweaver.sources.regroup import KeyedRecord, KeyedRecords, regroup
from airflow_unifyweaver.sources.text_keys import TextKeys
from airflow_unifyweaver.sources.text_plan import plan_lines
from airflow_unifyweaver.sources.text_scan import scan_lines
from airflow_unifyweaver.sources.windows import LATEST_SECOND, Windows

if TYPE_CHECKING:
    from airflow_unifyweaver.job.batch import Batch


def plan_kept(window: KeptWindow, form: str, batch: Batch, workers: int, folder: Path) -> SourcePlan:
    """Plan batches of messages as those of the lines of files are planned.

    :param window: the messages.
    :param form: what they are: ``text``, or ``json``.
    :param workers: how many batches run at a time; sizes the batches when the job does not.
    :param folder: an empty one in the spool.
    :raises SourceError: when a message has not what batches are cut by.
    """
    files = [window.file(piece) for piece in window.pieces()]
    if not files:
        files = [folder / "none"]
        files[0].touch()
    manifest: Manifest = {"type": "messages", "format": form, "files": [spool_entry(file, UTF8.name) for file in files]}
    keyed, grouping = _keyed(window, manifest, batch, folder)
    if grouping is None or keyed is None:
        return plan_lines(manifest, batch, workers, folder, scan_values if form == "json" else scan_lines)
    plan = regroup(keyed, grouping, folder)
    return replace(plan, manifest=manifest | {"exact": True, "files": plan.manifest["files"]})


def _keyed(
    window: KeptWindow, manifest: Manifest, batch: Batch, folder: Path
) -> tuple[KeyedRecords | None, Grouping | None]:
    """Return the messages with their keys, when a job cuts by these, and what is done by them."""
    grouping = grouping_of(batch)
    if grouping is not None and manifest["format"] == "json":
        return JsonMessageKeys(manifest | {"exact": True}, None, grouping, folder), grouping
    if grouping is not None:
        return TextKeys(manifest["files"], grouping, folder), grouping
    if batch.batch_window is None:
        return None, None
    key_of = Windows(batch.batch_window.seconds).key
    return _TimedMessages(window, manifest, key_of), Grouping(WINDOW_COLUMN, "", key_of, None, None)


class _TimedMessages:
    """Messages by their own times.

    :param window: the messages.
    :param manifest: of their files.
    :param key_of: turns a time into a key.
    """

    def __init__(self, window: KeptWindow, manifest: Manifest, key_of: Callable[[bytes], bytes]) -> None:
        self._window = window
        self._manifest = manifest
        self._key_of = key_of

    def records(self) -> Iterator[KeyedRecord]:
        """Yield all messages."""
        for piece in self._window.pieces():
            properties = self._window.properties(piece)
            with self._window.file(piece).open("rb") as file:
                for time, size in zip(properties["times"], properties["sizes"], strict=True):
                    yield self._key_of(f"{_seconds(time):f}".encode()), file.read(size)

    def manifest(self, path: Path) -> Manifest:
        """Return the manifest of a file with some of the messages."""
        return self._manifest | {"files": [spool_entry(path, UTF8.name)]}


def _seconds(time: float) -> float:
    """Return a time in seconds, as AMQP has it; many a publisher sets milliseconds, or still smaller parts."""
    while time >= LATEST_SECOND:
        time /= 1000
    return time
