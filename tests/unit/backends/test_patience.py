"""How long a URL may be silent: for whoever waits for a launch, and for a job on YARN."""

import time

import pytest

from airflow_unifyweaver.backends import hadoop_streaming, launch
from airflow_unifyweaver.backends.hadoop_streaming import order_to_stop
from airflow_unifyweaver.backends.launch import Launch
from airflow_unifyweaver.backends.placement import Placement
from airflow_unifyweaver.exceptions import RunError

URL = "memory://runs/run/cluster/0000/4be1"


class Answers:
    """Answers a question, or raises."""

    def __init__(self, *answers):
        self.left = list(answers)

    def __call__(self, *_):
        answer = self.left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


SILENT = RunError("hdfs://namenode does not answer")


@pytest.fixture(autouse=True)
def _no_time(monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setattr(launch, "ATTEND_SECONDS", 0.0)
    monkeypatch.setattr(hadoop_streaming, "URL_CHECK_SECONDS", 0.0)


def test_a_launch_is_waited_for_over_silence(monkeypatch, caplog):
    attend = Answers(SILENT, True, SILENT, False)
    monkeypatch.setattr(Launch, "attend", attend)
    Launch.at(URL).wait()
    assert attend.left == []
    assert "does not answer; it is asked again" in caplog.text


def test_a_launch_is_not_waited_for_over_long_silence(monkeypatch):
    monkeypatch.setattr(launch, "ALIVE_SECONDS", -1.0)
    monkeypatch.setattr(Launch, "attend", Answers(True, SILENT))
    with pytest.raises(RunError, match="does not answer"):
        Launch.at(URL).wait()


def test_a_job_on_yarn_goes_on_over_silence(monkeypatch):
    is_cancelled = Answers(False, SILENT, True)
    monkeypatch.setattr(Placement, "is_cancelled", property(is_cancelled))
    shall_stop = order_to_stop(Placement.at(f"{URL}/0000.pickle"))
    assert [shall_stop() for _ in range(4)] == [False, False, True, True]


def test_a_url_is_not_asked_all_the_time(monkeypatch):
    monkeypatch.setattr(hadoop_streaming, "URL_CHECK_SECONDS", 60.0)
    monkeypatch.setattr(Placement, "is_cancelled", property(Answers(False)))
    shall_stop = order_to_stop(Placement.at(f"{URL}/0000.pickle"))
    assert [shall_stop() for _ in range(4)] == [False] * 4
