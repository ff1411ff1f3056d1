"""Results as JSON files beside the pages, one a case: what is measured anew replaces its own only."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.case import Case, Samples
from bench.machine import machine
from bench.place import Place

FOLDER = "results"


@dataclass(frozen=True)
class Result:
    """What came of a case.

    :param case: its name.
    :param made: the day.
    :param scale: the share of the full size that it was measured at.
    :param machine: what it was measured on.
    :param samples: all figures of all runs.
    """

    case: str
    made: str
    scale: float
    machine: dict[str, str]
    samples: Samples

    @classmethod
    def of(cls, case: Case, place: Place) -> Result:
        """Measure a case."""
        samples = case.measure(place)
        return cls(case.name, f"{datetime.now(UTC):%Y-%m-%d}", place.scale, machine(), samples)

    def write(self, docs: Path) -> None:
        """Write it below the folder of pages."""
        file = docs / FOLDER / f"{self.case}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asdict(self), indent=1) + "\n")


def read_results(docs: Path) -> dict[str, Result]:
    """Read all results below the folder of pages, by their cases' names."""
    found = (Result(**json.loads(file.read_bytes())) for file in sorted((docs / FOLDER).glob("*.json")))
    return {result.case: result for result in found}
