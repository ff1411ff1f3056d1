"""Signs of life and use of memory of a slot's process and all that it started, as the kernel tells them."""

from __future__ import annotations

import os
from pathlib import Path

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process and its descendants; 0 when they are gone."""
    return sum(_resident(member) for member in _family(pid))


def is_stopped(pid: int) -> bool:
    """Tell whether a process is stopped, so that it does nothing until somebody lets it go on."""
    stat = _read(pid, "stat")
    state = stat.rpartition(b") ")[2][:1]  # the name before it is in parentheses and may itself hold some
    return state in (b"T", b"t")


def _family(pid: int) -> list[int]:
    family = [pid]
    for member in family:  # it grows while it is gone through
        try:
            tasks = list(Path(f"/proc/{member}/task").iterdir())
        except FileNotFoundError:
            continue
        for task in tasks:
            family += map(int, _read(member, f"task/{task.name}/children").split())
    return family


def _resident(pid: int) -> int:
    fields = _read(pid, "statm").split()
    return int(fields[1]) * _PAGE_BYTES if fields else 0


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
