"""What measurements were made on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

PEERS = ("dask", "duckdb", "mrjob", "pyspark")


def machine() -> dict[str, str]:
    """Return what figures depend on: the hardware, and the versions of what is measured."""
    found = {
        "processor": f"{os.cpu_count()} cores, {_first('/proc/cpuinfo', 'model name')}",
        "memory": f"{int(_first('/proc/meminfo', 'MemTotal').split()[0]) / 1e6:.0f} GB",
        "Linux": platform.release(),
        "Python": platform.python_version(),
    }
    return found | {peer: version(peer) for peer in PEERS}


def described(facts: dict[str, str]) -> str:
    """Return the facts as a line of text."""
    return ", ".join(value if name in {"processor", "memory"} else f"{name} {value}" for name, value in facts.items())


def _first(file: str, name: str) -> str:
    """Return the value of the first line of a name in one of the kernel's tables."""
    for line in Path(file).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "unknown"
