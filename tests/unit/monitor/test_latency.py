import random

import pytest

from airflow_unifyweaver.monitor.latency import Latency


def test_percentiles_are_close_whatever_the_distribution():
    generator = random.Random(1)
    values = sorted(generator.lognormvariate(3, 2) for _ in range(20_000))
    latency = Latency()
    for value in values:
        latency.add(value)
    found = latency.to_dict()
    for name, share in (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)):
        assert found[name] == pytest.approx(values[int(share * len(values)) - 1], rel=0.026)
    assert (found["min"], found["max"]) == (values[0], values[-1])
    assert sum(number for _, _, number in found["buckets"]) == len(values)
    assert len(found["buckets"]) <= 41
    assert all(
        before[1] == pytest.approx(after[0])
        for before, after in zip(found["buckets"], found["buckets"][1:], strict=False)
    )


def test_one_duration_is_all_percentiles_and_none_is_nothing():
    latency = Latency()
    assert latency.to_dict() is None
    latency.add(0.0)
    assert latency.to_dict()["p99"] == 0.0
