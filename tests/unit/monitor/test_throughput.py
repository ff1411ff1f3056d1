from airflow_unifyweaver.monitor.throughput import MOST_BINS, RECENT_SECONDS, Throughput


def test_bins_widen_and_lose_nothing():
    throughput = Throughput()
    for second in reversed(range(10_000)):
        throughput.add(float(second), done=2, failed=second % 2)
    found = throughput.to_dict()
    assert len(found["times"]) <= MOST_BINS
    assert sum(found["done"]) == 20_000
    assert sum(found["failed"]) == 5_000
    assert found["times"] == sorted(found["times"])
    assert found["width"] == 32


def test_a_pause_of_a_year_costs_no_bins():
    throughput = Throughput()
    throughput.add(0.0, done=1)
    throughput.add(3e7, done=1)
    assert throughput.to_dict() == {"width": 1, "times": [0, 30_000_000], "done": [1, 1], "failed": [0, 0]}


def test_the_rate_is_that_of_the_last_minute_or_of_all_of_a_younger_run():
    throughput = Throughput()
    for second in range(1_000):
        throughput.add(1_000.0 + second, done=3 if second < 900 else 5)
    assert throughput.rate(2_000.0, since=1_000.0) == 5
    assert throughput.rate(2_000.0 + RECENT_SECONDS, since=1_000.0) is None
    young = Throughput()
    young.add(100.0, done=20)
    assert young.rate(110.0, since=100.0) == 2
