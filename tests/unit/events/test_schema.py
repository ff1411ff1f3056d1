"""An event survives its journal line; anything altered does not."""

import json

from hypothesis import given
from hypothesis import strategies as st

from airflow_unifyweaver.events.schema import Event, EventType

EVENT = Event(EventType.BATCH_COMPLETE, "worker.1", "batch_00042", {"results_count": 3}, "run", 7, 2)


def test_line_is_json_with_the_proposal_schema():
    fields = json.loads(EVENT.to_line())
    assert list(fields)[:5] == ["event_type", "timestamp", "source", "batch_id", "payload"]
    assert fields["timestamp"].endswith("+00:00")
    assert (fields["run_id"], fields["shard"], fields["attempt"]) == ("run", 7, 2)


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none()))
def test_line_round_trip(payload):
    event = Event(EventType.BATCH_FAILED, "coordinator", None, payload, "run", 0)
    assert Event.from_line(event.to_line()) == event


def test_every_flipped_byte_is_noticed():
    line = EVENT.to_line()
    for position in range(len(line)):
        altered = bytearray(line)
        altered[position] ^= 0x01
        assert Event.from_line(bytes(altered)) is None, position


def test_every_cut_is_noticed():
    line = EVENT.to_line()
    assert all(Event.from_line(line[:length]) is None for length in range(len(line)))


def test_whole_line_behind_a_torn_one_is_found():
    line = EVENT.to_line()
    assert all(Event.from_line(line[:length] + line) == EVENT for length in range(len(line)))
