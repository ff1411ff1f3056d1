"""What waits in the triggerer; tests/system has it in a real one."""

import asyncio

from airflow_unifyweaver.backends.launch import Launch
from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.run.coordinator import ShardSummary
from airflow_unifyweaver.run.exchange import Exchange
from airflow_unifyweaver.triggers.launch import LaunchTrigger


async def first_event(trigger):
    return await anext(trigger.run())


def test_it_is_made_anew_as_it_was():
    path, arguments = LaunchTrigger("hdfs://namenode/run/cluster/0000/4be1").serialize()
    assert path == "airflow_unifyweaver.triggers.launch.LaunchTrigger"
    assert arguments == {"launch": "hdfs://namenode/run/cluster/0000/4be1"}


def test_it_fires_when_the_launch_has_ended(tmp_path):
    launch = Launch.at(str(tmp_path))
    launch.folder.write("waiting", b"")
    launch.write_outcome(ShardSummary(1, 1, 0, 1))
    assert asyncio.run(first_event(LaunchTrigger(str(tmp_path)))).payload == {"launch": str(tmp_path)}


def test_a_url_that_does_not_answer_is_asked_again(tmp_path, monkeypatch, caplog):
    def silent_once(kind, name):
        answer = getattr(kind, name)

        def ask(*arguments):
            monkeypatch.setattr(kind, name, answer)
            raise RunError("s3://bucket does not answer")

        return ask

    monkeypatch.setattr("airflow_unifyweaver.triggers.launch.ATTEND_SECONDS", 0)
    launch = Launch.at(str(tmp_path))
    launch.folder.write("waiting", b"")
    launch.write_outcome(ShardSummary(1, 1, 0, 1))
    monkeypatch.setattr(Launch, "attend", silent_once(Launch, "attend"))
    monkeypatch.setattr(Exchange, "exists", silent_once(Exchange, "exists"))
    assert asyncio.run(first_event(LaunchTrigger(str(tmp_path)))).payload == {"launch": str(tmp_path)}
    assert caplog.text.count("does not answer; it is asked again") == 2


def test_a_triggerer_that_does_not_see_the_run_says_so(tmp_path):
    payload = asyncio.run(first_event(LaunchTrigger(str(tmp_path / "elsewhere")))).payload
    assert "does not see the run's directory; let it, as workers do" in payload["error"]
    assert not (tmp_path / "elsewhere").exists()
