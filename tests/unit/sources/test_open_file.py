import os

import pytest

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.open_file import OpenFile


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(b"0123456789")
    return path


@pytest.fixture
def entry(path):
    return {"path": str(path), "size": 10, "mtime_ns": path.stat().st_mtime_ns, "start": 0, "encoding": "utf-8"}


def test_a_range_is_read_exactly(entry):
    assert OpenFile(entry).read(2, 5) == b"234"


def test_a_range_is_sent_exactly(entry):
    receiver, sender = os.pipe()
    OpenFile(entry).send(sender, 2, 5)
    assert os.read(receiver, 100) == b"234"
    os.close(receiver)
    with pytest.raises(BrokenPipeError):
        OpenFile(entry).send(sender, 2, 5)
    os.close(sender)


def test_calls_that_give_less_than_asked_for_go_on(entry, monkeypatch):
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda descriptor, count, offset: pread(descriptor, min(count, 3), offset))
    assert OpenFile(entry).read(1, 10) == b"123456789"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda path: path.write_bytes(b"01234"), "had 10 bytes and has 5"),
        (lambda path: os.utime(path, ns=(1, 1)), "was written to"),
    ],
)
def test_a_file_that_changed_is_refused(entry, path, change, message):
    file = OpenFile(entry)
    change(path)
    for use in (file.check, lambda: file.read(0, 5), lambda: OpenFile(entry).check()):
        with pytest.raises(SourceError, match=f"changed since it was planned: it {message}; plan the run again"):
            use()


def test_a_file_that_was_replaced_while_open_is_still_the_planned_one(entry, path, tmp_path):
    file = OpenFile(entry)
    (tmp_path / "new").write_bytes(b"other")
    (tmp_path / "new").rename(path)
    assert file.read(0, 10) == b"0123456789"


def test_a_file_that_is_gone_is_refused(entry, path):
    path.unlink()
    with pytest.raises(SourceError, match="changed since it was planned: it is gone"):
        OpenFile(entry)


def test_a_file_that_ends_too_early_is_refused(entry):
    with pytest.raises(SourceError, match="it ends at byte 10"):
        OpenFile(entry).read(5, 20)


def test_a_file_that_may_not_be_read_is_refused(entry, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(SourceError, match="Permission denied; let the user who runs the job read it"):
        OpenFile(entry)


def test_the_descriptor_is_closed_with_its_last_holder(entry):
    unused = os.dup(0)
    os.close(unused)
    file = OpenFile(entry)
    os.fstat(unused)
    del file
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(unused)
