"""Wherever files lie and however they are packed, every backend reads the same from them."""

import json
from pathlib import Path

import pytest
from compressors import FORMATS, compress

HERE = Path(__file__).parent
LINES = [f"line {number} {number * number:x}" for number in range(20_000)]
TEXT = "\n".join(LINES).encode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    (folder / "work.py").write_bytes((HERE / "work.py").read_bytes())
    for form, suffix in FORMATS.items():
        (folder / f"{form}{suffix}").write_bytes(compress(TEXT, form, 50_000))
    (folder / "small").mkdir()
    for number in range(0, len(LINES), 100):
        (folder / "small" / f"{number:06}").write_text("\n".join(LINES[number : number + 100]))
    return folder


def check(conformance, folder, path, batch):
    job = {"source": {"type": "text", "path": path}, "batch": batch, "work": {"python": "work:lines"}}
    result = conformance.agreed(job, folder)
    assert list(map(json.loads, result.splitlines())) == LINES


@pytest.mark.parametrize("form", FORMATS)
def test_compressed_files(form, conformance, folder):
    check(conformance, folder, f"{form}{FORMATS[form]}", {"batch_bytes": 70_000})


@pytest.mark.parametrize("batch", [{"batch_size": 777}, {"batch_bytes": 10_000}, {}], ids=str)
def test_small_files(batch, conformance, folder):
    check(conformance, folder, "small", batch)


def test_small_files_on_the_standard_input_of_a_command(conformance, folder):
    job = {"source": {"type": "text", "path": "small"}, "batch": {"batch_size": 777}, "work": {"command": "cat"}}
    assert conformance.agreed(job, folder) == TEXT + b"\n"


def test_an_object_store(conformance, folder, bucket):
    bucket.write("a.txt", TEXT[:300_000])
    bucket.write("b/c.bz2", compress(TEXT[300_000:], "bz2", 50_000))
    assert TEXT[300_000:300_001] != b"\n"
    lines = TEXT[:300_000].decode().split("\n") + TEXT[300_000:].decode().split("\n")
    job = {"source": {"type": "text", "path": bucket.url}, "batch": {"batch_bytes": 70_000}}
    result = conformance.agreed(job | {"work": {"python": "work:lines"}}, folder)
    assert list(map(json.loads, result.splitlines())) == lines
