"""Batches by key and by window of time: no key is in two of them."""

import random
import shutil
from collections import Counter
from pathlib import Path

from conformance.case import WORK, cases

CITIES = ["Graz", "São Paulo", "Quote, City", "Two\nLines", 'The "Old" Town']
ROWS = [(random.Random(seed).choice(CITIES), str(seed)) for seed in range(300)]
CSV = {"type": "csv", "path": "cities.csv"}
TEXT = {"type": "text", "path": ["*.txt"]}
HPC = {"type": "text", "path": str(Path(__file__).parents[3] / "dags/data/loghub/HPC_2k.log")}
COUNT = {"command": "sort -k 1,1 | cut -d ' ' -f 1 | uniq -c | awk '{ print $2 \"\\t\" $1 }'"}
WINDOW = {"batch_window": {"seconds": 86_400, "column": 5}}
JOBS = {
    "a name": (CSV, {"batch_key": "city"}, {"python": "work:cities"}, "concat"),
    "a number": (CSV, {"batch_key": 1}, {"python": "work:cities"}, "concat"),
    "packed": (CSV, {"batch_key": "city", "batch_size": 150}, {"python": "work:labelled"}, "concat"),
    "command": (TEXT, {"batch_key": 1, "batch_bytes": 500}, COUNT, {"reduce": "count", "by_key": True}),
    "windows": (HPC, WINDOW, {"python": "work:spans"}, "concat"),
}


def inputs(folder, _):
    generator = random.Random(5)
    for number in range(3):
        lines = [f"{generator.choice('abcdefghij')} {number}.{line}" for line in range(100)]
        (folder / f"{number}.txt").write_text("\r\n".join(lines))
    text = "".join('"{}",{}\n'.format(city.replace('"', '""'), amount) for city, amount in ROWS)
    (folder / "cities.csv").write_text("city,amount\n" + text, newline="")
    shutil.copy(WORK, folder)


def is_a_key_a_batch(outcome, _):
    return outcome.values == [[city] for city in sorted({city for city, _ in ROWS})]


def keeps_the_order_within_keys(outcome, _):
    return outcome.values == [f"{city}={amount}" for city, amount in sorted(ROWS, key=lambda row: row[0])]


def counted_each_key_once(outcome, _):
    return dict(outcome.values) == dict.fromkeys("abcdefghij", 1)


def is_a_day_a_batch(outcome, _):
    days = Counter(int(line.split()[4]) // 86_400 for line in Path(HPC["path"]).read_text().splitlines())
    found = [(first // 86_400, last // 86_400, number) for first, last, number in outcome.values]
    return found == [(day, day, number) for day, number in sorted(days.items())]


CHECKS = {
    "a name": is_a_key_a_batch,
    "a number": is_a_key_a_batch,
    "packed": keeps_the_order_within_keys,
    "command": counted_each_key_once,
    "windows": is_a_day_a_batch,
}
CASES = cases(JOBS, inputs, CHECKS)
