"""The plan of a run at a URL: got before anything is done with the run, and put there when it was made here."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NamedTuple

from airflow_unifyweaver.exceptions import writing
from airflow_unifyweaver.run.directory import RunDirectory, atomic_file, superseded
from airflow_unifyweaver.run.remote.store import Store

_SPOOL_INDEX = "plan/spool.json"


class _Spooled(NamedTuple):
    """A file of the spool, as it was when the run was planned: its recipes count on that."""

    size: int
    mtime_ns: int


def fetch_plan(run: RunDirectory) -> None:
    """Bring the local copy of a run's job, plan and spool to what is at its URL; batches come with their shards.

    Where nothing is planned at the URL, nothing is planned in the copy either. A local run is left alone.

    :raises RunError: when the URL cannot be read.
    """
    if run.url is None:
        return
    store = Store(run.url)
    plan = store.read("plan/plan.json")
    if plan is None:
        run.plan_file.unlink(missing_ok=True)
        run.job_file.unlink(missing_ok=True)
        return
    if _differs(run.plan_file, plan):
        for file in (run.plan_file, run.batches_file):
            file.unlink(missing_ok=True)
        _fetch_spool(run, store)
        for file in (run.source_file, run.job_file):
            _write(file, store.read(str(file.relative_to(run.path))) or b"")
        _write(run.plan_file, plan)


def send_plan(run: RunDirectory) -> None:
    """Put what was planned at the URL of a run, the plan itself last, for it tells that all is there.

    :raises RunError: when it cannot be put there.
    """
    if run.url is None:
        return
    store = Store(run.url)
    before = store.read("plan/plan.json")
    if before is None:
        _send_spool(run, store)
        for file in (run.source_file, run.batches_file):
            store.put_file(str(file.relative_to(run.path)), file)
    store.put_file(run.job_file.name, run.job_file)
    if before is None or _differs(run.plan_file, before):
        store.put_file("plan/plan.json", run.plan_file)


def set_aside(run: RunDirectory, url: str) -> str:
    """Set the run at a URL aside, so that a fresh one can take its place, and forget the local copy.

    :return: its URL now.
    """
    kept = superseded(url, lambda place: Store(place).exists("plan/plan.json"))
    Store(url).move(kept)
    import shutil

    shutil.rmtree(run.path, ignore_errors=True)
    return kept


def _send_spool(run: RunDirectory, store: Store) -> None:
    index: dict[str, _Spooled] = {}
    for file in sorted(path for path in run.spool.rglob("*") if path.is_file()):
        name = str(file.relative_to(run.spool))
        index[name] = _state(file)
        store.put_file(f"spool/{name}", file)
    store.put(_SPOOL_INDEX, json.dumps(index).encode())


def _fetch_spool(run: RunDirectory, store: Store) -> None:
    index = json.loads(store.read(_SPOOL_INDEX) or b"{}")
    for name, values in index.items():
        file, wanted = run.spool / name, _Spooled(*values)
        if not file.exists() or _state(file) != wanted:
            store.fetch(f"spool/{name}", file, wanted.size)
            with writing(file):
                os.utime(file, ns=(wanted.mtime_ns, wanted.mtime_ns))


def _state(file: Path) -> _Spooled:
    status = file.stat()
    return _Spooled(status.st_size, status.st_mtime_ns)


def _differs(file: Path, data: bytes) -> bool:
    return not file.exists() or file.read_bytes() != data


def _write(file: Path, data: bytes) -> None:
    with atomic_file(file) as copy:
        copy.write(data)
