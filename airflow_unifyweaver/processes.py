"""Programs of the user's that are run: fed with data, and what is said of how they ended."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence

from airflow_unifyweaver.settings import STDERR_TAIL_BYTES

PIPE_BYTES = 1 << 20
"""Size of the pipe to a program, to be woken seldom: the most that users may ask for, as long as they have few."""

# A pipeline of which any part fails is a failure: its output may look whole and not be.
SHELL = ("bash", "-o", "pipefail", "-c")
"""How a line of bash is run."""


def run_fed(  # noqa: PLR0913 - each is one of the program's surroundings
    arguments: Sequence[str],
    feed: Callable[[int], None],
    *,
    output: int,
    errors: int,
    folder: str,
    environment: Mapping[str, str] | None = None,
    executable: str | None = None,
) -> int:
    """Run a program, write to its standard input, and return its exit code (negative: a signal).

    :param feed: writes to a descriptor that blocks; that the program reads only the beginning is no error.
    :param output: descriptor of a file for its standard output: not a pipe, so that nothing waits for this process.
    :param errors: descriptor of a file for its standard error.
    :param folder: the folder in which it runs.
    :param environment: its environment; this process's when None.
    :param executable: its path, when it is not to be looked for by the first argument.
    """
    read_end, write_end = os.pipe()
    with contextlib.suppress(OSError):  # as when the user has many of them: the kernel lets each have so much in all
        fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    try:
        process = subprocess.Popen(  # noqa: S603 - running the user's program is what this is for
            arguments, executable=executable, stdin=read_end, stdout=output, stderr=errors, cwd=folder, env=environment
        )
    except BaseException:
        os.close(write_end)
        raise
    finally:
        os.close(read_end)
    with process:
        try:
            feed(write_end)
        except BrokenPipeError:
            pass  # the program has read enough, as head does; its exit code tells whether it is content
        except BaseException:
            process.kill()
            raise
        finally:
            os.close(write_end)
    return process.returncode


def describe_exit(code: int) -> str:
    """Return the exit code of a program of the user's in words; a signal is named also when it ended what bash ran."""
    name = signal_name(-code if code < 0 else code - 128)
    return f"exited with code {code}" + (f" ({name})" if name and code != 0 else "")


def signal_name(number: int) -> str:
    """Return the name of a signal; nothing when none of that number has one."""
    return signal.Signals(number).name if number in set(signal.Signals) else ""


def last_words(errors: int) -> str:
    """Return the end of what a program wrote to standard error, in words.

    :param errors: descriptor of the file that has it.
    """
    size = os.fstat(errors).st_size
    start = max(size - STDERR_TAIL_BYTES, 0)
    tail = os.pread(errors, size - start, start).decode("utf-8", "replace").strip()
    return f"standard error ends: {tail}" if tail else "standard error is empty"
