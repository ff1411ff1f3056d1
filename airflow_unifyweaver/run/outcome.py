"""What becomes of a run over a stream: it is published, or another run takes over what it has planned. Never both."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from airflow_unifyweaver.exceptions import writing
from airflow_unifyweaver.run.directory import RunDirectory, make_durable
from airflow_unifyweaver.run.remote.store import Store

PUBLISHED = "published"
"""Its result is published, or about to be, which whoever finds it so can do."""
TAKEN_OVER = "taken over"
"""Its result must never be published."""


def outcome_of(run: RunDirectory) -> str | None:
    """Return what has become of a run, or None when that is open."""
    if run.url is not None:
        found = Store(run.url).read(run.outcome_file.name)
        return found.decode() if found is not None else None
    return run.outcome_file.read_text() if run.outcome_file.exists() else None


def settle(run: RunDirectory, outcome: str) -> str:
    """Write down once and for all what becomes of a run: of several who do, the first decides.

    :return: what was written down.
    :raises RunError: when it cannot be.
    """
    if run.url is not None:
        Store(run.url).put_new(run.outcome_file.name, outcome.encode())
    else:
        _make_new(run.outcome_file, outcome)
    return outcome_of(run) or outcome


def _make_new(file: Path, text: str) -> None:
    """Make a file with its content, durably, unless there is one already."""
    with writing(file):
        descriptor, temporary = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        try:
            with os.fdopen(descriptor, "w") as new:
                new.write(text)
                new.flush()
                os.fsync(new.fileno())
            with suppress(FileExistsError):
                os.link(temporary, file)
        finally:
            Path(temporary).unlink()
    make_durable(file.parent)
