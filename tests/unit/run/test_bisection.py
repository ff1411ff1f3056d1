"""The search for poison records."""

import math

from hypothesis import given
from hypothesis import strategies as st

from airflow_unifyweaver.run.bisection import MAX_POISON, Bisection


def search(records, fails):
    """Run a search over so many records; ``fails`` tells for a range what it fails with. Return it and its cost."""
    bisection = Bisection("whole batch")
    bisection.begin(records)
    probes, worked = 0, 0
    while bisection.probe is not None:
        probes += 1
        worked += bisection.probe[1] - bisection.probe[0]
        assert probes < 10_000
        bisection.answer(fails(*bisection.probe))
    return bisection, worked


def failing_at(poison):
    def fails(start, stop):
        found = [index for index in sorted(poison) if start <= index < stop]
        return f"record {found[0]}" if found else None

    return fails


@given(st.integers(1, 300), st.data())
def test_exactly_the_poison_records_are_found_with_their_own_errors(records, data):
    poison = data.draw(st.sets(st.integers(0, records - 1), min_size=1, max_size=10))
    bisection, _ = search(records, failing_at(poison))
    assert not bisection.hopeless
    assert set(bisection.poison) == poison
    assert all(error in (f"record {index}", "whole batch") for index, error in bisection.poison.items())


@given(st.integers(2, 100_000), st.data())
def test_one_poison_record_costs_no_more_than_the_batch_twice(records, data):
    index = data.draw(st.integers(0, records - 1))
    bisection, worked = search(records, failing_at({index}))
    assert set(bisection.poison) == {index}
    assert worked <= 2 * records + math.log2(records)


def test_records_that_fail_only_together_are_not_blamed():
    bisection, _ = search(100, lambda start, stop: "too many" if stop - start > 60 else None)
    assert bisection.hopeless == "whole batch"
    assert bisection.poison == {}


def test_a_batch_full_of_poison_is_given_up():
    bisection, worked = search(100_000, failing_at(set(range(100_000))))
    assert f"more than {MAX_POISON} of its records fail" in bisection.hopeless
    assert worked < 3 * 100_000


def test_an_empty_batch_has_nothing_to_find():
    bisection, worked = search(0, lambda *_: "whatever")
    assert (bisection.poison, bisection.probe, worked) == ({}, None, 0)
