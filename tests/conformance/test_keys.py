"""Batches by key and by window of time are the same on every backend, and no key is in two of them."""

import json
import random
from collections import Counter
from pathlib import Path

import pytest

CITIES = ["Graz", "São Paulo", "Quote, City", "Two\nLines", 'The "Old" Town']
WORK = """
def keys(batch):
    return [sorted({row["city"] for row in batch})]

def rows(batch):
    return [row["city"] + "=" + row["amount"] for row in batch]

def spans(batch):
    times = [int(line.split()[4]) for line in batch]
    return [[min(times), max(times), len(times)]]
"""
CSV = {"type": "csv", "path": "cities.csv"}
TEXT = {"type": "text", "path": ["*.txt"]}
HPC = {"type": "text", "path": str(Path(__file__).parents[2] / "dags/data/loghub/HPC_2k.log")}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    generator = random.Random(5)
    (folder / "work.py").write_text(WORK)
    for number in range(3):
        lines = [f"{generator.choice('abcdefghij')} {number}.{line}" for line in range(100)]
        (folder / f"{number}.txt").write_text("\r\n".join(lines))
    return folder


@pytest.fixture(scope="module")
def rows(inputs):
    generator = random.Random(7)
    made = [(generator.choice(CITIES), str(number)) for number in range(300)]
    text = "".join('"{}",{}\n'.format(city.replace('"', '""'), amount) for city, amount in made)
    (inputs / "cities.csv").write_text("city,amount\n" + text, newline="")
    return made


def agreed(conformance, inputs, source, batch, work, aggregation="concat"):
    fields = {"source": source, "batch": batch, "work": work, "aggregation": aggregation}
    return [json.loads(line) for line in conformance.agreed(fields, inputs).splitlines()]


@pytest.mark.parametrize("column", ["city", 1])
def test_a_batch_is_a_key(conformance, inputs, rows, column):
    found = agreed(conformance, inputs, CSV, {"batch_key": column}, {"python": "work:keys"})
    assert found == [[city] for city in sorted({city for city, _ in rows})]


def test_small_keys_are_packed_and_their_records_stay_in_order(conformance, inputs, rows):
    packed = {"batch_key": "city", "batch_size": 150}
    found = agreed(conformance, inputs, CSV, packed, {"python": "work:rows"})
    assert found == [f"{city}={amount}" for city, amount in sorted(rows, key=lambda row: row[0])]


def test_commands_get_whole_keys(conformance, inputs):
    count = {"command": "sort -k 1,1 | cut -d ' ' -f 1 | uniq -c | awk '{ print $2 \"\\t\" $1 }'"}
    distinct = {"reduce": "count", "by_key": True}
    found = agreed(conformance, inputs, TEXT, {"batch_key": 1, "batch_bytes": 500}, count, distinct)
    assert dict(found) == dict.fromkeys("abcdefghij", 1)  # each key was counted in one batch only


def test_windows_of_a_real_log(conformance, inputs):
    window = {"batch_window": {"seconds": 86_400, "column": 5}}
    found = agreed(conformance, inputs, HPC, window, {"python": "work:spans"})
    days = Counter(int(line.split()[4]) // 86_400 for line in Path(HPC["path"]).read_text().splitlines())
    assert [(first // 86_400, number) for first, _, number in found] == sorted(days.items())
    assert all(first // 86_400 == last // 86_400 for first, last, _ in found)
