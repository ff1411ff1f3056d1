"""Where the runs of a job keep what they take off a queue: each in its own spool."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_unifyweaver.run.directory import SUPERSEDED, RunDirectory
from airflow_unifyweaver.run.exchange import Exchange

_WINDOW = "spool/window"


@dataclass(frozen=True)
class RunWindows:
    """The :class:`~airflow_unifyweaver.sources.kept_window.KeptWindows` of a run: at its URL, if it has one.

    :param run: the run.
    """

    run: RunDirectory

    def own(self) -> Exchange:
        """Return the folder of this run's window."""
        return self._folder.folder(_WINDOW)

    def inherited(self) -> list[Exchange]:
        """Return those of the runs that were set aside in this one's place, the last one first."""
        prefix = self.run.name + SUPERSEDED
        aside = {
            int(folder.path.name.removeprefix(prefix)): folder
            for folder in self._folder.parent.folders()
            if folder.path.name.startswith(prefix)
        }
        return [aside[number].folder(_WINDOW) for number in sorted(aside, reverse=True)]

    def earlier(self) -> list[Exchange]:
        """Return those of the runs beside this one, and of those of its name in the folders beside its own."""
        beside = self._folder.parent.folders()
        cousins = [folder.folder(self.run.name) for folder in self._folder.parent.parent.folders()]
        others = {run.address: run for run in [*beside, *cousins] if run.address != self._folder.address}
        return [run.folder(_WINDOW) for run in others.values()]

    @property
    def _folder(self) -> Exchange:
        return Exchange(self.run.path, self.run.url)
