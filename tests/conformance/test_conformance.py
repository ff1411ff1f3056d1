"""The same job gives the same bytes at every place, and the same events to every batch."""

import pytest
from conformance.cases import CASES
from conformance.places import PLACES

EVERYTHING = [
    (place, name) for place in PLACES for name in CASES if not PLACES[place].spared or name.startswith("lines: ")
]


@pytest.mark.parametrize(("place", "name"), EVERYTHING)
def test_agrees(place, name, runs):
    case, outcome = CASES[name], runs.outcome(place, name)
    assert outcome.result == runs.reference(name).result
    assert case.check(outcome, runs.inputs(case)[0])
    assert outcome.batches_with("batch_complete") == dict.fromkeys({batch for batch, _ in outcome.lives}, 1)
    if case.steady:
        sequential = runs.outcome("sequential", name)
        assert outcome.lives == sequential.lives
        assert outcome.set_aside == sequential.set_aside
