import os
import resource
from pathlib import Path

import pytest

from airflow_unifyweaver.sources.registry import plan_source, reader_for


@pytest.fixture
def small_files(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name, text in {"a": "one\ntwo", "b": "", "c": "\nfour\r\n", "d": "five\n", "e": "six"}.items():
        (folder / name).write_bytes(text.encode())
    return folder


@pytest.fixture
def packed(read, small_files):
    def read_one(**job):
        (batch,) = read(path="in", batch_bytes=1000, **job)
        return batch

    return read_one


def fed(batch):
    out, into = os.pipe()
    with os.fdopen(out, "rb") as reader:
        with os.fdopen(into, "wb", buffering=0) as writer:
            batch.feed(writer.fileno())
        return reader.read()


def test_a_newline_is_supplied_between_files_and_nowhere_else(packed):
    assert list(packed()) == ["one", "two", "", "four", "five", "six"]
    assert packed().bytes() == b"one\ntwo\n\nfour\r\nfive\nsix"
    assert fed(packed()) == packed().bytes()


def test_tables_are_of_all_files(packed):
    expected = ["one", "two", "", "four", "five", "six"]
    assert packed().arrow()["line"].to_pylist() == expected
    assert packed().pandas()["line"].to_list() == expected


def test_records_know_their_files(packed, small_files):
    batch = packed()
    found = [batch.describe(record) for record in batch.records()]
    assert [(Path(one["file"]).name, one["offset"], one["content"]) for one in found] == [
        ("a", 0, "one"),
        ("a", 4, "two"),
        ("c", 0, ""),
        ("c", 1, "four"),
        ("d", 0, "five"),
        ("e", 0, "six"),
    ]


def test_picked_records(packed):
    batch = packed()
    records = batch.records()
    picked = batch.pick([records[1], records[3], records[5]])
    assert list(picked) == ["two", "four", "six"]
    assert picked.bytes() == b"two\nfour\r\nsix"
    assert [list(picked.pick([record])) for record in picked.records()] == [["two"], ["four"], ["six"]]
    assert batch.pick([]).is_empty()
    assert batch.pick([]).bytes() == b""


def test_wide_encodings(make_job, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name, text in {"a": "one", "b": "ਊ", "c": "three\n"}.items():
        (folder / name).write_bytes(text.encode("utf-16"))
    plan = plan_source(make_job("in", batch_bytes=1000, encoding="utf-16"), 2, tmp_path / "spool")
    (batch,) = map(reader_for(plan.manifest, tmp_path / "spool").read, plan.recipes)
    assert list(batch) == ["one", "ਊ", "three"]
    assert batch.bytes().decode("utf-16-le") == "one\nਊ\nthree\n"
    assert fed(batch) == "one\nਊ\nthree\n".encode()


def test_records_are_counted_across_files(read, small_files):
    batches = read(path="in", batch_size=4)
    assert [list(batch) for batch in batches] == [["one", "two", "", "four"], ["five", "six"]]


def test_files_in_other_encodings_make_batches_of_their_own(read, small_files):
    (small_files / "d").write_bytes(b"\xfe\xff" + "five\n".encode("utf-16-be"))
    for name in "abce":
        text = (small_files / name).read_text()
        (small_files / name).write_bytes(text.encode("utf-16-le"))
    batches = read(path="in", batch_size=100, encoding="utf-16")
    assert [list(batch) for batch in batches] == [["one", "two", "", "four"], ["five"], ["six"]]


def test_csv_files_have_a_header_each(read, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name, text in {"a": "k,v\n1,2", "b": "k,v\n", "c": "k,v\n3,4\n5,6\n", "d": "v,k\n7,8\n"}.items():
        (folder / name).write_text(text)
    batches = read(path="in", type="csv", batch_size=2)
    assert [list(batch) for batch in batches] == [
        [{"k": "1", "v": "2"}, {"k": "3", "v": "4"}],
        [{"k": "5", "v": "6"}],
        [{"v": "7", "k": "8"}],
    ]
    assert batches[0].bytes() == b"1,2\n3,4\n"


def test_more_small_files_than_a_process_may_open(read, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(1500):
        (folder / f"{number:04}").write_text(f"{number}\n")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, soft), hard))
    try:
        (batch,) = read(path="in", batch_size=1500)
        assert list(batch) == [str(number) for number in range(1500)]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
