import random

from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.monitor.batch_table import COMPLETE, FAILED, BatchTable, state_numbers
from airflow_unifyweaver.monitor.journal_tail import parse_line
from airflow_unifyweaver.run.directory import batch_id
from airflow_unifyweaver.run.state import ShardState

COMMIT = {
    "results_count": 1,
    "processing_time_ms": 1.0,
    "memory_mb": 1.0,
    "segment": "s",
    "offset": 0,
    "length": 1,
    "checksum": 0,
}


def test_it_counts_as_the_state_of_the_shard_does_whatever_happens():
    for seed in range(300):
        table, state, generator = BatchTable(8, adaptive=bool(seed % 2)), ShardState(), random.Random(seed)
        for _ in range(60):
            event = any_event(generator, adaptive=bool(seed % 2))
            state.apply(event)
            parsed = parse_line(event.to_line(), 0)
            if parsed is not None:
                table.apply(parsed)
            committed = [piece for piece in range(8) if table.states[piece] == COMPLETE]
            assert committed == [piece for piece in range(8) if state.covers(piece)], (seed, event)


def any_event(generator, *, adaptive):
    index, attempt = generator.randrange(8), generator.randint(1, 3)
    pieces = generator.randint(1, 8 - index) if adaptive else 1
    made_of = {"pieces": pieces} if pieces > 1 else {}
    kind, payload = generator.choice(
        [
            (EventType.BATCH_READY, {}),
            (EventType.BATCH_CLAIMED, made_of),
            (EventType.BATCH_CLAIMED, made_of),
            (EventType.BATCH_STARTED, {}),
            (EventType.BATCH_COMPLETE, COMMIT | made_of),
            (EventType.BATCH_COMPLETE, COMMIT | made_of),
            (EventType.BATCH_FAILED, {"error": "no", "retry_count": 0}),
            (EventType.BATCH_FAILED, {"error": "no", "retry_count": 0, "revoked": True}),
        ]
    )
    return Event(kind, "worker.1", batch_id(index), payload, "run", 0, attempt)


def test_cells_have_all_batches_and_never_too_many_of_them():
    table = BatchTable(1_003, adaptive=False)
    table.states[:500] = bytes([COMPLETE]) * 500
    table.states[7] = FAILED
    size, states = table.cells(0, 1_003, most=100)
    assert size == 11
    assert {len(numbers) for numbers in states.values()} == {92}
    assert sum(map(sum, states.values())) == 1_003
    assert states["failed"][0] == 1
    assert sum(states["complete"]) == 499
    assert list(table.find(state_numbers(["failed"]), 0, 1_003)) == [7]
    assert list(table.find(state_numbers([]), 5, 9)) == [5, 6, 7, 8]
