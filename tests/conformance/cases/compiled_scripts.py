"""Scripts as UnifyWeaver compiles them to bash are commands, in both of its calling styles."""

from conformance.case import cases

PARENT = """
parent_data() { printf '%s\\n' anne:bob bob:carl bob:dora; }
parent() {
    local query="$1:$2"
    parent_data | grep -qxF -- "$query"
}
parent_stream() { parent_data; }
"""
GRANDPARENT = """
grandparent() { grandparent_stream | grep -qxF -- "$1:$2"; }
grandparent_stream() {
    parent_stream | while IFS=: read -r a b; do
        parent_stream | awk -F: -v a="$a" -v b="$b" '$1 == b { print a ":" $2 }'
    done
}
"""
SELF_RUNNING = """#!/bin/bash
awk -F: '$1 == "bob" { print $1 ":" $2 }'
"""
EACH = """
source parent.sh
while IFS=: read -r a b; do
    if parent "$a" "$b"; then echo "$a:$b"; fi
done
"""
PAIRS = ["anne:bob", "bob:carl", "carl:anne", "bob:dora", "dora:bob"]
SOURCE, BATCH = {"type": "text", "path": "pairs.txt"}, {"batch_size": 3}
COMMANDS = {
    "runs by itself": ("bash bobs.sh", ["bob:carl", "bob:dora"]),
    "a function for each record": (EACH, ["anne:bob", "bob:carl", "bob:dora"]),
    "a stream": ("source parent.sh; source grandparent.sh; grandparent_stream", ["anne:carl", "anne:dora"] * 2),
}


def inputs(folder, _):
    (folder / "pairs.txt").write_text("".join(f"{pair}\n" for pair in PAIRS))
    for name, text in (("parent", PARENT), ("grandparent", GRANDPARENT), ("bobs", SELF_RUNNING)):
        (folder / f"{name}.sh").write_text(text)


def prints(expected):
    return lambda outcome, _: outcome.lines == expected


CASES = cases(
    {name: (SOURCE, BATCH, {"command": command}, "concat") for name, (command, _) in COMMANDS.items()},
    inputs,
    {name: prints(expected) for name, (_, expected) in COMMANDS.items()},
)
