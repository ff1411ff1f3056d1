"""Which batches make a sample; tests/integration/test_preview.py works on them."""

from itertools import pairwise

import pytest

from airflow_unifyweaver.run.sample import SAMPLE_BATCHES, Spread


@pytest.mark.parametrize("batches", [*range(30), 1000])
def test_a_spread_covers_the_plan_evenly(batches):
    spread = Spread({"number": number} for number in range(batches))
    assert spread.batches == batches
    kept = list(spread.kept)
    assert min(batches, SAMPLE_BATCHES) <= len(kept) <= 2 * SAMPLE_BATCHES
    assert [spread.kept[index]["number"] for index in kept] == kept
    steps = {after - before for before, after in pairwise(kept)}
    assert len(steps) <= 1
    assert not kept or (kept[0] == 0 and batches - kept[-1] <= max(steps, default=1))
