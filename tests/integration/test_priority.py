"""Batches are begun in the order that the job's priority asks for; the result does not depend on it."""

import os

import pytest

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.run.directory import RunDirectory, batch_index
from airflow_unifyweaver.run.history import run_events
from airflow_unifyweaver.run.plan import Plan


def begun(folder, source, priority):
    fields = {
        "name": "ordered",
        "source": source,
        "batch": {"batch_size": 1},
        "work": {"command": "cat"},
        "parallel": {"backend": "sequential", "priority": priority},
    }
    run = RunDirectory(folder / "run")
    result = run_job(BatchJob.from_dict(fields, base_dir=folder), run.path)
    started = run_events(run, Plan.require(run), {EventType.BATCH_STARTED})
    return [batch_index(event.batch_id) for event in started], result.file.read_text().split()


def test_newest_file_first(tmp_path):
    for index, age in enumerate((30, 10, 20)):
        path = tmp_path / f"{index}.txt"
        path.write_text(f"{index}\n")
        os.utime(path, (1_000_000_000 - age, 1_000_000_000 - age))
    assert begun(tmp_path, {"type": "text", "path": "*.txt"}, {"file": "newest"}) == ([1, 2, 0], ["0", "1", "2"])


@pytest.mark.parametrize("priority", [{"column": "score"}, {"function": "rank:score"}])
def test_by_column_or_function(tmp_path, priority):
    (tmp_path / "scores.csv").write_text("name,score\na,9\nb,10\nc,-1\n")
    (tmp_path / "rank.py").write_text("def score(batch): return float(next(iter(batch))['score'])\n")
    order, result = begun(tmp_path, {"type": "csv", "path": "scores.csv"}, priority)
    assert order == [1, 0, 2]
    assert result == ["a,9", "b,10", "c,-1"]


@pytest.mark.parametrize(
    ("priority", "message"),
    [
        ({"column": "absent"}, "have no 'absent'"),
        ({"function": "absent:rank"}, "no module 'absent'"),
        ({"column": "a", "file": "newest"}, "parallel.priority: give exactly one of file, column, function"),
    ],
)
def test_priorities_that_cannot_be(tmp_path, priority, message):
    (tmp_path / "scores.csv").write_text("name,score\na,9\n")
    with pytest.raises(JobError, match=message):
        begun(tmp_path, {"type": "csv", "path": "scores.csv"}, priority)
