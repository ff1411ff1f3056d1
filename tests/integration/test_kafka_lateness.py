"""Windows of event time that wait for late messages."""

import logging
import shutil
import time

import pytest
from kafka_topics import TestTopic

from airflow_unifyweaver import runner
from airflow_unifyweaver.exceptions import RunChangedError, RunError, SourceError
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.run.remote.addresses import run_at
from airflow_unifyweaver.sources.kafka_position import KafkaPosition
from airflow_unifyweaver.sources.registry import backlog_of

SECONDS = 1_000  # so long that hardly any is over while a test runs


class Clicks:
    """A topic with records of windows that are counted from the one of now, and the job that reads it."""

    def __init__(self, kafka, folder):
        self.topic = TestTopic(kafka, partitions=2, retention_ms=-1)
        self._folder = folder
        self._now = (time.time() // SECONDS - 1) * SECONDS

    def send(self, *windows, **at):
        self.topic.send([b'{"w": %d, "at": %f}' % (window, self.time(window)) for window in windows], **at)

    def time(self, window):
        return self._now + (window + 0.5) * SECONDS

    def job(self, before=0, **more):
        """Return a job that takes what is in windows before one."""
        window = {"seconds": SECONDS, "column": "at", "lateness": time.time() - self.time(before)}
        batch = {"batch_window": {name: value for name, value in (window | more).items() if value is not None}}
        source = self.topic.source(format="json")
        work = {"command": r"grep -oE 'w\": -?[0-9]+' | grep -oE '[-0-9]+' | paste -sd,"}
        return BatchJob.from_dict(
            {"name": "clicks", "source": source, "batch": batch, "work": work}, base_dir=self._folder
        )

    def run(self, name, before=0, **more):
        """Return the windows of the records in each batch."""
        return runner.run_job(self.job(before, **more), self._folder / name).file.read_text().splitlines()


@pytest.fixture
def clicks(kafka, tmp_path):
    return Clicks(kafka, tmp_path)


def test_a_window_is_complete_when_it_is_over_for_so_long(clicks, caplog):
    clicks.send(-4, -3, -2, -4, -3)
    assert clicks.run("first", before=-3) == ["-4,-4"]
    clicks.send(-3, -2, -3)
    assert clicks.run("second", before=-3) == []
    assert clicks.run("third", before=-1) == ["-3,-3,-3,-3", "-2,-2"]
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_what_comes_later_than_that_is_told_and_in_a_later_run(clicks, caplog):
    clicks.send(-4, -3, -1)
    assert clicks.run("first", before=-2) == ["-4", "-3"]
    clicks.send(-4, -1, -2, -3)
    assert clicks.run("second", before=-1) == ["-4", "-3", "-2"]
    assert f"{clicks.topic.name}: 2 records came later than batch.batch_window.lateness allows" in caplog.text


def test_a_time_in_the_future_holds_nothing_up(clicks, caplog):
    clicks.send(1_000_000, 1_000_000, at=round(1_000 * clicks.time(-3)))
    clicks.send(-2, -1)
    assert clicks.run("first", before=-1) == ["-2", "1000000,1000000"]
    assert "2 records with a time more than 60 s after the one that Kafka has" in caplog.text
    assert clicks.run("second", before=0) == ["-1"]


def test_a_run_without_lateness_that_died_before_it_claimed_what_it_planned_goes_on(clicks, monkeypatch):
    clicks.send(-4, -3, at=round(1_000 * clicks.time(-3)))
    assert clicks.run("first", before=-1) == ["-4", "-3"]
    clicks.send(-2, at=round(1_000 * clicks.time(-2)))
    with monkeypatch.context() as patched:
        patched.setattr(KafkaPosition, "claim", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            clicks.run("second", column=None, lateness=None)
    assert clicks.run("second", column=None, lateness=None) == ["-2"]


def test_a_run_that_was_left_is_taken_over(clicks, tmp_path):
    clicks.send(-3, -1, -1, -3)
    assert clicks.run("first", before=-2) == ["-3,-3"]
    clicks.send(-3, -2, -1)
    left = run_at(tmp_path / "left")
    plan = runner.plan_run(clicks.job(-1), left)
    clicks.send(-2)
    assert clicks.run("next", before=-1) == ["-3", "-2,-2"]
    with pytest.raises(RunChangedError, match="another run has published, or taken over"):
        runner.finish_run(clicks.job(-1), left, plan)
    assert clicks.run("last") == ["-1,-1,-1"]


def test_a_run_is_finished_that_was_killed_between_result_and_offsets(clicks, monkeypatch):
    clicks.send(-1, -2, -2)
    with monkeypatch.context() as patched:
        patched.setattr(runner, "send_result", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            clicks.run("killed", before=-1)
    clicks.send(-2)
    assert clicks.run("next", before=0) == ["-2", "-1"]


def test_letting_go_of_a_claim_forgets_what_is_published_beyond(clicks, tmp_path):
    clicks.send(-1, -1, -2)
    assert clicks.run("first", before=-1) == ["-2"]
    runner.plan_run(clicks.job(), run_at(tmp_path / "lost"))
    shutil.rmtree(tmp_path / "lost")
    with pytest.raises(RunError, match=r"--execute; what batch.batch_window.lateness has published beyond it is then"):
        clicks.run("next")


def test_a_plan_from_before_another_result_is_refused(clicks, tmp_path):
    clicks.send(-1, -2)  # the first message stays, so that only what stands beside the offsets moves
    clicks.send(-1)
    early = run_at(tmp_path / "early")
    runner.plan_run(clicks.job(-1), early)
    assert clicks.run("next", before=-1) == ["-2"]
    with pytest.raises(RunChangedError):
        runner.resume(early.path)


@pytest.mark.parametrize("change", [{"column": "w"}, {"lateness": None}])
def test_other_columns_cannot_say_what_is_published(clicks, change):
    came = round(1_000 * clicks.time(-1))
    clicks.send(-1, -1, -2, at=came)
    assert clicks.run("first", before=-1) == ["-2"]
    with pytest.raises(SourceError, match="partition 0, offset 0: of the messages from here up to offset 2, some are"):
        clicks.run("second", **change)
    assert clicks.run("third") == ["-1,-1"]
    clicks.send(-2, at=came)
    assert clicks.run("fourth", **change) == ["-2"]


def test_a_message_without_a_time(clicks):
    clicks.topic.send([b"{}"])
    with pytest.raises(SourceError, match=rf"topic {clicks.topic.name}, partition 0, offset 0: .* has no 'at'"):
        clicks.run("first")


def test_a_run_is_due_when_the_first_window_is_over(clicks):
    late = -3
    came = round(1_000 * clicks.time(late))

    def ready(before):
        backlog = backlog_of(clicks.job(before), None)
        looks = backlog.ready(), backlog.ready()
        backlog.close()
        return looks

    assert ready(-1) == (None, None)
    clicks.send(late, late, at=came)
    assert ready(late) == (None, None)
    due, again = ready(late + 1)
    assert due == again == {"messages": 2, "stops": {"0": 1, "1": 1}}
    clicks.run("first", before=late + 1)
    assert ready(-1) == (None, None)
    clicks.topic.send([b"{}"], at=came)
    assert ready(-1)[0] is not None  # so that a run says what is wrong
