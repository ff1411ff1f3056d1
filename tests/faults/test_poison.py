"""Poison records among a million good ones: exactly these are set aside, and all other results are right."""

import json
import random
import shutil
from pathlib import Path

import pytest

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.exceptions import JobFailedError

POISON = ["raise", "exit", "hard exit", "hang", "memory", "segv", "kill", "abort", "unserializable", "recursion"]
LINES = 1_000_000
HERE = Path(__file__).parent


def make_job(folder, work, backend="bash_fork", **parts):
    shutil.copy(HERE / "poison.py", folder)
    fields = {
        "name": "poison",
        "source": {"type": "text", "path": "lines.txt"},
        "batch": {"batch_size": 1000, "max_batch_memory": 600_000_000},
        "work": work,
        "parallel": {"backend": backend, "workers": 2, "strict": True},
        "retry": {"max_attempts": 2, "delay": 0, "timeout": 3},
        "failure": {"quarantine": "record"},
        "aggregation": {"reduce": "sum"},
    }
    return BatchJob.from_dict(fields | parts, base_dir=folder)


def quarantine(folder):
    path = folder / "run" / "shards" / "0000" / "quarantine.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_ten_kinds_of_poison_in_a_million_lines(tmp_path, monkeypatch):
    monkeypatch.setenv("POISON_WORK", str(tmp_path / "worked"))
    poisoned = dict(zip(random.Random(3).sample(range(LINES), len(POISON)), POISON, strict=True))
    lines = [f"{number} {poisoned[number]}" if number in poisoned else str(number) for number in range(LINES)]
    text = "".join(f"{line}\n" for line in lines)
    (tmp_path / "lines.txt").write_text(text)
    result = run_job(make_job(tmp_path, {"python": "poison.py:work"}), tmp_path / "run")
    assert result.quarantined == len(POISON)
    assert json.loads(result.file.read_text()) == sum(n % 7 for n in range(LINES) if n not in poisoned)
    set_aside = quarantine(tmp_path)
    assert {entry["content"] for entry in set_aside} == {lines[number] for number in poisoned}
    for entry in set_aside:
        assert text[entry["offset"] : entry["offset"] + entry["length"]] == entry["content"] + "\n"
        assert entry["file"] == str(tmp_path / "lines.txt")
        assert entry["error"]
    worked = sum(map(int, (tmp_path / "worked").read_text().split()))
    print(f"\npoison: {len(set_aside)} records of {LINES} set aside, {worked / LINES:.2f} x the records worked on")
    assert worked <= 3 * LINES


@pytest.mark.parametrize("backend", ["sequential", "gnu_parallel"])
def test_commands(tmp_path, backend):
    (tmp_path / "lines.txt").write_text("".join("poison\n" if n in (17, 2018) else f"{n}\n" for n in range(3000)))
    command = {"command": 'awk \'/poison/ { print "found poison" > "/dev/stderr"; exit 3 } { print }\''}
    result = run_job(make_job(tmp_path, command, backend), tmp_path / "run")
    assert json.loads(result.file.read_text()) == sum(range(3000)) - 17 - 2018
    entries = quarantine(tmp_path)
    assert [(entry["batch_id"], entry["record"]) for entry in entries] == [("batch_00000", 17), ("batch_00002", 18)]
    assert all("code 3" in entry["error"] and "found poison" in entry["error"] for entry in entries)


def test_csv_rows_with_the_wrong_number_of_fields(tmp_path):
    rows = ["a,b", *("1,2" for _ in range(50)), "1,2,3", "1,2", '"1\n",2', "x"]
    (tmp_path / "rows.csv").write_text("\n".join(rows))
    (tmp_path / "rows.py").write_text("def work(batch): return [int(row['a']) for row in batch]\n")
    job = make_job(
        tmp_path,
        {"python": "rows.py:work"},
        source={"type": "csv", "path": "rows.csv"},
        batch={"batch_size": 20},
    )
    result = run_job(job, tmp_path / "run")
    assert json.loads(result.file.read_text()) == 52
    entries = quarantine(tmp_path)
    assert [entry["content"] for entry in entries] == ["1,2,3", "x"]
    assert "has 3 fields for 2 columns" in entries[0]["error"]


def test_batches_are_set_aside_as_a_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("POISON_WORK", str(tmp_path / "worked"))
    (tmp_path / "lines.txt").write_text("".join(f"{n} raise\n" if n == 1500 else f"{n}\n" for n in range(3000)))
    job = make_job(tmp_path, {"python": "poison.py:work"}, failure={"quarantine": "batch"})
    result = run_job(job, tmp_path / "run")
    assert (result.failed, result.quarantined) == (1, 0)
    assert json.loads(result.file.read_text()) == sum(n % 7 for n in (*range(1000), *range(2000, 3000)))
    (entry,) = quarantine(tmp_path)
    assert entry["batch_id"] == "batch_00001"
    assert entry["recipe"]["file"] == 0
    assert "ZeroDivisionError" in entry["error"]


def test_a_budget_bounds_the_quarantine(tmp_path, monkeypatch):
    monkeypatch.setenv("POISON_WORK", str(tmp_path / "worked"))
    (tmp_path / "lines.txt").write_text("".join(f"{n} raise\n" if n % 1000 == 5 else f"{n}\n" for n in range(5000)))
    work = {"python": "poison.py:work"}
    with pytest.raises(JobFailedError, match=r"failure\.budget allows 3 batches to fail"):
        run_job(make_job(tmp_path, work, failure={"quarantine": "record", "budget": 3}), tmp_path / "run")
    result = run_job(make_job(tmp_path, work, failure={"quarantine": "record", "budget": "100%"}), tmp_path / "run")
    assert result.quarantined == 5


def test_a_batch_of_poison_only_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setenv("POISON_WORK", str(tmp_path / "worked"))
    (tmp_path / "lines.txt").write_text("".join(f"{n} raise\n" for n in range(1000)))
    result = run_job(make_job(tmp_path, {"python": "poison.py:work"}), tmp_path / "run")
    assert (result.failed, result.quarantined, json.loads(result.file.read_text())) == (1, 0, 0)
    (entry,) = quarantine(tmp_path)
    assert entry["error"].startswith("more than 100 of its records fail: ZeroDivisionError")
