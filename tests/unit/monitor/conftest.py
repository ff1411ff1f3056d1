"""Runs whose journals are written line by line."""

import pytest
from written_runs import Written


@pytest.fixture
def written(tmp_path):
    """Makes runs: takes the numbers of batches of their shards."""
    return lambda *shards, **more: Written(tmp_path / "run", shards, **more)
