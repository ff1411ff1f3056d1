"""Signs of life and use of memory of a slot's process and all that it started, as the kernel tells them."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_BLOCK_BYTES = 512
_MEMORY_FILE = "/memfd:"


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process and its descendants, with the memory files that it has open itself.

    A command writes its output to these, and they are resident memory of nobody. 0 when all are gone.
    """
    return sum(_resident(member) for member in _family(pid)) + _in_memory_files(pid)


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


def _in_memory_files(pid: int) -> int:
    size = 0
    with contextlib.suppress(FileNotFoundError, ProcessLookupError), os.scandir(f"/proc/{pid}/fd") as descriptors:
        for descriptor in descriptors:
            with contextlib.suppress(FileNotFoundError):  # it was closed meanwhile
                if os.readlink(descriptor.path).startswith(_MEMORY_FILE):  # noqa: PTH115 - much quicker than a Path
                    size += descriptor.stat().st_blocks * _BLOCK_BYTES
    return size


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
