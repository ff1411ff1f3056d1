"""Standard output, which somebody may close before all is written, and which may lie on a full disk."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from airflow_unifyweaver.exceptions import RunError


def print_file(path: Path) -> None:
    """Copy the published result to standard output.

    :raises BrokenPipeError: when whoever read it has gone.
    :raises RunError: when it cannot be written there, as into a file on a full disk.
    """
    try:
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        discard_output()
        raise RunError(f"cannot write to standard output: {error.strerror}; the result stands in {path}") from error


def discard_output() -> None:
    """Let the interpreter's last flush of standard output, which cannot succeed, go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
