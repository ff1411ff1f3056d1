"""Messages that a run in the place of another one has, without asking the broker."""

import pytest

from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.kept_windows import RunWindows
from airflow_unifyweaver.sources.kept_window import KeptWindow, Message
from airflow_unifyweaver.sources.registry import plan_source, reader_for

NOBODY = "amqp://127.0.0.1:1"


def records_of(run):
    source = {"type": "rabbitmq", "url": NOBODY, "queue": "q"}
    job = BatchJob.from_dict({"name": "job", "source": source, "work": {"command": "cat"}})
    plan = plan_source(job, 1, run.spool, windows=RunWindows(run))
    recipes = list(plan.recipes)
    return [line for recipe in recipes for line in reader_for(plan.manifest, run.spool).read(recipe)]


@pytest.mark.parametrize("copied", [0, 1, 2])
def test_a_window_is_inherited_whole_wherever_that_was_interrupted(tmp_path, copied):
    aside, run = RunDirectory(tmp_path / "job.superseded-1"), RunDirectory(tmp_path / "job")
    old, new = KeptWindow(RunWindows(aside).own()), RunWindows(run).own()
    for number in range(2):
        old.keep("q", [Message(b"%d\n" % number, str(number), 0.0)])
    old.close()
    for piece in old.pieces()[:copied]:
        for suffix in (".properties", ".messages"):
            new.write(piece + suffix, RunWindows(aside).own().read(piece + suffix))
    assert records_of(run) == ["0", "1"]


def test_a_window_is_inherited_past_runs_of_another_queue(tmp_path):
    for number, queue in enumerate(["q", "mistaken", "q", "mistaken", "empty"]):
        window = KeptWindow(RunWindows(RunDirectory(tmp_path / f"job.superseded-{number + 1}")).own())
        if queue != "empty":
            window.keep(queue, [Message(b"%d\n" % number, str(number), 0.0)])
        window.close()
    assert records_of(RunDirectory(tmp_path / "job")) == ["2"]
