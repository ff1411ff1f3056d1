"""Files at a URL."""

import time

import pytest

from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.run.remote import store as module
from airflow_unifyweaver.run.remote.store import Store


@pytest.fixture
def store(url):
    return Store(url)


def test_files_come_and_go(store, tmp_path, monkeypatch):
    store.put("a/b", b"one")
    store.put("a/b", b"two")
    assert store.read("a/b") == b"two"
    assert store.read_part("a/b", 1, 3) == b"wo"
    assert store.exists("a/b")
    (tmp_path / "file").write_bytes(b"three")
    store.put_file("a/c", tmp_path / "file")
    store.put("a/.hidden", b"")
    assert store.listing("a") == {"b": 3, "c": 5}
    assert store.listing("", "directory") == {"a": 0}
    monkeypatch.setattr(module, "PART_BYTES", 2)
    store.fetch("a/c", tmp_path / "new" / "copy", 5)
    assert (tmp_path / "new" / "copy").read_bytes() == b"three"
    store.remove("a/b")
    store.remove("a/b")
    assert store.read("a/b") is None
    store.remove_folder("a")
    store.remove_folder("a")
    assert store.listing("a") == {}


def test_one_makes_a_new_file(store):
    assert store.put_new("a", b"first")
    assert not store.put_new("a", b"second")
    assert store.read("a") == b"first"


def test_a_folder_moves(store):
    store.put("a/b", b"moved")
    store.move(f"{store.url}.1")
    assert Store(f"{store.url}.1").read("a/b") == b"moved"
    assert not store.exists("a/b")


def test_what_cannot_be_used():
    with pytest.raises(RunError, match="fsspec cannot use it"):
        Store("odd://host/a").put("b", b"")
    with pytest.raises(RunError, match=r"^gs://bucket/a/b: what reads gs:// is not installed"):
        Store("gs://bucket/a").put("b", b"")


def test_when_a_file_was_written(url):
    store = Store(url)
    assert store.changed("a") is None
    before = time.time()
    store.put("a", b"")
    assert before - 1 <= store.changed("a") <= time.time() + 1
