"""Whole processes, timed in turn: what is compared runs under the same load."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measurement:
    """One run of a process: wall-clock seconds, and the largest resident size of any process in it (MB)."""

    seconds: float
    peak_mb: float
    output: str


@dataclass(frozen=True)
class Comparison:
    """All rounds of one case, ours and the peer's side by side."""

    ours: Sequence[Measurement]
    peer: Sequence[Measurement]

    @property
    def ratios(self) -> list[float]:
        """Our time over the peer's, round by round."""
        return [one.seconds / other.seconds for one, other in zip(self.ours, self.peer, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return statistics.median(self.ratios)


def measure(command: Sequence[str]) -> Measurement:
    """Run a command once; it must succeed."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, errors = process.stdout.read(), process.stderr.read()  # type: ignore[union-attr]
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]} exited with code {process.returncode}: {errors.decode()[-2000:]}")
    return Measurement(seconds, usage.ru_maxrss / 1024, output.decode().strip())


def compare(commands: Mapping[str, Sequence[str]], rounds: int, warm_up: int = 1) -> Comparison:
    """Run ours and the peer's in turn; see :func:`interleaved`."""
    results = interleaved(commands, rounds, warm_up)
    return Comparison(results["ours"], results["peer"])


def interleaved(commands: Mapping[str, Sequence[str]], rounds: int, warm_up: int = 1) -> dict[str, list[Measurement]]:
    """Run commands in turn, after some rounds that do not count; their answers must agree."""
    results: dict[str, list[Measurement]] = {name: [] for name in commands}
    for number in range(warm_up + rounds):
        for name, command in commands.items():
            measurement = measure(command)
            if number >= warm_up:
                results[name].append(measurement)
    answers = {measurement.output for runs in results.values() for measurement in runs}
    if len(answers) != 1:
        raise RuntimeError(f"the answers differ: {answers}")
    return results
