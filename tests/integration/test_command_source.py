"""A source that is a command runs once for a run, however often that is resumed."""

import pytest

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.exceptions import JobFailedError, SourceError
from airflow_unifyweaver.runner import resume


def test_a_resumed_run_goes_on_with_what_the_command_printed(tmp_path):
    fields = {
        "name": "resumed",
        "source": {"type": "command", "command": "echo ran >> log; cat log; seq 5"},
        "batch": {"batch_size": 2},
        "work": {"command": "test -e ready && cat"},
        "retry": {"max_attempts": 1},
    }
    job = BatchJob.from_dict(fields, base_dir=tmp_path)
    with pytest.raises(JobFailedError):
        run_job(job, tmp_path / "run")
    (tmp_path / "ready").touch()
    assert resume(tmp_path / "run").file.read_text().split() == ["ran", "1", "2", "3", "4", "5"]
    assert (tmp_path / "log").read_text() == "ran\n"


def test_a_run_that_was_not_planned_to_the_end_runs_the_command_anew(tmp_path):
    fields = {
        "name": "anew",
        "source": {"type": "command", "command": "echo ran >> log; cat log; test -e ready"},
        "work": {"command": "cat"},
    }
    job = BatchJob.from_dict(fields, base_dir=tmp_path)
    with pytest.raises(SourceError, match=r"^source\.command exited with code 1"):
        run_job(job, tmp_path / "run")
    (tmp_path / "ready").touch()
    assert run_job(job, tmp_path / "run").file.read_text().split() == ["ran", "ran"]
