"""The size of adaptive batches: given times, sizes."""

import random

import pytest

from airflow_unifyweaver.run.steering import GROWTH, SMALLEST_SECONDS, USEFUL, Steering


def steer(steering, take, batches, smallest=1.0):
    """Let batches of the sizes that are asked for take their time, and return these times."""
    times = []
    for _ in range(batches):
        size = max(steering.bounds().largest, smallest)
        times.append(take(size))
        steering.learn(size, times[-1])
    return times


def line(fixed, rate, noise=0.0, seed=1):
    generator = random.Random(seed)
    return lambda size: (fixed + rate * size) * generator.uniform(1 - noise, 1 + noise)


def test_nothing_is_known_at_first():
    assert (Steering(1.0).bounds().smallest, Steering(1.0).bounds().largest) == (0.0, 0.0)


@pytest.mark.parametrize("fixed", [0.0, 0.0003, 0.002, 0.1])
@pytest.mark.parametrize("rate", [1e-7, 1e-4, 1e-2])
@pytest.mark.parametrize("noise", [0.0, 0.1, 0.3])
def test_batches_soon_take_the_target(fixed, rate, noise):
    times = steer(Steering(1.0), line(fixed, rate, noise), 40)
    assert all(0.5 < seconds < 1.9 for seconds in times[12:])
    assert 0.8 < sum(times[20:]) / 20 < 1.25


def test_it_starts_small_and_grows_by_what_was_measured():
    steering = Steering(1.0)
    sizes = []
    for _ in range(5):
        sizes.append(max(steering.bounds().largest, 1.0))
        steering.learn(sizes[-1], 0.0003 + 1e-7 * sizes[-1])
    assert sizes == [GROWTH**power if power else 1.0 for power in range(5)]


def test_what_takes_long_however_small_stays_small():
    times = steer(Steering(1.0), line(0.0, 10.0, 0.1), 20)
    assert all(seconds < 22 for seconds in times[:2]), "a second size is tried, once"
    assert all(seconds < 12 for seconds in times[2:])


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_batches_outgrow_the_target_when_most_of_it_would_be_fixed(noise):
    times = steer(Steering(1.0), line(3.0, 1e-6, noise), 40)
    assert all(0.6 * (1 + USEFUL) * 3 < seconds < 1.6 * (1 + USEFUL) * 3 for seconds in times[20:])


def test_a_slow_first_batch_is_no_fixed_part():
    steering = Steering(1.0)
    steering.learn(1.0, 5.0)  # the work's modules were imported
    times = steer(steering, line(0.0003, 1e-4), 40)
    assert max(times) < 1.5
    assert 0.9 < times[-1] < 1.1


@pytest.mark.parametrize("stall", [10.0, 1000.0])
def test_an_outlier_changes_little(stall):
    steering = Steering(1.0)
    steer(steering, line(0.001, 1e-4), 20)
    before = steering.bounds()
    steering.learn(before.largest, stall)
    assert steering.bounds().largest > 0.5 * before.largest
    times = steer(steering, line(0.001, 1e-4), 10)
    assert max(times) < 1.3
    assert times[-1] == pytest.approx(1.0, rel=0.2)


@pytest.mark.parametrize("factor", [0.01, 100.0])
def test_a_lasting_change_is_followed(factor):
    steering = Steering(1.0)
    steer(steering, line(0.0001, 1e-4), 20)
    times = steer(steering, line(0.0001, 1e-4 * factor, 0.1), 30)
    assert all(0.5 < seconds < 2 for seconds in times[8:])


def test_a_stall_of_all_workers_is_soon_forgotten():
    steering = Steering(1.0)
    steer(steering, line(0.001, 1e-4), 20)
    for _ in range(4):
        steering.learn(steering.bounds().largest, 60.0)
    times = steer(steering, line(0.001, 1e-4), 30)
    assert max(times) < 2
    assert times[-1] == pytest.approx(1.0, rel=0.3)


def test_batches_without_records_teach_only_that_the_next_may_be_larger():
    steering = Steering(1.0)
    for size in (1.0, 2.0, 4.0):
        steering.pass_over(size)
        assert steering.bounds().largest == 2 * size
    steering.learn(8.0, 0.1)
    assert steering.bounds().largest == pytest.approx(64.0)


def test_no_batch_is_above_the_limit():
    assert max(steer_sizes(Steering(1.0, limit=1000.0), line(0.0, 1e-9), 20)) == 1000.0


def steer_sizes(steering, take, batches):
    sizes = []
    for _ in range(batches):
        sizes.append(max(steering.bounds().largest, 1.0))
        steering.learn(sizes[-1], take(sizes[-1]))
    return sizes


def test_a_batch_is_worth_what_it_costs():
    steering = Steering(1.0)
    steer(steering, line(0.01, 1e-4), 12)
    assert 1e-4 * steering.bounds().smallest == pytest.approx(USEFUL * 0.01, rel=0.1)
    quick = Steering(1.0)
    steer(quick, line(0.0, 1e-4), 12)
    assert 1e-4 * quick.bounds().smallest == pytest.approx(SMALLEST_SECONDS, rel=0.1)
    short = Steering(0.001)
    steer(short, line(0.0, 1e-4), 12)
    assert short.bounds().smallest <= short.bounds().largest <= 11


def test_batches_that_all_take_the_same_grow():
    assert steer_sizes(Steering(1.0), lambda _: 0.5, 8)[-1] > 1e5
