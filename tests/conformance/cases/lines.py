"""Lines and rows, through commands and functions, to every aggregation; and workers that fail, die and are nested."""

import random
import shutil
from collections import Counter
from dataclasses import replace

from conformance.case import WORK, cases

TEXT = {"type": "text", "path": "lines.txt"}
CSV = {"type": "csv", "path": "cities.csv"}
MANY = {"type": "text", "path": ["lines.txt", "words/*.txt"]}
BY_KEY = {"reduce": "sum", "by_key": True}
JOBS = {
    "command, raw concat": (TEXT, {"batch_bytes": 100}, {"command": "tr a-z A-Z"}, "concat"),
    "command, sum": (MANY, {"batch_bytes": 64}, {"command": "grep -c 1", "ok_exit_codes": [0, 1]}, {"reduce": "sum"}),
    "command, set_union": (MANY, {"batch_size": 7}, {"command": "tr ' ' '\\n'"}, "set_union"),
    "command, sum by key": (MANY, {"batch_size": 9}, {"command": "tr ' ' '\\n' | sed 's/$/\\t1/'"}, BY_KEY),
    "python, concat": (TEXT, {"batch_size": 3}, {"python": "work:lengths"}, "concat"),
    "python, raw bytes": (TEXT, {"batch_bytes": 1}, {"python": "work:raw_size"}, "concat"),
    "python, word count": (MANY, {"batch_bytes": 50}, {"python": "work:words"}, BY_KEY),
    "python, average": (MANY, {}, {"python": "work:lengths"}, {"reduce": "avg"}),
    "python, minimum": (MANY, {"batch_size": 4}, {"python": "work:lengths"}, {"reduce": "min"}),
    "python, maximum": (MANY, {"batch_size": 4}, {"python": "work:lengths"}, {"reduce": "max"}),
    "python, count": (MANY, {"batch_size": 4}, {"python": "work:words"}, {"reduce": "count"}),
    "python, count_distinct": (MANY, {"batch_size": 4}, {"python": "work:words"}, {"reduce": "count_distinct"}),
    "python, own reducer": (MANY, {"batch_size": 4}, {"python": "work:lines"}, {"reduce": "work:longer"}),
    "python, longest by key": (
        MANY,
        {"batch_size": 4},
        {"python": "work:initials"},
        {"reduce": "work:longer", "by_key": True},
    ),
    "csv, rows": (CSV, {"batch_size": 5}, {"python": "work:rows"}, "concat"),
    "csv, floats by key": (CSV, {"batch_bytes": 40}, {"python": "work:amounts_by_city"}, BY_KEY),
    "csv, command": (CSV, {"batch_size": 11}, {"command": "cut -d, -f1 | sort"}, "concat"),
    "no results": (TEXT, {"batch_size": 3}, {"python": "work:nothing"}, {"reduce": "avg"}),
    "empty input": ({"type": "text", "path": "empty.txt"}, {}, {"python": "work:words"}, {"reduce": "sum"}),
    "every first attempt fails": (TEXT, {"batch_size": 10}, {"python": "work:fails_once"}, "concat"),
    "records that fail are set aside": (TEXT, {"batch_size": 25}, {"python": "work:refuses_nines"}, "concat"),
    "a parallel job in a worker is refused": (TEXT, {"batch_size": 50}, {"python": "work:nested"}, "set_union"),
}
WORKER_DIES = {"a worker dies": (TEXT, {"batch_size": 10}, {"python": "work:dies_once"}, "concat")}
REFUSAL = "inner: work cannot start a parallel job from inside a worker; run it as a job of its own"


def inputs(folder, _):
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
    shutil.copy(WORK, folder)


def is_the_file_in_capitals(outcome, folder):
    return outcome.result.decode() == (folder / "lines.txt").read_text().upper() + "\n"


def is_the_file(outcome, folder):
    return outcome.values == (folder / "lines.txt").read_text().splitlines()


def counts_the_words(outcome, folder):
    texts = [folder / "lines.txt", *(folder / "words").iterdir()]
    return dict(outcome.values) == Counter(word for text in texts for word in text.read_text().split())


def sets_the_nines_aside(outcome, _):
    return [entry["content"] for entry in outcome.set_aside] == [f"line {number}" for number in range(9, 100, 10)]


CHECKS = {
    "command, raw concat": is_the_file_in_capitals,
    "python, word count": counts_the_words,
    "every first attempt fails": is_the_file,
    "records that fail are set aside": sets_the_nines_aside,
    "a parallel job in a worker is refused": lambda outcome, _: outcome.values == [REFUSAL],
    "a worker dies": lambda outcome, folder: is_the_file(outcome, folder) and outcome.batches_with("batch_failed"),
}
LINES = {"work": {"python": "work:lines"}}
CASES = cases(JOBS, inputs, CHECKS) | cases(WORKER_DIES, inputs, CHECKS, reference=LINES, steady=False)
NAME = "records that fail are set aside"
CASES[NAME] = replace(CASES[NAME], job=CASES[NAME].job | {"failure": {"quarantine": "record"}})
