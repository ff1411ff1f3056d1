"""What awk and commands print, however it is cut."""

import random

from conformance.case import cases

NUMBERED = {"type": "awk", "program": "{ print NR, $2 } END { print NR + 1, NR }", "path": "*.txt"}
MARKED = {"type": "awk", "program": 'NF { print $0, "x"; print "" }', "path": "*.txt", "stateless": True}
SORTED = {"type": "command", "command": "sort *.txt | tr a-z A-Z"}
JOBS = {
    "awk over all files": (NUMBERED, {"batch_size": 7}, {"command": "cat"}, "concat"),
    "awk, bytes": (NUMBERED, {"batch_bytes": 50}, {"command": "cut -d ' ' -f 2"}, "set_union"),
    "awk, by key": (NUMBERED, {"batch_key": 2, "batch_size": 30}, {"command": "cut -d ' ' -f 2 | uniq"}, "concat"),
    "stateless awk": (MARKED, {"batch_size": 7}, {"command": "cat"}, "concat"),
    "stateless awk, bytes": (MARKED, {"batch_bytes": 50}, {"command": "cat"}, "concat"),
    "command": (SORTED, {}, {"command": "cat"}, "concat"),
    "command, by key": ({"type": "command", "command": "cat *.txt"}, {"batch_key": 2}, {"command": "sort"}, "concat"),
    "nothing": ({"type": "command", "command": "true"}, {}, {"command": "cat"}, "concat"),
}


def inputs(folder, _):
    generator = random.Random(11)
    for number in range(3):
        lines = [f"é{generator.randrange(99)} {generator.choice('abcde')}\n" for _ in range(60)]
        (folder / f"{number}.txt").write_text("".join(lines))


def lines(folder):
    return [line for path in sorted(folder.glob("*.txt")) for line in path.read_text().splitlines()]


def keeps_its_state(outcome, folder):
    numbered = [f"{number} {line.split()[1]}" for number, line in enumerate(lines(folder), 1)]
    return outcome.lines == [*numbered, f"{len(numbered) + 1} {len(numbered)}"]


def is_awk(outcome, folder):
    return outcome.lines == [text for line in lines(folder) for text in (f"{line} x", "")]


def is_the_input_in_capitals(outcome, folder):
    letters = dict(zip(map(ord, "abcde"), "ABCDE", strict=True))  # tr knows no others, whatever the locale
    return sorted(outcome.lines) == sorted(line.translate(letters) for line in lines(folder))


def is_in_order_of_keys(outcome, folder):
    keys = [line.split()[1] for line in outcome.lines]
    return keys == sorted(keys) and sorted(outcome.lines) == sorted(lines(folder))


KEYS = ["180", "a", "b", "c", "d", "e"]
CHECKS = {
    "awk over all files": keeps_its_state,
    "awk, bytes": lambda outcome, _: sorted(outcome.lines) == KEYS,
    "awk, by key": lambda outcome, _: outcome.lines == KEYS,
    "stateless awk": is_awk,
    "stateless awk, bytes": is_awk,
    "command": is_the_input_in_capitals,
    "command, by key": is_in_order_of_keys,
    "nothing": lambda outcome, _: outcome.result == b"",
}
CASES = cases(JOBS, inputs, CHECKS)
