"""Every error that airflow-unifyweaver raises on purpose.

Each carries one clear message: what is wrong (the field, file or batch by name), why, and what to do about it.
The command line prints that message alone; nothing else in the package prints a traceback to a user.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class UnifyWeaverError(Exception):
    """Base of all errors raised on purpose by this package."""


class JobError(UnifyWeaverError):
    """The job itself is wrong: an unknown field, a bad value, a file or function that is not there."""


class SourceError(UnifyWeaverError):
    """The source cannot be planned or read: missing, changed since it was planned, or malformed at a named offset."""


class MissingColumnError(SourceError, KeyError):
    """Work asked a row for a column that its file does not have. A ``KeyError`` to code that is prepared for one."""

    __str__ = Exception.__str__


class WorkError(UnifyWeaverError):
    """The work failed on a batch: it raised, exited with a code that is not accepted, or gave an unusable result."""


class BackendError(UnifyWeaverError):
    """A backend cannot be used here, or its slots cannot be started."""


class RunError(UnifyWeaverError):
    """A run directory cannot be used: not a run, in use by another process, or planned for another job or input."""


class RunChangedError(RunError):
    """A run was planned for another job, other work or other input than there is now."""


class DamagedResultsError(RunError):
    """Committed results are no longer what was committed; their batches are set back, and a resume does them again."""


class JobFailedError(UnifyWeaverError):
    """More batches failed than the failure budget allows, so no result is published."""


class NestedParallelismError(UnifyWeaverError):
    """A work function tried to start another parallel job from inside a worker."""


def cannot_write(path: Path | str, error: OSError) -> RunError:
    """Return the error for something that could not be written, naming it and the reason."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    remedy = "; make space, and resume the run: what is committed is kept" if full else ""
    return RunError(f"cannot write {path}: {error.strerror}{remedy}")


@contextmanager
def writing(path: Path | str) -> Iterator[None]:
    """Raise what the system has against writing something as an error that names it.

    :raises RunError: naming the path and the reason.
    """
    try:
        yield
    except OSError as error:
        raise cannot_write(path, error) from error
