"""``unifyweaver prune [STORAGE]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection
from pathlib import Path

from airflow_unifyweaver import settings
from airflow_unifyweaver.cli.exit_codes import DONE
from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.run.lock import HeldError
from airflow_unifyweaver.run.retention import StoredRun, old_runs, remove_remains
from airflow_unifyweaver.words import counted

_DAY = 86400


def act(options: argparse.Namespace) -> int:
    """Remove old runs, and print the directory of each."""
    storage = _storage(options)
    if not options.dry_run:
        remove_remains(storage)
    done: set[Path] = set()
    size, in_use, holding = 0, 0, 0
    for stored in old_runs(storage, options.older_than * _DAY, options.keep):
        if stored.holds_messages():
            holding += 1
        elif went := _went(stored, done, dry_run=options.dry_run):
            done.add(stored.run.path)
            size += went
            print(stored.run.path)
        else:
            in_use += 1
    verb = "would remove" if options.dry_run else "removed"
    left = f"; {counted(in_use, 'run')} in use" if in_use else ""
    left += f"; {counted(holding, 'run')} with the only copy of messages of a queue, to be resumed" if holding else ""
    print(f"{verb} {counted(len(done), 'run')} of {size / 1e6:.1f} MB{left}", file=sys.stderr)
    return DONE


def _storage(options: argparse.Namespace) -> Path:
    """Return the folder of the runs.

    :raises JobError: when there is none.
    """
    storage = str(options.storage or settings.storage())
    if "://" in storage:
        raise JobError(f"{storage}: only runs in a folder are pruned; give the store a rule for the age of its objects")
    if not Path(storage).is_dir():
        raise JobError(f"{storage}: there is no such folder")
    return Path(storage).absolute()


def _went(stored: StoredRun, gone: Collection[Path], *, dry_run: bool) -> int:
    """Remove a run unless it is in use, and return how many bytes went with it, or would go: 0 when it stays.

    :param gone: the runs that went before, or would have gone.
    """
    if stored.is_in_use():
        return 0
    size = stored.size + sum(path.lstat().st_size for path in stored.item_lists(gone))
    try:
        if not dry_run:
            stored.remove()
    except HeldError:
        return 0
    return size
