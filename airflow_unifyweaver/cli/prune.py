"""``unifyweaver prune [STORAGE]``."""

from __future__ import annotations

import argparse
import sys
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
    done, in_use, holding = [], 0, 0
    for stored in old_runs(storage, options.older_than * _DAY, options.keep):
        if stored.holds_messages():
            holding += 1
        elif _went(stored, dry_run=options.dry_run):
            done.append(stored)
            print(stored.run.path)
        else:
            in_use += 1
    verb = "would remove" if options.dry_run else "removed"
    megabytes = sum(stored.size for stored in done) / 1e6
    left = f"; {counted(in_use, 'run')} in use" if in_use else ""
    left += f"; {counted(holding, 'run')} with the only copy of messages of a queue, to be resumed" if holding else ""
    print(f"{verb} {counted(len(done), 'run')} of {megabytes:.1f} MB{left}", file=sys.stderr)
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


def _went(stored: StoredRun, *, dry_run: bool) -> bool:
    """Remove a run unless it is in use, and tell whether it went, or would go."""
    if stored.is_in_use():
        return False
    try:
        if not dry_run:
            stored.remove()
    except HeldError:
        return False
    return True
