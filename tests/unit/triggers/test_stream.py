"""When a run over a stream is started; tests/system has it in a real triggerer, over a real broker."""

import asyncio

import pytest

from airflow_unifyweaver.exceptions import JobError, SourceError
from airflow_unifyweaver.triggers import stream
from airflow_unifyweaver.triggers.stream import StreamTrigger

JOB = {
    "name": "clicks",
    "source": {"type": "kafka", "bootstrap_servers": "a:1", "topic": "t"},
    "work": {"command": "cat"},
}


class Script:
    """What a broker answers, look by look, and how many runs are active then."""

    def __init__(self, *looks):
        self._looks = iter(looks)
        self.closed = False

    def ready(self):
        messages, self.runs = next(self._looks, (EOFError(), 0))
        if isinstance(messages, Exception):
            raise messages
        return {"messages": messages} if messages else None

    def active(self):
        return self.runs

    def close(self):
        self.closed = True


@pytest.fixture
def events(monkeypatch):
    monkeypatch.setattr(stream, "LOOK_SECONDS", 0)
    monkeypatch.setattr(stream, "FAILED_SECONDS", 0)

    def play(*looks):
        script = Script(*looks)
        trigger = StreamTrigger(JOB, "clicks")
        trigger._backlog = lambda: script
        trigger._active_runs = script.active

        found = []

        async def collect():
            async for event in trigger.run():
                found.append(event.payload["messages"])  # noqa: PERF401 - also what comes before an error

        with pytest.raises(EOFError):
            asyncio.run(collect())
        assert script.closed
        return found

    return play


def test_it_is_made_anew_as_it_was():
    path, arguments = StreamTrigger(JOB, "clicks").serialize()
    assert path == "airflow_unifyweaver.triggers.stream.StreamTrigger"
    assert StreamTrigger(**arguments).serialize() == (path, arguments)


def test_it_fires_when_messages_are_due(events):
    assert events((0, 0), (5, 0), (0, 0), (7, 0)) == [5, 7]


def test_it_does_not_fire_twice_for_the_same_messages(events):
    assert events((5, 0), (5, 0), (5, 0)) == [5]


def test_it_waits_while_a_run_is_active(events):
    assert events((5, 0), (9, 1), (12, 1), (12, 0)) == [5, 12]


def test_it_goes_on_when_the_broker_does_not_answer(events, capsys):
    assert events((SourceError("no broker"), 0), (5, 0)) == [5]
    assert "clicks: no broker" in capsys.readouterr().out


def test_only_a_stream_tells_when_to_run():
    from airflow_unifyweaver import stream_asset

    text = {"name": "x", "source": {"type": "text", "path": "a"}, "work": {"command": "cat"}}
    with pytest.raises(JobError, match=r"source.type text is no stream"):
        stream_asset(text)
    asset = stream_asset(JOB)
    assert (asset.name, asset.uri) == ("clicks.stream", "unifyweaver://clicks/stream")


def test_the_dag_of_a_stream_runs_as_it_flows():
    from airflow_unifyweaver import dag_from_job

    dag = dag_from_job(JOB)
    assert dag.max_active_runs == 1
    assert "clicks.stream" in str(dag.timetable.asset_condition)
    assert dag_from_job(JOB | {"dag": {"schedule": "@daily"}}).schedule == "@daily"


def test_common_messaging_knows_it():
    from airflow.providers.common.messaging.triggers.msg_queue import MessageQueueTrigger

    trigger = MessageQueueTrigger(scheme="unifyweaver", job=JOB, dag_id="clicks").trigger
    assert isinstance(trigger, StreamTrigger)
