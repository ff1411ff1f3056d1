"""Adaptive batches give the same bytes as any fixed cut; where they are cut depends on time."""

import json
import random
import shutil

from conformance.case import WORK, cases

TEXT = {"type": "text", "path": ["lines.txt", "more/*.txt"]}
LINES = {"type": "text", "path": "lines.txt"}
CSV = {"type": "csv", "path": "cities.csv"}
TARGETS = {"adaptive": {"target_seconds": 0.1}}
JOBS = {
    "command, raw concat": (TEXT, TARGETS, {"command": "tr a-z A-Z"}, "concat"),
    "command, sum": (TEXT, TARGETS, {"command": "grep -c 1", "ok_exit_codes": [0, 1]}, {"reduce": "sum"}),
    "python, concat": (TEXT, TARGETS, {"python": "work:lengths"}, "concat"),
    "python, word count": (TEXT, TARGETS, {"python": "work:words"}, {"reduce": "sum", "by_key": True}),
    "csv, rows": (CSV, TARGETS, {"python": "work:rows"}, "concat"),
    "csv, floats by key": (CSV, TARGETS, {"python": "work:amounts_by_city"}, {"reduce": "sum", "by_key": True}),
    "json, array": ({"type": "json", "path": "a.json", "pointer": ""}, TARGETS, {"python": "work:rows"}, "concat"),
    "json, lines": ({"type": "json", "path": "lines.jsonl"}, TARGETS, {"python": "work:rows"}, "concat"),
    "awk": ({"type": "awk", "path": "lines.txt", "program": "NR % 2"}, TARGETS, {"python": "work:lines"}, "concat"),
    "command's output": ({"type": "command", "command": "cat lines.txt"}, TARGETS, {"python": "work:lines"}, "concat"),
    "every first attempt fails": (LINES, TARGETS, {"python": "work:fails_once"}, "concat"),
}
EMPTY = {"empty input": ({"type": "text", "path": "empty.txt"}, TARGETS, {"python": "work:words"}, {"reduce": "sum"})}
WORKER_DIES = {"a worker dies": (LINES, TARGETS, {"python": "work:dies_once"}, "concat")}
FIXED = {"batch": {"batch_bytes": 997}}


def inputs(folder, _):
    generator = random.Random(5)
    (folder / "lines.txt").write_text("".join(f"line {number}\n" for number in range(1500)) + "no newline at the end")
    (folder / "empty.txt").touch()
    (folder / "more").mkdir()
    for number in range(3):
        (folder / "more" / f"{number}.txt").write_text("é\r\n" + "x" * 700 + "\n" * 40 + "a 1 b\n" * 30)
    values = [json.dumps({"number": number, "text": "é, ]}" * (number % 3)}) for number in range(600)]
    (folder / "a.json").write_text("[" + " ,\n".join(values) + "]")
    (folder / "lines.jsonl").write_text("\n".join(values))
    rows = [f'"Two\nLines {generator.randrange(5)}",{generator.uniform(-1e6, 1e6)!r}' for _ in range(500)]
    (folder / "cities.csv").write_text("city,amount\n" + "\n".join(rows) + "\n", newline="")
    shutil.copy(WORK, folder)


def is_cut(outcome, _):
    return 0 < len(outcome.batches_with("batch_complete")) < 250


def fails(outcome, _):
    return outcome.batches_with("batch_failed")


CASES = {
    **cases(JOBS, inputs, dict.fromkeys(JOBS, is_cut), reference=FIXED, steady=False),
    **cases(EMPTY, inputs, reference=FIXED),
    **cases(WORKER_DIES, inputs, {"a worker dies": fails}, reference={"work": {"python": "work:lines"}}, steady=False),
}
