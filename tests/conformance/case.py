"""What a conformance test is about: a job, its input, and what is known of its result."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ADDRESS = "ADDRESS"
"""Stands in a job for the address of the service that it needs."""
THIS_RUN = "THIS_RUN"
"""Stands in a job for a name that no other run has."""
WORK = Path(__file__).with_name("work.py")


@dataclass(frozen=True)
class Outcome:
    """What came of a job on a backend.

    :param result: the published bytes.
    :param lives: how often each event came to each batch.
    :param set_aside: the records in quarantine.
    """

    result: bytes
    lives: Counter
    set_aside: list

    @property
    def lines(self):
        """The lines of the result, as text."""
        return self.result.decode().splitlines()

    @property
    def values(self):
        """The values of a result in JSON lines."""
        return list(map(json.loads, self.result.splitlines()))

    def batches_with(self, event):
        """Return the batches that had an event, and how often."""
        return {batch: number for (batch, one), number in self.lives.items() if one == event}


@dataclass(frozen=True)
class Case:
    """A job that has the same outcome on every backend.

    :param job: its fields, without a name and a backend.
    :param inputs: writes its files into a folder, given that and the address of its service, if it has one.
    :param check: what else is known of the outcome: a function of that and of the folder of the files, true when all
        is right.
    :param reference: fields in which another job differs whose result, on the sequential backend, is the same.
    :param steady: whether batches have the same events everywhere; they have not when chance decides what is in hand
        when a worker dies, or time how batches are cut.
    :param service: name of the fixture of the service that it needs.
    :param refill: is called before each run with the service's address, to put there again what a run takes away.
    """

    job: dict
    inputs: Callable
    check: Callable = lambda outcome, folder: True
    reference: dict = field(default_factory=dict)
    steady: bool = True
    service: str | None = None
    refill: Callable = lambda address: None


def cases(jobs, inputs, checks=None, **rest):
    """Return a case for each of some jobs on the same files.

    :param jobs: source, batch, work and aggregation of each, by name.
    :param checks: checks of those that have one, by name.
    """
    return {
        name: Case(
            dict(zip(("source", "batch", "work", "aggregation"), job, strict=True)),
            inputs,
            (checks or {}).get(name, Case.check),
            **rest,
        )
        for name, job in jobs.items()
    }
