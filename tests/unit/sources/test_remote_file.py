from datetime import UTC, datetime

import fsspec
import pytest

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources import remote_file
from airflow_unifyweaver.sources.planning import list_entries
from airflow_unifyweaver.sources.remote_file import RemoteFile, version_of
from airflow_unifyweaver.sources.source_file import open_source


@pytest.fixture
def memory():
    """An empty file system in this process."""
    files = fsspec.filesystem("memory")
    yield files
    files.rm("/", recursive=True)


def test_parts_are_read_and_sent(memory, tmp_path, monkeypatch):
    monkeypatch.setattr(remote_file, "READ_AHEAD_BYTES", 4)
    memory.pipe_file("/a.txt", bytes(range(100)))
    (entry,) = list_entries("memory://a.txt", str, "utf-8")
    file = open_source(entry, tmp_path)
    assert (file.path, file.size) == ("memory://a.txt", 100)
    for start, stop in ((0, 2), (2, 4), (3, 4), (4, 20), (20, 21), (21, 90), (5, 7), (99, 100), (100, 100)):
        assert file.read(start, stop) == bytes(range(start, stop))
    with (tmp_path / "sent").open("wb") as out:
        file.send(out.fileno(), 3, 98)
    assert (tmp_path / "sent").read_bytes() == bytes(range(3, 98))


def test_a_file_that_is_read_on_and_on_is_asked_for_in_large_parts(memory, monkeypatch):
    memory.pipe_file("/a.txt", bytes(100_000))
    (entry,) = list_entries("memory://a.txt", str, "utf-8")
    file = RemoteFile(entry)
    asked = []
    ask = file._files.cat_file
    monkeypatch.setattr(file._files, "cat_file", lambda *path, **span: asked.append(span) or ask(*path, **span))
    for start in range(0, 100_000, 1000):
        file.read(start, start + 1000)
    assert asked == [{"start": 0, "end": 100_000}]
    file.read(50, 60)
    assert len(asked) == 1


def test_a_file_that_changed_is_refused(memory):
    memory.pipe_file("/a.txt", b"one")
    (entry,) = list_entries("memory://a.txt", str, "utf-8")
    file = RemoteFile(entry)
    memory.pipe_file("/a.txt", b"longer")
    with pytest.raises(SourceError, match=r"memory://a.txt changed since it was planned: it had 3 bytes and has 6"):
        file.read(0, 3)
    memory.pipe_file("/a.txt", b"two")
    with pytest.raises(SourceError, match="changed since it was planned: it was written to"):
        file.check()
    memory.rm("/a.txt")
    with pytest.raises(SourceError, match="changed since it was planned: it is gone"):
        file.check()
    with pytest.raises(SourceError, match="changed since it was planned: it is gone"):
        file.read(0, 3)


def test_versions():
    assert version_of("u", {"size": 3, "ETag": '"x"', "LastModified": datetime(2026, 1, 1, tzinfo=UTC)}) == (
        3,
        1767225600_000000000,
        '"x"',
    )
    assert version_of("u", {"size": 3, "mtime": 1.5}) == (3, 1_500000000, "1500000000")
    assert (
        version_of("u", {"size": 3, "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}).mtime_ns == 1767225600_000000000
    )
    assert version_of("u", {"size": 3, "Last-Modified": "lately"}) == (3, 0, "0")
    with pytest.raises(SourceError, match="u: its server does not tell its size"):
        version_of("u", {"size": None})
