"""How a process ends with a launch; tests/integration has it on real clusters."""

import pytest

from airflow_unifyweaver import detached
from airflow_unifyweaver.backends.launch import Launch
from airflow_unifyweaver.backends.placement import new_folder, write_works
from airflow_unifyweaver.backends.sequential import SequentialBackend
from airflow_unifyweaver.events.bus import Bus
from airflow_unifyweaver.exceptions import BackendError
from airflow_unifyweaver.run.coordinator import ShardSummary
from airflow_unifyweaver.run.relay import Relay
from airflow_unifyweaver.runner import load_job, work_on_task

CANCELLED = BackendError("spark: app-1 was cancelled; a retry resumes it")


@pytest.fixture
def planned(plan_shards):
    """A planned run's job and directory, and a launch of its shards without a driver."""
    works = plan_shards()
    run = works[0].run
    folder = new_folder(run, 0)
    write_works(works, folder)
    folder.write("waiting", b"")
    return load_job(run), run, Launch(folder)


@pytest.mark.parametrize("outcome", [CANCELLED, None])
def test_shards_that_were_finished_before_their_launch_failed_count(planned, outcome, caplog):
    job, run, launch = planned
    work_on_task(job, run, 0, backend=SequentialBackend())
    if outcome is not None:
        launch.write_outcome(outcome)
    assert detached.finish(job, run, 0, launch) == ShardSummary(6, 6, 0, 6)
    assert "all shards are finished, but thereafter: " in caplog.text


def test_with_shards_left_the_error_of_the_launch_is_raised(planned):
    job, run, launch = planned
    launch.write_outcome(CANCELLED)
    with pytest.raises(BackendError, match="was cancelled; a retry resumes it"):
        detached.finish(job, run, 0, launch)


@pytest.mark.parametrize(("kind", "method"), [(Launch, "wait"), (Relay, "catch_up")])
def test_a_launch_is_cancelled_before_handlers_have_their_time(planned, kind, method, monkeypatch):
    job, run, launch = planned
    cancelled, tell, close = [], Relay.tell, Bus.close

    def interrupted(*_):
        monkeypatch.setattr(Relay, "tell", lambda *arguments: note() or tell(*arguments))
        raise KeyboardInterrupt

    def note():
        cancelled.append(launch.is_cancelled)

    monkeypatch.setattr(kind, method, interrupted)
    monkeypatch.setattr(Bus, "close", lambda bus: note() or close(bus))
    with pytest.raises(KeyboardInterrupt):
        detached.finish(job, run, 0, launch)
    assert cancelled
    assert all(cancelled)
