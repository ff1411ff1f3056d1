import itertools
import os
import pickle

import pytest

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources import open_file
from airflow_unifyweaver.sources.registry import plan_source, reader_for


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(b"one\ntwo\r\nthree")
    return path


def feed(batch):
    receiver, sender = os.pipe()
    batch.feed(sender)
    os.close(sender)
    with os.fdopen(receiver, "rb") as file:
        return file.read()


def test_lines_lose_their_ends_and_nothing_else(tmp_path, read):
    (tmp_path / "a").write_bytes(b"a\x0bb\rc\x85\r\n\n\r\r\nlast\r".replace(b"\x85", "\x85\u2028".encode()))
    (batch,) = read()
    assert list(batch) == ["a\x0bb\rc\x85\u2028", "", "\r", "last\r"]


def test_an_empty_file_has_no_batches(tmp_path, read):
    (tmp_path / "a").touch()
    (tmp_path / "b").write_bytes(b"\xef\xbb\xbf")
    for cut in ({}, {"batch_size": 1}, {"batch_bytes": 1}):
        assert read(**cut) == []


def test_batches_of_bytes_are_planned_without_reading(log, make_job, tmp_path, monkeypatch):
    monkeypatch.setattr(open_file.OpenFile, "__init__", None)
    plan = plan_source(make_job(batch_bytes=6), 1, tmp_path / "spool")
    assert plan.size == 14
    assert list(plan.recipes) == [
        {"file": 0, "start": 0, "stop": 6},
        {"file": 0, "start": 6, "stop": 12},
        {"file": 0, "start": 12, "stop": 14},
    ]
    version = {"size": 14, "mtime_ns": log.stat().st_mtime_ns}
    entry = {"path": str(log), **version, "start": 0, "encoding": "utf-8"}
    assert plan.manifest == {"type": "text", "exact": False, "files": [entry]}


def test_a_batch_has_the_lines_that_start_in_its_range(log, read):
    assert [list(batch) for batch in read(batch_bytes=4)] == [["one"], ["two"], ["three"], []]
    assert [batch.is_empty() for batch in read(batch_bytes=4)] == [False, False, False, True]


def test_of_a_line_over_many_batches_each_reads_its_own_part(tmp_path, make_job, monkeypatch):
    (tmp_path / "a").write_bytes(b"x" * 1_000_000 + b"\nend\n")
    plan = plan_source(make_job(batch_bytes=1000), 1, tmp_path / "spool")
    reader = reader_for(plan.manifest, tmp_path / "spool")
    amounts = []
    read = open_file.OpenFile.read
    monkeypatch.setattr(
        open_file.OpenFile, "read", lambda file, start, stop: amounts.append(stop - start) or read(file, start, stop)
    )
    batches = [reader.read(recipe) for recipe in plan.recipes]
    assert sum(amounts) < 3_100_000  # each part once, and the whole line once to find its end, in growing looks
    assert [len(batch.bytes()) for batch in batches if not batch.is_empty()] == [1_000_001, 4]


def test_a_batch_is_fed_as_it_stands(log, read):
    assert [feed(batch) for batch in read(batch_size=2)] == [b"one\ntwo\r\n", b"three"]


def test_other_encodings_are_fed_as_utf8(tmp_path, read):
    (tmp_path / "a").write_bytes("é\r\n😀\n".encode("utf-16"))
    first, second = read(encoding="utf-16", batch_size=1)
    assert (feed(first), feed(second)) == ("é\r\n".encode(), "😀\n".encode())
    assert second.bytes() == "😀\n".encode("utf-16-le")


def test_feeding_more_than_a_pipe_holds_waits_for_its_reader(tmp_path, read):
    data = b"0123456789abcde\n" * 100_000
    (tmp_path / "a").write_bytes(data)
    (batch,) = read(batch_bytes=1 << 30)
    receiver, sender = os.pipe()
    if not (child := os.fork()):
        os.close(receiver)
        batch.feed(sender)
        os._exit(0)
    os.close(sender)
    with os.fdopen(receiver, "rb") as file:
        assert file.read() == data
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"a", b"a\n", b"a\r\n\r\nb", b"a\rb\r\n", b"a\r", "\u00e9\n\0\x85\u2028".encode()]
)
def test_the_text_is_that_of_the_lines(tmp_path, read, data):
    (tmp_path / "a").write_bytes(data)
    assert [batch.text() for batch in read()] == ["".join(f"{line}\n" for line in batch) for batch in read()]


def test_a_frame_and_a_table_hold_the_lines(log, read):
    (batch,) = read()
    assert batch.arrow().to_pydict() == {"line": ["one", "two", "three"]}
    assert batch.pandas()["line"].tolist() == ["one", "two", "three"]


@pytest.mark.parametrize(("method", "library"), [("arrow", "pyarrow"), ("pandas", "pandas")])
def test_a_missing_library_is_named_with_its_extra(log, read, monkeypatch, method, library):
    monkeypatch.setitem(__import__("sys").modules, library, None)
    (batch,) = read()
    with pytest.raises(SourceError, match=rf"needs {library}, .* pip install 'airflow-unifyweaver\[{method}\]'"):
        getattr(batch, method)()


def test_undecodable_bytes_are_named_by_their_offset(tmp_path, read):
    (tmp_path / "a").write_bytes(b"good\nb\xe9d\n")
    good, bad = read(batch_size=1)
    assert list(good) == ["good"]
    assert bad.bytes() == b"b\xe9d\n"
    with pytest.raises(SourceError, match="/a: byte 6 cannot be decoded as utf-8"):
        list(bad)


def test_a_file_that_changed_is_refused(log, make_job, tmp_path):
    plan = plan_source(make_job(batch_bytes=4), 1, tmp_path / "spool")
    recipes = list(plan.recipes)
    reader = reader_for(plan.manifest, tmp_path / "spool")
    reader.read(recipes[0])
    log.write_bytes(b"new")
    with pytest.raises(SourceError, match=r"a.log changed since it was planned: it had 14 bytes and has 3"):
        reader.read(recipes[1])


def test_a_reader_is_picklable_and_batches_outlive_the_next_file(tmp_path, log, make_job):
    (tmp_path / "b.log").write_bytes(b"four\n")
    plan = plan_source(make_job(batch_size=3), 1, tmp_path / "spool")
    reader = reader_for(plan.manifest, tmp_path / "spool")
    recipes = list(plan.recipes)
    first = reader.read(recipes[0])
    second = pickle.loads(pickle.dumps(reader)).read(recipes[1])
    reader.read(recipes[1])
    assert list(itertools.chain(first, second)) == ["one", "two", "three", "four"]
