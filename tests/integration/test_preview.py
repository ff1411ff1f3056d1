"""What `unifyweaver plan` foretells, held against what then happens."""

import json
import subprocess
import sys
from datetime import datetime

import pytest

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.exceptions import BackendError, WorkError
from airflow_unifyweaver.preview import preview
from airflow_unifyweaver.run import sample
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.estimate import RUN_SECONDS, START_SECONDS
from airflow_unifyweaver.run.history import run_events
from airflow_unifyweaver.run.plan import Plan

WORK = """
import os, time
from pathlib import Path

def takes_time(batch):
    time.sleep(0.1)
    Path(__file__).with_name("worked").open("a").write("x")
    return list(batch)

def begins_slowly(batch):
    if not Path(__file__).with_name("begun").exists():
        Path(__file__).with_name("begun").touch()
        time.sleep(1)
    return list(batch)

def fails(batch):
    raise ValueError("no luck")

def dies(batch):
    os.kill(os.getpid(), 9)
"""
UNIFYWEAVER = [sys.executable, "-m", "airflow_unifyweaver.cli"]
PRICES = {"currency": "EUR", "worker_hour": {"bash_fork": 3600}, "start": 1}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HADOOP_CONF_DIR", raising=False)
    (tmp_path / "lines.txt").write_text("".join(f"{number:04d}\n" for number in range(40)))
    (tmp_path / "mine.py").write_text(WORK)
    return tmp_path


def job(work="takes_time", **parallel):
    fields = {
        "name": "lines",
        "source": {"type": "text", "path": "lines.txt"},
        "batch": {"batch_size": 1},
        "work": {"python": f"mine.py:{work}"},
        "parallel": {"backend": "bash_fork", "workers": 2} | parallel,
    }
    return BatchJob.from_dict(fields)


def row(shown, backend):
    return next(estimate for estimate in shown.backends if estimate.backend == backend)


def plan(*arguments):
    return subprocess.run(
        [*UNIFYWEAVER, "plan", "job.json", *arguments], stdout=subprocess.PIPE, text=True, check=True
    ).stdout


@pytest.mark.parametrize("backend", ["sequential", "bash_fork", "gnu_parallel"])
def test_work_takes_half_to_double_what_a_sample_and_an_earlier_run_say(folder, backend):
    asked = job(backend=backend)
    sampled = row(preview(asked, sample=True), backend)
    run = RunDirectory(folder / ".unifyweaver" / "lines" / "run")
    run_job(asked, run.path)
    remembered = row(preview(asked), backend)
    # The start is left out: how long that takes depends on what else the machine has to do.
    times = [
        datetime.fromisoformat(event.timestamp)
        for event in run_events(run, Plan.require(run), {EventType.BATCH_STARTED, EventType.BATCH_COMPLETE})
    ]
    took = (times[-1] - times[0]).total_seconds()
    for estimate in (sampled, remembered):
        assert took / 2 < estimate.seconds - RUN_SECONDS - START_SECONDS[backend] < took * 2


def test_without_a_run_or_a_sample_times_are_unknown_and_nothing_is_run(folder):
    shown = preview(job(prices=PRICES))
    assert shown.basis == []
    assert {(estimate.seconds, estimate.cost) for estimate in shown.backends} == {(None, None)}
    assert not (folder / "worked").exists()


def test_a_sample_works_on_few_batches_and_keeps_nothing(folder):
    shown = preview(job(prices=PRICES), sample=True)
    assert shown.basis == ["sample"]
    assert sample.SAMPLE_BATCHES <= len((folder / "worked").read_text()) <= 2 * sample.SAMPLE_BATCHES
    assert not (folder / ".unifyweaver").exists()
    chosen = row(shown, "bash_fork")
    assert chosen.cost == pytest.approx(2 * chosen.seconds + 1)
    assert row(shown, "sequential").cost is None


def test_what_a_worker_does_once_is_no_part_of_the_pace(folder):
    shown = preview(job("begins_slowly"), sample=True)
    assert row(shown, "sequential").seconds < 10  # and not 40 s


@pytest.mark.parametrize(("work", "reason"), [("fails", "ValueError: no luck"), ("dies", "SIGKILL")])
def test_a_sample_that_fails_says_which_batch_and_why(folder, work, reason):
    with pytest.raises(WorkError, match=f"batch_00000, tried as a sample, failed: .*{reason}"):
        preview(job(work), sample=True)


def test_a_sample_ends_in_time(folder, monkeypatch):
    monkeypatch.setattr(sample, "SAMPLE_SECONDS", 0.05)
    with pytest.raises(WorkError, match=r"longer than 0.05 s, too long for a sample; plan without one"):
        preview(job(), sample=True)


def test_a_source_without_batches_has_a_plan(folder):
    (folder / "lines.txt").write_text("")
    shown = preview(job(), sample=True)
    assert (shown.batches, shown.basis) == (0, [])


def test_the_table_has_a_row_a_backend_and_points_to_the_chosen_one(folder):
    (folder / "job.json").write_text(json.dumps(job().to_dict()))
    facts, table = plan().split("\n\n")
    assert "times         unknown, as no run of this job is kept here; --sample tries some batches" in facts
    head, *rows = table.splitlines()
    assert head.split() == ["backend", "workers", "time"]
    assert [line.split()[0] for line in rows] == [
        *("sequential", "->", "gnu_parallel", "dask", "spark", "hadoop_streaming")
    ]
    assert rows[1].split() == ["->", "bash_fork", "2", "?"]
    assert rows[4].endswith("no master is given (parallel.spark.master)")


def test_the_plan_as_json(folder):
    (folder / "job.json").write_text(json.dumps(job(prices=PRICES).to_dict()))
    shown = json.loads(plan("--sample", "--json"))
    assert (shown["job"], shown["source_bytes"], shown["batches"], shown["backend"]) == ("lines", 200, 40, "bash_fork")
    chosen = [estimate for estimate in shown["backends"] if estimate["chosen"]]
    assert [(estimate["backend"], estimate["workers"]) for estimate in chosen] == [("bash_fork", 2)]
    assert chosen[0]["cost"] > 2 * chosen[0]["seconds"]


def test_a_cluster_that_does_not_answer_is_a_note_unless_it_is_chosen(folder, monkeypatch):
    monkeypatch.setattr("airflow_unifyweaver.backends.dask.CONNECT_SECONDS", 0.5)
    away = {"dask": {"address": "tcp://127.0.0.1:1"}, "workers": "auto"}
    assert "127.0.0.1:1" in row(preview(job(**away)), "dask").note
    with pytest.raises(BackendError, match=r"127.0.0.1:1"):
        preview(job(**away, backend="dask"))
