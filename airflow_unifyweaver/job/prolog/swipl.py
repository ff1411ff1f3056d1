"""SWI-Prolog's program, and how it is told to read programs."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from airflow_unifyweaver.exceptions import JobError

_READER = Path(__file__).with_name("read_programs.pl")


def find_swipl() -> str:
    """Return the path of SWI-Prolog's program.

    :raises JobError: when there is none.
    """
    found = shutil.which("swipl")
    if found is None:
        raise JobError("SWI-Prolog is not installed: there is no swipl on the PATH; install the package swi-prolog-nox")
    return found


def read_terms(texts: Sequence[str]) -> list[str]:
    """Read programs in one process, which executes nothing of them.

    :return: for each a line of JSON with its sentences, errors and imports.
    :raises JobError: when SWI-Prolog is not there, or fails.
    """
    command = [find_swipl(), "-q", "-f", "none", "--no-tty", str(_READER)]
    answer = subprocess.run(  # noqa: S603
        command,
        input="".join(f"{len(text)}\n{text}" for text in texts).encode(),
        capture_output=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},  # in the locale C it would read its own source as ASCII
        check=False,
    )
    lines = answer.stdout.decode().split("\n")[:-1]
    if answer.returncode or len(lines) != len(texts):
        reason = answer.stderr.decode(errors="replace").strip()[-500:]
        raise JobError(f"SWI-Prolog failed to read programs, with exit code {answer.returncode}: {reason}")
    return lines
