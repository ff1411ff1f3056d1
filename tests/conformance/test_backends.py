"""The same job gives the same bytes on every backend, and the same life to every batch."""

import json
from collections import Counter

import pytest

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
}


def fields(name):
    source, batch, work, aggregation = JOBS[name]
    return {"source": source, "batch": batch, "work": work, "aggregation": aggregation}


@pytest.mark.parametrize("name", JOBS)
def test_all_backends_agree(name, inputs, conformance):
    conformance.agreed(fields(name), inputs)


def test_all_backends_agree_when_a_worker_dies(inputs, conformance):
    job = {"source": TEXT, "batch": {"batch_size": 10}, "work": {"python": "work:dies_once"}}
    expected = (inputs / "lines.txt").read_text().splitlines()
    for backend in conformance.backends:  # batches that waited behind the dead worker are claimed again, or not
        result, lives = conformance.run(backend, job, inputs)
        assert list(map(json.loads, result.splitlines())) == expected, backend
        assert all(lives[one, "batch_complete"] == 1 for one, _ in lives), backend


def test_word_count_is_right(inputs, conformance):
    result, _ = conformance.run("bash_fork", fields("python, word count"), inputs)
    texts = [inputs / "lines.txt", *sorted((inputs / "words").iterdir())]
    expected = Counter(word for text in texts for word in text.read_text().split())
    assert dict(json.loads(line) for line in result.splitlines()) == expected


def test_raw_concat_is_the_transformed_file(inputs, conformance):
    result, _ = conformance.run("gnu_parallel", fields("command, raw concat"), inputs)
    assert result.decode() == (inputs / "lines.txt").read_text().upper() + "\n"
