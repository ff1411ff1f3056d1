"""Checkpoints: what is sent when, and what happens when it cannot be sent."""

import time

import pytest

from airflow_unifyweaver.exceptions import JobFailedError, RunError
from airflow_unifyweaver.run.checkpoints import checkpoints_of
from airflow_unifyweaver.run.plan import Shard
from airflow_unifyweaver.run.remote import checkpoints as module
from airflow_unifyweaver.run.remote.store import Store

LINE = b'{"a line": "of a journal"}\n'


class IdleBackend:
    """Has nothing to report."""

    def wait(self, timeout):
        time.sleep(0.02)
        return []


@pytest.fixture
def led(run, monkeypatch):
    """Checkpoints of a shard, every few milliseconds; two failures are borne."""
    monkeypatch.setattr(module, "CHECKPOINT_SECONDS", 0.01)
    monkeypatch.setattr(module, "MAX_FAILURES", 3)
    Store(run.url).put("plan/batches.jsonl", b"")
    checkpoints = checkpoints_of(run, 0)
    checkpoints.fetch()
    assert checkpoints.take_over(Shard(0, 0, 0, 0))
    return checkpoints


def append(run, data=LINE):
    with run.shard(0).journal.open("ab") as journal:
        journal.write(data)


def sizes(run):
    return Store(f"{run.url}/shards/0000").listing("pieces")


def test_what_is_written_is_sent_while_work_goes_on_and_in_the_end(run, led, elsewhere):
    with led.sent_while(IdleBackend()) as backend:
        append(run)
        while len(sizes(run)) < 2:
            assert backend.wait(None) == []
        append(run, LINE + b"torn")
    assert len(sizes(run)) == 3
    there = checkpoints_of(elsewhere, 0)
    there.fetch()
    assert elsewhere.shard(0).journal.read_bytes() == 2 * LINE


def test_without_news_there_is_no_piece(run, led):
    with led.sent_while(IdleBackend()) as backend:
        for _ in range(5):
            backend.wait(None)
    assert len(sizes(run)) == 1


def test_failures_are_borne_for_a_while(run, led, monkeypatch, caplog):
    failures = iter(range(2))
    put = Store.put_new

    def put_at_last(store, name, data):
        for _ in failures:
            raise RunError("no answer")
        return put(store, name, data)

    monkeypatch.setattr(Store, "put_new", put_at_last)
    with led.sent_while(IdleBackend()) as backend:
        append(run)
        while len(sizes(run)) < 2:
            backend.wait(None)
    assert caplog.messages == ["no checkpoint: no answer"] * 2


@pytest.mark.parametrize("error", [RunError("no answer"), BaseException("no answer")])
def test_work_ends_when_it_cannot_be_kept(run, led, monkeypatch, error):
    def refuse(*_):
        raise error

    monkeypatch.setattr(Store, "put_new", refuse)

    def work():
        with led.sent_while(IdleBackend()) as backend:
            append(run)
            while True:
                backend.wait(None)

    with pytest.raises(RunError, match="no answer"):
        work()


def test_another_error_is_told_first(run, led, monkeypatch, caplog):
    def refuse(*_):
        raise RunError("no answer")

    def fail():
        with led.sent_while(IdleBackend()):
            monkeypatch.setattr(Store, "put_new", refuse)
            append(run)
            raise JobFailedError("too many")

    with pytest.raises(JobFailedError, match="too many"):
        fail()
    assert caplog.messages[-1] == "no last checkpoint: no answer"


def test_what_a_copy_has_beyond_the_url_is_given_up(run, led):
    append(run)
    led.send()
    append(run)
    again = checkpoints_of(run, 0)
    again.fetch()
    assert run.shard(0).journal.read_bytes() == LINE


def test_a_torn_piece_was_never_made(run, led, elsewhere):
    append(run)
    led.send()
    store = Store(f"{run.url}/shards/0000/pieces")
    store.put("000000001", store.read("000000001")[:-5])
    store.put("000000002", b"no header")
    there = checkpoints_of(elsewhere, 0)
    there.fetch()
    assert elsewhere.shard(0).journal.read_bytes() == b""
    assert there.take_over(Shard(0, 0, 0, 0))
    assert list(store.listing(""))[-1] == "000000003"


def test_a_piece_that_was_made_though_its_server_denied_it(run, led, elsewhere, monkeypatch):
    append(run)
    put = Store.put_new

    def deny(store, name, data):
        put(store, name, data)
        raise RunError("no answer")

    monkeypatch.setattr(Store, "put_new", deny)
    with pytest.raises(RunError, match="no answer"):
        led.send()
    monkeypatch.setattr(Store, "put_new", put)
    append(run, 2 * LINE)
    led.send()
    there = checkpoints_of(elsewhere, 0)
    there.fetch()
    assert elsewhere.shard(0).journal.read_bytes() == 3 * LINE
    assert len(sizes(run)) == 3
