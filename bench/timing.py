"""Whole processes, timed in turn: what is compared runs under the same load."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Command = Sequence[str]
LAUNCHER = Path(__file__).with_name("launcher.py")


@dataclass(frozen=True)
class Measurement:
    """One run of a process.

    :param figures: ``seconds`` and ``cpu_seconds``, ``peak_mb`` (the largest resident size of any of its processes),
        and what the program measured itself: a JSON object on its standard output.
    :param output: its answer; empty when it printed figures.
    """

    figures: dict[str, float]
    output: str

    @property
    def seconds(self) -> float:
        """Wall-clock time from start to exit."""
        return self.figures["seconds"]


def measure(command: Command) -> Measurement:
    """Run a command once.

    :raises RuntimeError: when it fails, with the end of its standard error.
    """
    with tempfile.NamedTemporaryFile("r") as report, tempfile.TemporaryFile("w+", errors="replace") as errors:
        launcher = [sys.executable, "-I", "-S", str(LAUNCHER), report.name, *command]
        ended = subprocess.run(launcher, stdout=subprocess.PIPE, stderr=errors, text=True, check=False)
        if ended.returncode != 0:
            errors.seek(0)
            tail = errors.read()[-2000:]
            raise RuntimeError(f"{' '.join(command)} exited with code {ended.returncode}: {tail}")
        figures = json.load(report)
    output = ended.stdout.strip()
    if output.startswith("{"):
        return Measurement(figures | json.loads(output), "")
    return Measurement(figures, output)


def interleaved(
    commands: Mapping[str, Command],
    rounds: int,
    *,
    warm_up: int = 1,
    same_answers: bool = True,
    after_each: Callable[[], object] = lambda: None,
) -> dict[str, list[Measurement]]:
    """Run commands in turn.

    :param warm_up: rounds before, which do not count.
    :param same_answers: whether all must print the same, but for those that print figures.
    :param after_each: called when a command has ended, outside of the measured time.
    :raises RuntimeError: when a command fails, or answers differ.
    """
    results: dict[str, list[Measurement]] = {name: [] for name in commands}
    for number in range(warm_up + rounds):
        for name, command in commands.items():
            measurement = measure(command)
            after_each()
            if number >= warm_up:
                results[name].append(measurement)
        if same_answers:
            _check_answers(results)
    return results


def progress(text: str) -> None:
    """Say what is being measured."""
    print(text, file=sys.stderr, flush=True)


def _check_answers(results: Mapping[str, Sequence[Measurement]]) -> None:
    answers = {run.output: name for name, runs in results.items() for run in runs if run.output}
    if len(answers) > 1:
        raise RuntimeError(f"the answers differ: {answers}")
