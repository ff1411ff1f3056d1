"""The same job gives the same bytes on every backend, and the same life to every batch.

A backend joins by adding its name to BACKENDS.
"""

import json
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
HERE = Path(__file__).parent

TEXT = {"type": "text", "path": "lines.txt"}
CSV = {"type": "csv", "path": "cities.csv"}
MANY = {"type": "text", "path": ["lines.txt", "words/*.txt"]}

JOBS = {
    "command, raw concat": (TEXT, {"batch_bytes": 100}, {"command": "tr a-z A-Z"}, "concat"),
    "command, sum": (MANY, {"batch_bytes": 64}, {"command": "grep -c 1", "ok_exit_codes": [0, 1]}, {"reduce": "sum"}),
    "command, set_union": (MANY, {"batch_size": 7}, {"command": "tr ' ' '\\n'"}, "set_union"),
    "command, sum by key": (
        MANY,
        {"batch_size": 9},
        {"command": "tr ' ' '\\n' | sed 's/$/\\t1/'"},
        {"reduce": "sum", "by_key": True},
    ),
    "python, concat": (TEXT, {"batch_size": 3}, {"python": "work:lengths"}, "concat"),
    "python, raw bytes": (TEXT, {"batch_bytes": 1}, {"python": "work:raw_size"}, "concat"),
    "python, word count": (MANY, {"batch_bytes": 50}, {"python": "work:words"}, {"reduce": "sum", "by_key": True}),
    "python, average": (MANY, {}, {"python": "work:lengths"}, {"reduce": "avg"}),
    "python, minimum": (MANY, {"batch_size": 4}, {"python": "work:lengths"}, {"reduce": "min"}),
    "python, maximum": (MANY, {"batch_size": 4}, {"python": "work:lengths"}, {"reduce": "max"}),
    "python, count": (MANY, {"batch_size": 4}, {"python": "work:words"}, {"reduce": "count"}),
    "python, count_distinct": (MANY, {"batch_size": 4}, {"python": "work:words"}, {"reduce": "count_distinct"}),
    "python, own reducer": (MANY, {"batch_size": 4}, {"python": "work:lines"}, {"reduce": "work:longer"}),
    "csv, rows": (CSV, {"batch_size": 5}, {"python": "work:rows"}, "concat"),
    "csv, floats by key": (
        CSV,
        {"batch_bytes": 40},
        {"python": "work:amounts_by_city"},
        {"reduce": "sum", "by_key": True},
    ),
    "csv, command": (CSV, {"batch_size": 11}, {"command": "cut -d, -f1 | sort"}, "concat"),
    "no results": (TEXT, {"batch_size": 3}, {"python": "work:nothing"}, {"reduce": "avg"}),
    "empty input": ({"type": "text", "path": "empty.txt"}, {}, {"python": "work:words"}, {"reduce": "sum"}),
    "every first attempt fails": (TEXT, {"batch_size": 10}, {"python": "work:fails_once"}, "concat"),
    "a worker dies": (TEXT, {"batch_size": 10}, {"python": "work:dies_once"}, "concat"),
}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
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


def run(name, backend, inputs, folder, monkeypatch):
    source, batch, work, aggregation = JOBS[name]
    marks = folder / backend / "marks"
    marks.mkdir(parents=True)
    monkeypatch.setenv("CONFORMANCE_MARKS", str(marks))
    job = BatchJob.from_dict(
        {
            "name": "conformance",
            "source": source,
            "batch": batch,
            "work": work,
            "aggregation": aggregation,
            "parallel": {"backend": backend, "workers": 2, "strict": True, "preserve_order": True},
            "retry": {"delay": 0.0},
        },
        base_dir=inputs,
    )
    result = run_job(job, folder / backend / "run")
    return result.file.read_bytes(), lives(RunDirectory(folder / backend / "run"))


def lives(run_directory):
    """Return how often each event came to each batch, without those of workers that shared a dead one's fate."""
    events = run_events(run_directory, Plan.require(run_directory), set(EventType))
    return Counter((event.batch_id, event.event_type) for event in events)


@pytest.mark.parametrize("name", JOBS)
def test_all_backends_agree(name, inputs, tmp_path, monkeypatch):
    answers = {backend: run(name, backend, inputs, tmp_path, monkeypatch) for backend in BACKENDS}
    expected, expected_lives = answers["sequential"]
    for backend, (result, batch_lives) in answers.items():
        assert result == expected, backend
        if name != "a worker dies":  # there, batches that waited behind the dead worker are claimed again
            assert batch_lives == expected_lives, backend
        assert all(batch_lives[one, "batch_complete"] == 1 for one, _ in batch_lives if one is not None)


def test_word_count_is_right(inputs, tmp_path, monkeypatch):
    result, _ = run("python, word count", "bash_fork", inputs, tmp_path, monkeypatch)
    texts = [inputs / "lines.txt", *sorted((inputs / "words").iterdir())]
    expected = Counter(word for text in texts for word in text.read_text().split())
    assert dict(json.loads(line) for line in result.splitlines()) == expected


def test_raw_concat_is_the_transformed_file(inputs, tmp_path, monkeypatch):
    result, _ = run("command, raw concat", "gnu_parallel", inputs, tmp_path, monkeypatch)
    assert result.decode() == (inputs / "lines.txt").read_text().upper() + "\n"
