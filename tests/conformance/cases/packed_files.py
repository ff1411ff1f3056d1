"""Wherever files lie and however they are packed."""

import shutil

import fsspec
from compressors import FORMATS, compress
from conformance.case import ADDRESS, WORK, cases

LINES = [f"line {number} {number * number:x}" for number in range(20_000)]
TEXT = "\n".join(LINES).encode()
CUT = 300_000
SMALL = {"type": "text", "path": "small"}
PYTHON = {"python": "work:lines"}
JOBS = {
    **{
        form: ({"type": "text", "path": f"{form}{suffix}"}, {"batch_bytes": 70_000}, PYTHON, "concat")
        for form, suffix in FORMATS.items()
    },
    "small files, counted": (SMALL, {"batch_size": 777}, PYTHON, "concat"),
    "small files, bytes": (SMALL, {"batch_bytes": 10_000}, PYTHON, "concat"),
    "small files, uncut": (SMALL, {}, PYTHON, "concat"),
    "small files, command": (SMALL, {"batch_size": 777}, {"command": "cat"}, "concat"),
}
STORED = {"object store": ({"type": "text", "path": f"{ADDRESS}/stored"}, {"batch_bytes": 70_000}, PYTHON, "concat")}


def inputs(folder, _):
    shutil.copy(WORK, folder)
    for form, suffix in FORMATS.items():
        (folder / f"{form}{suffix}").write_bytes(compress(TEXT, form, 50_000))
    (folder / "small").mkdir()
    for number in range(0, len(LINES), 100):
        (folder / "small" / f"{number:06}").write_text("\n".join(LINES[number : number + 100]))


def stored(folder, bucket):
    shutil.copy(WORK, folder)
    for name, data in {"a.txt": TEXT[:CUT], "b/c.bz2": compress(TEXT[CUT:], "bz2", 50_000)}.items():
        with fsspec.open(f"{bucket}/stored/{name}", "wb") as file:
            file.write(data)


def is_all_lines(outcome, _):
    return outcome.values == LINES


def is_the_text(outcome, _):
    return outcome.result == TEXT + b"\n"


def is_the_text_of_two_files(outcome, _):
    return outcome.values == TEXT[:CUT].decode().split("\n") + TEXT[CUT:].decode().split("\n")


CHECKS = dict.fromkeys(JOBS, is_all_lines) | {"small files, command": is_the_text}
CASES = {
    **cases(JOBS, inputs, CHECKS),
    **cases(STORED, stored, {"object store": is_the_text_of_two_files}, service="s3_server"),
}
