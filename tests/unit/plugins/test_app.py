"""What the dashboard's endpoints answer in a process of the API server that has looked at no run yet."""

import json
import time

import pytest
from written_runs import START, Written

from airflow_unifyweaver.monitor.monitors import Monitors
from airflow_unifyweaver.plugins.dashboard.runs import recent_runs


@pytest.fixture
def app(monkeypatch):
    """The module of the endpoints; whoever calls them asks nobody for permission."""
    from airflow_unifyweaver.plugins.dashboard import app

    monkeypatch.setattr(app, "monitors", Monitors())
    return app


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Two batches in the storage, as the job ``x`` of the run ``run`` of the DAG ``a``: one is done, one has failed."""
    monkeypatch.setenv("AIRFLOW__UNIFYWEAVER__STORAGE", str(tmp_path))
    run = written(tmp_path, "x")
    run.begin(0)
    run.complete(0)
    run.begin(1)
    run.fail(1, "no")
    return run


def written(storage, job):
    (storage / "a" / "run").mkdir(parents=True, exist_ok=True)
    return Written(storage / "a" / "run" / job, [2])


@pytest.mark.parametrize("question", ["grid", "batches", "failures"])
def test_each_answer_is_whole_whatever_is_asked_first(app, run, question):
    asked = app.Asked("a", "run", "x")
    answers = {
        "grid": lambda: app.grid(asked, 2)["states"]["failed"],
        "batches": lambda: [entry["state"] for entry in app.batches(asked)["batches"]],
        "failures": lambda: [entry["error"] for entry in app.failures(asked)["failures"]],
    }
    assert answers[question]() == {"grid": [0, 1], "batches": ["complete", "failed"], "failures": ["no"]}[question]


def unknown_field(run):
    plan = json.loads(run.plan_file.read_text())
    run.plan_file.write_text(json.dumps(plan | {"of_a_later_version": 1}))


@pytest.mark.parametrize(
    "damage",
    [
        unknown_field,
        lambda run: run.plan_file.write_text("{"),
        lambda run: run.plan_file.write_text("[]"),
        lambda run: run.job_file.write_text("[]"),
        lambda run: run.job_file.write_text('{"job": []}'),
        lambda run: run.job_file.unlink(),
    ],
)
def test_a_run_that_cannot_be_read_leaves_the_others_in_the_list(app, run, tmp_path, damage):
    damage(written(tmp_path, "damaged").run)
    found = recent_runs({"a"}, 9)
    states = {found.job: app._listed(found, START + 1_000, time.monotonic() + 60)["state"] for found in found}
    assert states == {"x": "failed", "damaged": "unreadable"}


def test_damage_to_what_is_told_with_a_result_hides_no_run(app, run):
    (found,) = recent_runs({"a"}, 9)
    listed = app._listed(found._replace(published={"of": "another version"}), START, time.monotonic() + 60)
    assert (listed["job"], listed["state"]) == ("x", "unreadable")
