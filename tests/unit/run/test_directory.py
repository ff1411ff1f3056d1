"""Names in a run directory, and files that appear whole or not at all."""

import pytest

from airflow_unifyweaver.run.directory import RunDirectory, atomic_file, batch_id, batch_index


@pytest.mark.parametrize("index", [0, 42, 99_999, 1_234_567])
def test_batch_names_round_trip(index):
    assert batch_index(batch_id(index)) == index


def test_names(tmp_path):
    run = RunDirectory(tmp_path / "run_1")
    assert run.shard(7).journal == tmp_path / "run_1" / "shards" / "0007" / "journal.jsonl"
    assert batch_id(42) == "batch_00042"


def test_atomic_file_replaces_whole(tmp_path):
    path = tmp_path / "new" / "file"
    for content in (b"one", b"two"):
        with atomic_file(path) as file:
            file.write(content)
        assert path.read_bytes() == content
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


def test_atomic_file_leaves_the_old_one_when_writing_fails(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail():
        with atomic_file(path) as file:
            file.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
