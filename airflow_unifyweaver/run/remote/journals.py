"""The journals of a run at a URL, followed by whoever only looks at it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from airflow_unifyweaver.exceptions import writing
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.lock import HeldError, locked
from airflow_unifyweaver.run.remote.checkpoints import RemoteCheckpoints
from airflow_unifyweaver.run.remote.pieces import Pieces
from airflow_unifyweaver.run.remote.store import Store

LOCAL_POLL_SECONDS = 0.2
"""How often to look for new lines in a journal."""
POLL_SECONDS = 2.0
"""How often to look for new pieces at a URL."""


class JournalFollower:
    """Appends to local journals what comes at the URL; nobody else may write these meanwhile.

    :attr:`seconds` is how long to wait before looking again.

    :param run: the run.
    """

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self._pieces: dict[int, Pieces] = {}
        self.seconds = LOCAL_POLL_SECONDS if run.url is None else POLL_SECONDS

    def follow(self, number: int) -> None:
        """Get what is new in the journal of a shard; that of a local run has it."""
        if self._run.url is None:
            return
        journal = self._run.shard(number).journal
        with writing(journal):
            if number not in self._pieces:
                self._pieces[number] = Pieces(Store(f"{self._run.url}/shards/{number:04d}"))
                journal.parent.mkdir(parents=True, exist_ok=True)
                journal.unlink(missing_ok=True)
            for lines in self._pieces[number].read_new():
                with journal.open("ab") as file:
                    file.write(lines)


def fetch_journals(run: RunDirectory, shards: Iterable[int]) -> None:
    """Bring the local journals of shards to what is at the URL, but for those that a process of this machine writes."""
    if run.url is None:
        return
    for number in shards:
        with suppress(HeldError), locked(run.shard(number).lock):
            RemoteCheckpoints(run, number).fetch()


@contextmanager
def copy_to_look_at(run: RunDirectory) -> Iterator[RunDirectory]:
    """Yield a copy of a run that nobody works in, or the run itself if it is a local one."""
    if run.url is None:
        yield run
        return
    with TemporaryDirectory(prefix="unifyweaver-") as folder:
        yield RunDirectory(Path(folder) / run.name, run.url)
