"""Thousands of batches through GNU Parallel: nothing overflows, nothing is lost, failures say why."""

import logging

import pytest

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.exceptions import BackendError
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.history import run_events
from airflow_unifyweaver.run.plan import Plan

BATCHES = 5_000
POISONED = {"7", "1234", "4999"}


def make_job(folder, command, **parts):
    (folder / "numbers.txt").write_text("".join(f"{number}\n" for number in range(BATCHES)))
    fields = {
        "name": "many",
        "source": {"type": "text", "path": "numbers.txt"},
        "batch": {"batch_size": 1},
        "work": {"command": command},
        "parallel": {"backend": "gnu_parallel", "workers": 2, "strict": True},
        "retry": {"max_attempts": 2, "delay": 0},
    }
    return BatchJob.from_dict(fields | parts, base_dir=folder)


def test_5000_batches_lose_nothing_and_failures_show_code_and_stderr(tmp_path):
    condition = " || ".join(f"$line == {number}" for number in sorted(POISONED))
    command = f"read line; if (( {condition} )); then echo no $line >&2; exit 3; fi; echo $line"
    run = RunDirectory(tmp_path / "run")
    result = run_job(make_job(tmp_path, command, failure={"budget": len(POISONED)}), run.path)
    assert (result.batches, result.failed, result.results) == (BATCHES, len(POISONED), BATCHES - len(POISONED))
    assert result.file.read_text().split() == [str(n) for n in range(BATCHES) if str(n) not in POISONED]
    failures = list(run_events(run, Plan.require(run), {EventType.BATCH_FAILED}))
    assert {event.batch_id for event in failures} == {f"batch_{int(number):05d}" for number in POISONED}
    assert len(failures) == 2 * len(POISONED)
    for event in failures:
        number = int(event.batch_id.removeprefix("batch_"))
        assert event.payload["error"] == (
            f"the command exited with code 3, work.ok_exit_codes accepts 0; standard error ends: no {number}"
        )


def test_the_exact_command_line_is_logged(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    run_job(make_job(tmp_path, "cat", batch={"batch_size": 2500}), tmp_path / "run")
    lines = [message for message in caplog.messages if message.startswith("starting slots by: parallel ")]
    assert len(lines) == 1
    assert "--jobs 2" in lines[0]


def test_own_options_reach_parallel_and_wrong_ones_are_reported(tmp_path):
    options = {"backend": "gnu_parallel", "workers": 2, "strict": True}
    nice = options | {"gnu_parallel": {"options": ["--nice", "5"]}}
    result = run_job(make_job(tmp_path, "nice", parallel=nice, batch={"batch_size": 2500}), tmp_path / "nice")
    assert result.file.read_text().split() == ["5", "5"]
    wrong = options | {"gnu_parallel": {"options": ["--no-such-option"]}}
    with pytest.raises(BackendError, match=r"GNU Parallel exited with code \d+; .*parallel.gnu_parallel.options"):
        run_job(make_job(tmp_path, "cat", parallel=wrong), tmp_path / "wrong")


def test_a_slot_that_ends_by_a_code_that_is_no_signal_fails_its_batch(tmp_path):
    (tmp_path / "ends.py").write_text("import os\n\ndef work(batch):\n    os._exit(255)\n")
    job = make_job(
        tmp_path,
        "true",
        work={"python": "ends.py:work"},
        batch={"batch_size": BATCHES},
        retry={"max_attempts": 1},
        failure={"budget": 1},
    )
    run = RunDirectory(tmp_path / "run")
    assert run_job(job, run.path).failed == 1
    (failure,) = run_events(run, Plan.require(run), {EventType.BATCH_FAILED})
    assert failure.payload["error"] == "its worker died: exited with code 255"
