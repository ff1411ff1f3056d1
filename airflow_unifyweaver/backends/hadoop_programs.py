"""Hadoop's own programs on this machine: where they are, and what they say."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from airflow_unifyweaver.exceptions import BackendError

_JARS = ("share/hadoop/tools/lib/hadoop-streaming*.jar", "../hadoop-mapreduce/hadoop-streaming*.jar")
"""Where the jar is below Hadoop's home, in Apache's archive and in packages of distributions."""
ANSWER_SECONDS = 30.0
"""How long one of these programs may take to answer; most of it is the start of Java."""


def missing() -> str | None:
    """Return what of Hadoop is missing on this machine, or None when jobs can be submitted."""
    if _program("hadoop") is None or _program("yarn") is None:
        return "Hadoop's programs hadoop and yarn are neither in HADOOP_HOME/bin nor on PATH"
    if next(_jars(), None) is None:
        return f"there is no hadoop-streaming jar in {' or '.join(map(str, _homes()))}; set HADOOP_HOME"
    return None


def program(name: str) -> str:
    """Return the path of one of Hadoop's programs.

    :raises BackendError: when it is not there.
    """
    found = _program(name)
    if found is None:
        raise BackendError(f"hadoop_streaming: {missing()}")
    return found


def streaming_jar() -> str:
    """Return the path of the jar that makes streaming jobs.

    :raises BackendError: when it is not there.
    """
    found = next(_jars(), None)
    if found is None:
        raise BackendError(f"hadoop_streaming: {missing()}")
    return str(found)


def answer(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of Hadoop's programs to its end.

    :param name: the program.
    :raises BackendError: when it is not there.
    :raises subprocess.TimeoutExpired: when it takes longer than :data:`ANSWER_SECONDS`.
    """
    return subprocess.run(  # noqa: S603
        [program(name), *arguments],
        capture_output=True,
        check=False,
        errors="replace",
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=ANSWER_SECONDS,
    )


def _program(name: str) -> str | None:
    home = os.environ.get("HADOOP_HOME")
    return (shutil.which(name, path=f"{home}/bin") if home else None) or shutil.which(name)


def _homes() -> list[Path]:
    home, hadoop = os.environ.get("HADOOP_HOME"), _program("hadoop")
    return [Path(home)] if home else [Path(hadoop).resolve().parents[1]] if hadoop else []


def _jars() -> Iterator[Path]:
    for home in _homes():
        for pattern in _JARS:
            yield from sorted(home.glob(pattern))
