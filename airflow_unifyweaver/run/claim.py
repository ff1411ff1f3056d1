"""Which of a stream's runs publishes which part of it, so that each message is in one published result, and only one.

A run claims what it has planned, and the position moves when it is published. A run that finds another's claim finishes
that run if it was about to be published, and else forbids it to be: then it may plan the same messages itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from airflow_unifyweaver.exceptions import RunChangedError, RunError
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.outcome import PUBLISHED, TAKEN_OVER, outcome_of, settle
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.remote.addresses import run_at
from airflow_unifyweaver.run.remote.plans import fetch_plan
from airflow_unifyweaver.sources.stream import StreamPosition


@dataclass(frozen=True)
class Claim:
    """A run's claim to what follows the position in a stream.

    :param position: the job's in the stream.
    :param run: the run, whose plan is there if it has one.
    """

    position: StreamPosition
    run: RunDirectory

    def prepare(self, finish: Callable[[RunDirectory], object]) -> None:
        """Settle what becomes of the run that holds the claim, before this one is planned or goes on.

        :param finish: publishes a run that was about to be, and moves the position.
        :raises RunChangedError: when this run is planned, and what it has planned is or will be in another's result.
        :raises RunError: when the run that holds the claim is not to be seen.
        """
        outcome = outcome_of(self.run)
        holder = self.position.enter()
        if outcome == PUBLISHED:
            if holder == self.run.place:
                finish(self.run)
            return
        if outcome == TAKEN_OVER:
            raise self._too_late()
        if holder not in {None, self.run.place}:
            self._take_over(run_at(str(holder)), finish)
        if self._is_planned and not self.position.begins(self.run.spool):
            raise self._too_late()

    def make(self) -> None:
        """Claim what this run has planned, unless it is published already."""
        if outcome_of(self.run) != PUBLISHED:
            self.position.claim(self.run.spool, self.run.place)

    def decide(self) -> None:
        """Decide that this run is published. From here on it can only be finished.

        :raises RunChangedError: when another run has taken over what this one has planned.
        """
        if outcome_of(self.run) == PUBLISHED:
            return
        if self.position.holder() != self.run.place or settle(self.run, PUBLISHED) != PUBLISHED:
            raise self._too_late()

    def advance(self) -> None:
        """Move the position past what this run has published, unless that is done."""
        if self.position.enter() == self.run.place:
            self.position.advance(self.run.spool)

    def _take_over(self, other: RunDirectory, finish: Callable[[RunDirectory], object]) -> None:
        fetch_plan(other)
        if Plan.load(other) is None:
            raise RunError(
                f"{other.place}: this run has claimed what follows in the stream, and is not to be seen from here; "
                f"let it be seen, or, if it is gone without having been published, {self.position.lost()}"
            )
        if settle(other, TAKEN_OVER) == PUBLISHED:
            finish(other)
            self.position.enter()

    @property
    def _is_planned(self) -> bool:
        return self.run.plan_file.exists()

    def _too_late(self) -> RunChangedError:
        return RunChangedError(
            f"{self.run.place}: another run has published, or taken over, the messages that this one has planned; "
            "start a fresh run in another directory, for those that followed"
        )
