"""A case in which whole processes run in turn: ours, and those of peers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from bench.case import Case, Samples
from bench.place import Place
from bench.timing import Command, interleaved

Commands = Mapping[str, Command]


@dataclass(frozen=True)
class Contest(Case):
    """Contestants in turn, for some rounds.

    :param commands: makes the contestants' commands; for as long as they are needed where that takes a cluster.
    :param rounds: how many rounds count.
    :param warm_up: how many are run before.
    :param same_answers: whether all must print the same.
    """

    commands: Callable[[Place], Commands | AbstractContextManager[Commands]]
    rounds: int = 5
    warm_up: int = 1
    same_answers: bool = True

    def measure(self, place: Place) -> Samples:
        """Run them."""
        made = self.commands(place)
        if isinstance(made, Mapping):
            return self._measure(place, made)
        with made as commands:
            return self._measure(place, commands)

    def _measure(self, place: Place, commands: Commands) -> Samples:
        full = place.scale >= 1
        found = interleaved(
            commands,
            self.rounds if full else 1,
            warm_up=self.warm_up if full else 0,
            same_answers=self.same_answers,
            after_each=place.clear,
        )
        return {name: [run.figures for run in runs] for name, runs in found.items()}
