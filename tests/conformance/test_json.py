"""JSON gives the same on every backend: lines and arrays, to Python functions and to commands."""

import json
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROWS = [{"city": ["Graz", "São Paulo", 'Q"t\\e'][number % 3], "amount": number * 1.5} for number in range(200)]
LINES = {"type": "json", "path": "rows.jsonl"}
ARRAY = {"type": "json", "path": "rows*.json", "pointer": "/data/rows"}

JOBS = {
    "lines, counted": (LINES, {"batch_size": 7}, {"python": "work:rows"}, "concat"),
    "lines, ranges": (LINES, {"batch_bytes": 100}, {"python": "work:rows"}, "concat"),
    "lines, command": (LINES, {"batch_size": 9}, {"command": "grep -o 'Graz' | sort | uniq -c"}, "concat"),
    "array, counted": (ARRAY, {"batch_size": 7}, {"python": "work:rows"}, "concat"),
    "array, bytes": (ARRAY, {"batch_bytes": 300}, {"python": "work:rows"}, "concat"),
    "array, command": (ARRAY, {"batch_size": 9}, {"command": "cat"}, "concat"),
    "array, sum by key": (ARRAY, {}, {"python": "work:amounts_by_city"}, {"reduce": "sum", "by_key": True}),
    "array, no batches": ({**ARRAY, "pointer": "/none"}, {}, {"python": "work:rows"}, "concat"),
}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    (folder / "rows.jsonl").write_text("\n\n".join(map(json.dumps, ROWS)))
    for name, rows, indent in (("rows_1.json", ROWS[:150], None), ("rows_2.json", ROWS[150:], 2)):
        document = {"none": [], "data": {"count": len(rows), "rows": rows}, "end": True}
        (folder / name).write_text(json.dumps(document, ensure_ascii=False, indent=indent))
    (folder / "work.py").write_bytes((HERE / "work.py").read_bytes())
    return folder


@pytest.fixture
def agreed(conformance, inputs):
    """The lines of a job's result, on which all backends agree."""

    def result(name):
        source, batch, work, aggregation = JOBS[name]
        fields = {"source": source, "batch": batch, "work": work, "aggregation": aggregation}
        return conformance.agreed(fields, inputs).splitlines()

    return result


@pytest.mark.parametrize("name", ["lines, counted", "lines, ranges", "array, counted", "array, bytes"])
def test_records_are_those_of_the_files(name, agreed):
    assert list(map(json.loads, agreed(name))) == ROWS


def test_a_command_gets_an_element_a_line(agreed):
    assert agreed("array, command") == [
        json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() for row in ROWS
    ]


@pytest.mark.parametrize("name", ["lines, command", "array, sum by key", "array, no batches"])
def test_all_backends_agree(name, agreed):
    assert bool(agreed(name)) == (name != "array, no batches")
