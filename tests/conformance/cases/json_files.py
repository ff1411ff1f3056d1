"""JSON, lines and arrays, to functions and to commands."""

import json
import shutil

from conformance.case import WORK, cases

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


def inputs(folder, _):
    (folder / "rows.jsonl").write_text("\n\n".join(map(json.dumps, ROWS)))
    for name, rows, indent in (("rows_1.json", ROWS[:150], None), ("rows_2.json", ROWS[150:], 2)):
        document = {"none": [], "data": {"count": len(rows), "rows": rows}, "end": True}
        (folder / name).write_text(json.dumps(document, ensure_ascii=False, indent=indent))
    shutil.copy(WORK, folder)


def is_all_rows(outcome, _):
    return outcome.values == ROWS


def is_a_row_a_line(outcome, _):
    return outcome.lines == [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in ROWS]


CHECKS = {
    **dict.fromkeys(["lines, counted", "lines, ranges", "array, counted", "array, bytes"], is_all_rows),
    "array, command": is_a_row_a_line,
    "array, no batches": lambda outcome, _: outcome.result == b"",
}
CASES = cases(JOBS, inputs, CHECKS)
