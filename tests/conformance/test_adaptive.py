"""Adaptive batches give the same bytes on every backend, and as any fixed cut; where they are cut depends on time."""

import json
import random
import shutil
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TEXT = {"type": "text", "path": ["lines.txt", "more/*.txt"]}
CSV = {"type": "csv", "path": "cities.csv"}
TARGETS = {"adaptive": {"target_seconds": 0.01}}
JOBS = {
    "command, raw concat": (TEXT, {"command": "tr a-z A-Z"}, "concat"),
    "command, sum": (TEXT, {"command": "grep -c 1", "ok_exit_codes": [0, 1]}, {"reduce": "sum"}),
    "python, concat": (TEXT, {"python": "work:lengths"}, "concat"),
    "python, word count": (TEXT, {"python": "work:words"}, {"reduce": "sum", "by_key": True}),
    "csv, rows": (CSV, {"python": "work:rows"}, "concat"),
    "csv, floats by key": (CSV, {"python": "work:amounts_by_city"}, {"reduce": "sum", "by_key": True}),
    "json, an array": ({"type": "json", "path": "array.json", "pointer": ""}, {"python": "work:rows"}, "concat"),
    "json, lines": ({"type": "json", "path": "lines.jsonl"}, {"python": "work:rows"}, "concat"),
    "awk": ({"type": "awk", "path": "lines.txt", "program": "NR % 2"}, {"python": "work:lines"}, "concat"),
    "a command's output": ({"type": "command", "command": "cat lines.txt"}, {"python": "work:lines"}, "concat"),
    "every first attempt fails": ({"type": "text", "path": "lines.txt"}, {"python": "work:fails_once"}, "concat"),
    "empty input": ({"type": "text", "path": "empty.txt"}, {"python": "work:words"}, {"reduce": "sum"}),
}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    generator = random.Random(5)
    (folder / "lines.txt").write_text("".join(f"line {number}\n" for number in range(1500)) + "no newline at the end")
    (folder / "empty.txt").touch()
    (folder / "more").mkdir()
    for number in range(3):
        (folder / "more" / f"{number}.txt").write_text("é\r\n" + "x" * 700 + "\n" * 40 + "a 1 b\n" * 30)
    values = [json.dumps({"number": number, "text": "é, ]}" * (number % 3)}) for number in range(600)]
    (folder / "array.json").write_text("[" + " ,\n".join(values) + "]")
    (folder / "lines.jsonl").write_text("\n".join(values))
    rows = [f'"Two\nLines {generator.randrange(5)}",{generator.uniform(-1e6, 1e6)!r}' for _ in range(500)]
    (folder / "cities.csv").write_text("city,amount\n" + "\n".join(rows) + "\n", newline="")
    shutil.copy(HERE / "work.py", folder)
    return folder


@pytest.mark.parametrize("name", JOBS)
def test_all_backends_agree_with_a_fixed_cut(name, inputs, conformance):
    source, work, aggregation = JOBS[name]
    job = {"source": source, "work": work, "aggregation": aggregation}
    (fixed, _), made = conformance.run("sequential", job | {"batch": {"batch_bytes": 997}}, inputs), []
    shutil.rmtree(conformance.folder / "sequential")
    for backend in conformance.backends:
        result, lives = conformance.run(backend, job | {"batch": TARGETS}, inputs)
        assert result == fixed, backend
        assert all(lives[one, "batch_complete"] == 1 for one, _ in lives if one is not None), backend
        made.append(sum(event == "batch_complete" for _, event in lives))
    assert all(0 < batches < 250 for batches in made) or name == "empty input"


def test_all_backends_agree_when_a_worker_dies(inputs, conformance):
    job = {"source": {"type": "text", "path": "lines.txt"}, "batch": TARGETS, "work": {"python": "work:dies_once"}}
    expected, _ = conformance.run("sequential", job | {"work": {"python": "work:lines"}}, inputs)
    shutil.rmtree(conformance.folder / "sequential")
    for backend in conformance.backends:
        result, lives = conformance.run(backend, job, inputs)
        assert result == expected, backend
        assert any(event == "batch_failed" for _, event in lives), backend
