"""What every conformance test uses: one job on all backends."""

import os
import random
from collections import Counter
from pathlib import Path

import pytest

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.history import run_events
from airflow_unifyweaver.run.plan import Plan

BACKENDS = ["sequential", "bash_fork", "gnu_parallel"]
"""A backend joins by adding its name; those on clusters have modules of their own, and do part of the jobs."""
HERE = Path(__file__).parent


class Conformance:
    """Runs jobs on all backends.

    :param folder: where their runs stand.
    """

    backends = BACKENDS

    def __init__(self, folder):
        self.folder = folder

    def run(self, backend, fields, base_dir):
        """Return the bytes of a job's result, and how often each event came to each of its batches."""
        marks = self.folder / backend / "marks"
        marks.mkdir(parents=True)
        os.environ["CONFORMANCE_MARKS"] = str(marks)
        parallel = {"workers": 2, "strict": True, "preserve_order": True} | fields.get("parallel", {})
        job = BatchJob.from_dict(
            {"name": "conformance", "retry": {"delay": 0.0}} | fields | {"parallel": parallel | {"backend": backend}},
            base_dir=base_dir,
        )
        run = self.folder / backend / "run"
        return run_job(job, run).file.read_bytes(), _lives(RunDirectory(run))

    def agreed(self, fields, base_dir):
        """Return the bytes of a job's result, having seen that every backend gives the same, and its batches a life.

        :param fields: the job, without a name and a backend.
        :param base_dir: folder of its files.
        """
        expected, expected_lives = self.run(self.backends[0], fields, base_dir)
        for backend in self.backends[1:]:
            result, lives = self.run(backend, fields, base_dir)
            assert result == expected, backend
            assert lives == expected_lives, backend
        assert all(expected_lives[one, "batch_complete"] == 1 for one, _ in expected_lives)
        return expected


def _lives(run):
    events = run_events(run, Plan.require(run), set(EventType))
    return Counter((event.batch_id, event.event_type) for event in events if event.batch_id is not None)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """A folder with the files and the work of most jobs."""
    folder = tmp_path_factory.mktemp("inputs")
    generator = random.Random(3)
    (folder / "lines.txt").write_text("".join(f"line {number}\n" for number in range(101)) + "no newline at the end")
    (folder / "empty.txt").touch()
    (folder / "words").mkdir()
    for number in range(3):
        text = "\r\n".join(" ".join(generator.choices(["ab", "cd", "ef", "gh", "é", "ü", "1"], k=4)) for _ in range(40))
        (folder / "words" / f"{number}.txt").write_bytes(text.encode())
    cities = ["Graz", "São Paulo", '"Quote, City"', '"Two\nLines"']
    rows = [f"{generator.choice(cities)},{generator.uniform(-1e6, 1e6)!r}" for _ in range(200)]
    (folder / "cities.csv").write_text("city,amount\n" + "\n".join(rows) + "\n", newline="")
    (folder / "work.py").write_bytes((HERE / "work.py").read_bytes())
    return folder


@pytest.fixture
def conformance(tmp_path, monkeypatch):
    """Runs jobs on all backends."""
    monkeypatch.setenv("CONFORMANCE_MARKS", "")
    return Conformance(tmp_path)
