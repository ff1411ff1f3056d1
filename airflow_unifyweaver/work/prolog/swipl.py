"""A process of SWI-Prolog that answers requests, started when it is first needed and again when it has died."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import weakref
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any

from airflow_unifyweaver.exceptions import JobError, WorkError
from airflow_unifyweaver.job.prolog.swipl import find_swipl
from airflow_unifyweaver.parent_death import end_with_parent
from airflow_unifyweaver.processes import describe_exit, last_words
from airflow_unifyweaver.sources.source_file import read_part, write_all
from airflow_unifyweaver.work.prolog.program import Program

_PARTS = ("requests", "mode", "records", "results", "reduce", "events", "check")
"""The parts of Prolog's side, in ``worker/``; the first one begins the module."""
_OPTIONS = ("-q", "-f", "none", "--no-tty")

Request = tuple[Any, ...]
"""Name of a predicate in ``worker/``, and what it is given: values that JSON has."""


class Swipl:
    """Answers requests about a program. Picklable: wherever it comes, it starts a process of its own.

    :param program: what is loaded.
    :param preparation: a request that is made first of all.
    """

    def __init__(self, program: Program, preparation: Request) -> None:
        self.program = program
        self.preparation = preparation
        self._process: _Process | None = None

    def __reduce__(self) -> tuple[type[Swipl], tuple[Program, Request]]:
        return type(self), (self.program, self.preparation)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Swipl) and self.__reduce__() == other.__reduce__()

    def __hash__(self) -> int:
        return hash(self.__reduce__())

    def ask(self, request: Request, data: Iterable[bytes] = ()) -> Any:
        """Make a request, and return its answer.

        :param request: it may change while the data is taken, which is done first.
        :param data: what the request finds in its input.
        :raises WorkError: when Prolog reports an error, or its process ended.
        """
        process = self._ready()
        process.fill(data)
        return process.ask(request)

    def run(self, request: Request, data: Iterable[bytes]) -> bytes:
        """Make a request, and return the output it has written."""
        self.ask(request, data)
        return self._ready().output()

    def close(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def _ready(self) -> _Process:
        if self._process is None or not self._process.is_alive():
            self.close()
            process = _Process(self.program)
            process.ask(("load", str(self.program.path)))
            process.ask(self.preparation)
            self._process = process
        return self._process


class _Process:
    """A process of SWI-Prolog: requests and answers go through pipes, data through memory files."""

    def __init__(self, program: Program) -> None:
        try:
            swipl = find_swipl()
        except JobError as error:  # not the job, but this machine lacks something: another one may not
            raise WorkError(str(error)) from None
        self._input, self._output, self._errors = (os.memfd_create(name) for name in ("input", "output", "errors"))
        fcntl.fcntl(self._errors, fcntl.F_SETFL, os.O_APPEND)  # so that it can be emptied while Prolog writes to it
        self._owner = os.getpid()
        requests, self._requests = os.pipe()
        self._answers, answers = os.pipe()
        script = _worker_script()
        theirs = (requests, answers, self._input, self._output)
        starting = ("-g", f"unifyweaver:serve{theirs}", f"/proc/self/fd/{script}")
        try:
            self._process = subprocess.Popen(  # noqa: S603 - running the user's program is what this is for
                [swipl, *_OPTIONS, f"--stack-limit={program.stack_limit}", *starting],
                stdin=subprocess.DEVNULL,
                stdout=self._errors,
                stderr=self._errors,
                cwd=program.folder,
                env=os.environ | {"LC_ALL": "C.UTF-8"},
                pass_fds=(*theirs, script),
                preexec_fn=end_with_parent,  # noqa: PLW1509 - it makes one system call
            )
        finally:
            for descriptor in (requests, answers, script):
                os.close(descriptor)
        self._received = b""
        mine = (self._requests, self._answers, self._input, self._output, self._errors)
        self._finalizer = weakref.finalize(self, _end, self._process, self._owner, mine)

    def is_alive(self) -> bool:
        """Tell whether the process is there, and this one's: a fork of this process must start its own."""
        return self._owner == os.getpid() and self._process.poll() is None

    def fill(self, data: Iterable[bytes]) -> None:
        """Put data into the input."""
        os.lseek(self._input, 0, os.SEEK_SET)
        for piece in data:
            write_all(self._input, piece)
        # Shortened only now, it keeps the memory that it has: to write to new memory takes twice as long.
        os.ftruncate(self._input, os.lseek(self._input, 0, os.SEEK_CUR))

    def ask(self, request: Request) -> Any:
        """Make a request, and return its answer.

        :raises WorkError: when Prolog reports an error, or its process ended.
        """
        os.ftruncate(self._errors, 0)
        try:
            write_all(self._requests, encode(list(request)) + b" .\n")
        except BrokenPipeError:
            raise self._ended() from None
        answer = json.loads(self._answer())
        if isinstance(answer, dict):
            raise WorkError(answer["error"])
        return answer

    def output(self) -> bytes:
        """Return what the last request has written."""
        return read_part(self._output, 0, os.fstat(self._output).st_size)

    def close(self) -> None:
        """End the process."""
        self._finalizer()

    def _answer(self) -> bytes:
        parts: list[bytes] = []
        while not (parts and parts[-1].endswith(b"\n")):
            part = os.read(self._answers, 1 << 16)
            if not part:
                raise self._ended()
            parts.append(part)
        return b"".join(parts)

    def _ended(self) -> WorkError:
        code = self._process.wait()
        hint = ", as halt/0 and halt/1 make it" if code >= 0 else ""
        return WorkError(f"the Prolog process {describe_exit(code)}{hint}; {last_words(self._errors)}")


def encode(value: Any) -> bytes:
    """Return a value as JSON in one line, which Prolog can read as a term."""
    return _ENCODER.encode(value).encode("utf-8", "surrogatepass")


def _worker_script() -> int:
    # A memory file, for this package may be a zip file on a worker of a cluster.
    descriptor = os.memfd_create("worker.pl")
    for part in _PARTS:
        write_all(descriptor, files(__package__).joinpath("worker", f"{part}.pl").read_bytes())
    return descriptor


def _end(process: subprocess.Popen[bytes], owner: int, descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
    if owner == os.getpid():
        process.kill()
        process.wait()


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ": "))  # to Prolog, :-1 begins with the neck :-
