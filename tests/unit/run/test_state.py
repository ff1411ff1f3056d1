"""The state of a shard: leases and commits as the journal's order decides them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_unifyweaver.events.journal import Journal
from airflow_unifyweaver.events.schema import Event, EventType
from airflow_unifyweaver.run.directory import batch_id
from airflow_unifyweaver.run.segment import Commit
from airflow_unifyweaver.run.state import REVOKED, ShardState, made_of

CLAIMED, COMPLETE, FAILED = EventType.BATCH_CLAIMED, EventType.BATCH_COMPLETE, EventType.BATCH_FAILED


def event(event_type, attempt, index=0, segment="a"):
    payload = Commit(segment, 0, 1, 0, 1).to_payload() | {"error": "no"}
    return Event(event_type, "test", batch_id(index), payload, "run", 0, attempt)


def fold(*events):
    state = ShardState()
    for one in events:
        state.apply(one)
    return state


def test_commit_by_the_holder_of_the_lease_counts():
    state = fold(event(CLAIMED, 1), event(COMPLETE, 1))
    assert (set(state.commits), state.results, state.failures) == ({0}, 1, {})


def test_late_first_attempt_cannot_commit_after_reassignment():
    state = fold(event(CLAIMED, 1), event(CLAIMED, 2), event(COMPLETE, 1), event(COMPLETE, 2, segment="b"))
    assert state.commits[0].segment == "b"


def test_first_commit_wins():
    state = fold(event(CLAIMED, 1), event(COMPLETE, 1), event(CLAIMED, 2), event(COMPLETE, 2, segment="b"))
    assert (state.commits[0].segment, state.results) == ("a", 1)


def test_commit_without_a_lease_is_not_believed():
    state = fold(event(COMPLETE, 1))
    assert state.commits == {}


def test_failure_is_forgotten_by_a_later_commit():
    state = fold(event(CLAIMED, 1), event(FAILED, 1))
    assert state.failures == {0: "no"}
    state = fold(event(CLAIMED, 1), event(FAILED, 1), event(CLAIMED, 2), event(COMPLETE, 2))
    assert state.failures == {}


def test_revoked_commit_is_made_again():
    revoked = Event(FAILED, "publisher", batch_id(0), {"error": "damaged", REVOKED: True}, "run", 0, 1)
    complete = Event(EventType.BATCHES_COMPLETE, "coordinator", None, {"completed": 1}, "run", 0)
    state = fold(event(CLAIMED, 1), event(COMPLETE, 1), complete, revoked)
    assert (state.commits, state.results, state.finished) == ({}, 0, False)
    state = fold(event(CLAIMED, 1), event(COMPLETE, 1), revoked, event(CLAIMED, 2), event(COMPLETE, 2, segment="b"))
    assert (state.commits[0].segment, state.results) == ("b", 1)


def test_shard_is_not_finished_when_a_commit_that_it_had_is_lost_to_damage():
    complete = Event(EventType.BATCHES_COMPLETE, "coordinator", None, {"completed": 2}, "run", 0)
    first = [event(CLAIMED, 1), event(COMPLETE, 1), event(CLAIMED, 1, index=1)]
    assert fold(*first, event(COMPLETE, 1, index=1), complete).finished
    assert not fold(*first, complete).finished


def test_failure_after_the_commit_changes_nothing():
    state = fold(event(CLAIMED, 1), event(COMPLETE, 1), event(FAILED, 1))
    assert (set(state.commits), state.failures) == ({0}, {})


@given(st.lists(st.tuples(st.sampled_from([CLAIMED, COMPLETE, FAILED]), st.integers(1, 3), st.integers(0, 2))))
def test_loading_a_journal_is_folding_its_events(tmp_path_factory, steps):
    path = tmp_path_factory.mktemp("shard") / "journal.jsonl"
    events = [event(event_type, attempt, index) for event_type, attempt, index in steps]
    with Journal(path) as journal:
        journal.append(b"".join(one.to_line() for one in events))
    state = fold(*events)
    assert ShardState.load(path) == state
    assert state.results == len(state.commits)
    assert not set(state.failures) & set(state.commits)


def test_journal_cut_at_every_byte_never_invents_a_commit_and_keeps_whole_ones(tmp_path):
    path = tmp_path / "journal.jsonl"
    lines = [event(kind, 1, index).to_line() for index in range(3) for kind in (CLAIMED, COMPLETE)]
    data = b"".join(lines)
    for length in range(len(data) + 1):
        path.write_bytes(data[:length])
        whole = data[:length].count(b"\n")
        assert set(ShardState.load(path).commits) == set(range(whole // 2)), length


def claim(index, attempt, pieces):
    return Event(CLAIMED, "test", batch_id(index), made_of(pieces), "run", 0, attempt)


def commit(index, attempt, pieces):
    payload = Commit("a", 0, 1, 0, pieces).to_payload() | made_of(pieces)
    return Event(COMPLETE, "test", batch_id(index), payload, "run", 0, attempt)


def test_a_commit_covers_the_pieces_of_its_batch():
    state = fold(claim(2, 1, 3), commit(2, 1, 3))
    assert [piece for piece in range(8) if state.covers(piece)] == [2, 3, 4]
    assert state.covered == 3
    assert list(state.batches(0, 6)) == [(0, 1), (1, 1), (2, 3), (5, 1)]
    assert state.batches_among(6) == 4


@pytest.mark.parametrize(
    ("orphan", "later"), [((6, 4), (5, 10)), ((5, 10), (6, 4)), ((5, 10), (5, 3)), ((7, 1), (5, 10))]
)
def test_a_claim_takes_the_lease_from_every_batch_with_a_piece_in_common(orphan, later):
    attempt = 1 + (orphan[0] == later[0])
    state = fold(claim(orphan[0], 1, orphan[1]), claim(later[0], attempt, later[1]), commit(orphan[0], 1, orphan[1]))
    assert not state.commits
    state.apply(commit(later[0], attempt, later[1]))
    assert {index: state.size(index) for index in state.commits} == dict([later])


def test_a_claim_of_other_pieces_takes_back_a_commit_that_its_coordinator_did_not_hear_of():
    state = fold(claim(5, 1, 10), commit(5, 1, 10), claim(3, 1, 4))
    assert (state.covered, state.results) == (0, 0)
    same = fold(claim(5, 1, 10), commit(5, 1, 10), claim(5, 2, 10), commit(5, 2, 10))
    assert (same.covered, same.results) == (10, 10)


def test_a_claim_of_other_pieces_ends_failures_as_well():
    failed = Event(FAILED, "test", batch_id(5), {"error": "no"}, "run", 0, 1)
    assert fold(claim(5, 1, 10), failed).failures == {5: "no"}
    assert fold(claim(5, 1, 10), failed, claim(3, 1, 4)).failures == {}


def test_a_commit_whose_claim_was_lost_to_damage_is_not_taken_for_one_of_other_pieces():
    assert fold(claim(5, 1, 3), commit(5, 1, 10)).commits == {}


def test_a_shard_is_finished_when_as_many_pieces_are_committed_as_there_were():
    complete = Event(EventType.BATCHES_COMPLETE, "coordinator", None, {"completed": 2, "pieces": 5}, "run", 0)
    assert fold(claim(0, 1, 3), commit(0, 1, 3), claim(3, 1, 2), commit(3, 1, 2), complete).finished
    assert not fold(claim(0, 1, 3), commit(0, 1, 3), claim(3, 1, 1), commit(3, 1, 1), complete).finished
