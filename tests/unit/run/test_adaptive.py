"""Pieces become batches."""

import json

import pytest

from airflow_unifyweaver.run.adaptive import AdaptiveBatches
from airflow_unifyweaver.run.plan import PlannedBatch
from airflow_unifyweaver.run.state import EMPTY
from airflow_unifyweaver.run.steering import Bounds


class Scripted:
    """Steering that wants what it is told, and remembers what it hears."""

    def __init__(self, smallest, largest):
        self.wanted = Bounds(smallest, largest)
        self.heard = []

    def bounds(self):
        return self.wanted

    def learn(self, size, seconds):
        self.heard.append((size, seconds))

    def pass_over(self, size):
        self.heard.append(size)


def pieces(*ranges, first=0):
    return [
        PlannedBatch(first + place, json.dumps({"file": file, "start": start, "stop": stop}).encode())
        for place, (file, start, stop) in enumerate(ranges)
    ]


def made(planned, smallest=0, largest=0, workers=1):
    batches = list(AdaptiveBatches(Scripted(smallest, largest), workers).made_of(iter(planned), len(planned)))
    return [(batch.index, batch.pieces, json.loads(batch.recipe)) for batch in batches]


TENS = pieces(*((0, start, start + 10) for start in range(0, 120, 10)))


def counts(batches):
    return [(index, size) for index, size, _ in batches]


def test_a_batch_is_what_it_was_asked_to_be():
    batches = made(TENS, smallest=30, largest=30)
    assert batches[0] == (0, 3, {"file": 0, "start": 0, "stop": 30})
    assert counts(batches) == [(0, 3), (3, 3), (6, 3), (9, 3)]


def test_a_piece_is_the_least():
    assert counts(made(TENS, largest=3)) == [(index, 1) for index in range(12)]


def test_batches_get_shorter_towards_the_end():
    assert [size for _, size in counts(made(TENS, largest=1000))] == [4, 3, 2, 1, 1, 1]
    assert [size for _, size in counts(made(TENS, largest=1000, workers=2))] == [2, 2, 2, 1, 1, 1, 1, 1, 1]


def test_but_not_below_what_is_worth_it_as_long_as_every_worker_has_some():
    assert [size for _, size in counts(made(TENS, smallest=60, largest=1000))] == [6, 6]
    assert [size for _, size in counts(made(TENS, smallest=1000, largest=1000))] == [12]
    assert [size for _, size in counts(made(TENS, smallest=1000, largest=1000, workers=2))] == [6, 3, 2, 1]


def test_only_what_follows_each_other_in_one_file_is_merged():
    planned = pieces((0, 0, 10), (0, 10, 20), (1, 20, 30), (1, 10, 15), (1, 17, 60))
    assert made(planned, largest=1000, smallest=1000) == [
        (0, 2, {"file": 0, "start": 0, "stop": 20}),
        (2, 1, {"file": 1, "start": 20, "stop": 30}),
        (3, 2, {"file": 1, "start": 10, "stop": 60}),
    ]


def test_what_is_done_already_is_not_bridged():
    planned = [piece for piece in TENS if piece.index not in (3, 7)]
    assert counts(made(planned, smallest=1000, largest=1000)) == [(0, 3), (4, 3), (8, 4)]


@pytest.mark.parametrize("recipe", [{"parts": [1]}, {"page": 7}, {"file": 0, "start": 10, "stop": 20, "row": 3}])
def test_what_is_no_range_is_a_batch_of_its_own(recipe):
    planned = [*pieces((0, 0, 10)), PlannedBatch(1, json.dumps(recipe).encode()), *pieces((0, 20, 30), first=2)]
    batches = made(planned, smallest=1000, largest=1000)
    assert counts(batches) == [(0, 1), (1, 1), (2, 1)]
    assert batches[1][2] == recipe


def test_the_size_is_asked_for_when_a_batch_is():
    steering = Scripted(20, 20)
    batches = AdaptiveBatches(steering, 1).made_of(iter(TENS), len(TENS))
    assert next(batches).pieces == 2
    steering.wanted = Bounds(50, 50)
    assert next(batches).pieces == 5


def test_sizes_are_bytes_whatever_recipes_count_in():
    steering = Scripted(60, 60)
    adaptive = AdaptiveBatches(steering, 1, unit=2.0)
    assert next(adaptive.made_of(iter(TENS), len(TENS))).pieces == 3
    adaptive.learn(TENS[0].recipe, {"processing_time_ms": 500.0})
    assert steering.heard == [(20.0, 0.5)]


def test_what_is_committed_is_learned_from():
    steering = Scripted(0, 0)
    adaptive = AdaptiveBatches(steering, 1)
    recipe = b'{"file":0,"start":5,"stop":25}'
    adaptive.learn(recipe, {"processing_time_ms": 500.0})
    adaptive.learn(recipe, {"processing_time_ms": 1.0, EMPTY: True})
    adaptive.learn(b'{"page":3}', {"processing_time_ms": 500.0})
    assert steering.heard == [(20, 0.5), 20]
