"""Where a case is measured: a folder for its inputs, jobs and runs, and how much smaller than in full it shall be."""

from __future__ import annotations

import itertools
import json
import os
import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"
WORKERS = 2
LOGS = sorted((HERE.parent / "dags" / "data" / "loghub").glob("*.log"))
SERVERS = [str(HERE.parent / "tests"), str(HERE.parent / "tests" / "support")]
"""Where the tests have theirs, to be looked for as modules."""
UNIFYWEAVER = str(Path(sys.executable).with_name("unifyweaver"))


@dataclass(frozen=True)
class Place:
    """A place for measuring.

    :param folder: an empty folder.
    :param scale: the size of everything, as a share of the full one.
    """

    folder: Path
    scale: float = 1.0
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def run(self) -> Path:
        """The directory of the run that is measured."""
        return self.folder / "run"

    def of(self, amount: int) -> int:
        """Return an amount at this place's scale, at least 1."""
        return max(1, round(amount * self.scale))

    def log(self, megabytes: int) -> Path:
        """Return a log of a size (at this place's scale): real ones, repeated."""
        return self._file(f"{megabytes}mb.log", lambda: _repeated_logs(self.of(megabytes * 1_000_000)))

    def lines(self, number: int) -> Path:
        """Return a file of so many numbered lines (not scaled)."""
        return self._file(f"{number}.lines", lambda: (b"%07d\n" % line for line in range(number)))

    def job(self, source: Path, batch: Mapping[str, object], work: Mapping[str, object], **fields: Any) -> list[str]:
        """Return the command that runs a job over a text file.

        :param fields: the job's other fields; ``parallel`` adds to two workers of bash_fork.
        """
        file = self.folder / f"job_{next(self._numbers)}.json"
        parallel = {"backend": "bash_fork", "workers": WORKERS, "strict": True} | fields.pop("parallel", {})
        job = {"name": "bench", "source": {"type": "text", "path": str(source)}, "work": work, "parallel": parallel}
        if batch:
            job["batch"] = batch
        file.write_text(json.dumps(job | fields))
        return self.run_of(file)

    def run_of(self, job: Path) -> list[str]:
        """Return the command that runs a job file."""
        return [UNIFYWEAVER, "run", str(job), "--run-dir", str(self.run)]

    def clear(self) -> None:
        """Remove the run, for the next to be a new one."""
        shutil.rmtree(self.run, ignore_errors=True)

    def _file(self, name: str, content: Any) -> Path:
        path = self.folder / name
        if not path.exists():
            with path.open("wb") as file:
                file.writelines(content())
                os.fsync(file.fileno())  # writing shall not go on in the measured time
        return path


def python_work(function: str) -> dict[str, object]:
    """Return the work that calls a function of ``bench/work.py``."""
    return {"python": f"{HERE / 'work.py'}:{function}"}


def program(name: str, *arguments: object) -> list[str]:
    """Return the command of a program in ``bench/programs``."""
    return [sys.executable, str(PROGRAMS / name), *map(str, arguments)]


def digest_of(command: Iterable[str]) -> list[str]:
    """Return a command that prints a digest of another one's lines, in whatever order they come."""
    return ["bash", "-o", "pipefail", "-c", f"{shlex.join(command)} | LC_ALL=C sort | md5sum"]


def _repeated_logs(size: int) -> Iterator[bytes]:
    text = b"".join(log.read_bytes().rstrip(b"\n") + b"\n" for log in LOGS)
    for _ in range(size // len(text)):
        yield text
    rest = text[: size % len(text)]
    yield rest[: rest.rfind(b"\n") + 1]
