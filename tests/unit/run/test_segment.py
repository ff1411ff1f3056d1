"""Segments: a commit reads back what was appended, and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from airflow_unifyweaver.run.segment import Commit, SegmentReader, SegmentWriter


@given(payloads=st.lists(st.binary(max_size=200)))
def test_commits_read_back(tmp_path_factory, payloads):
    folder = tmp_path_factory.mktemp("segments")
    writers = [SegmentWriter(folder, slot) for slot in (1, 2)]
    commits = [writers[number % 2].append(payload, 1) for number, payload in enumerate(payloads)]
    for writer in writers:
        writer.close()
    reader = SegmentReader(folder)
    assert [reader.read(Commit.from_payload(commit.to_payload())) for commit in commits] == payloads
    reader.close()


def read(folder, commit):
    reader = SegmentReader(folder)
    data = reader.read(commit)
    reader.close()
    return data


def test_damage_is_noticed(tmp_path):
    writer = SegmentWriter(tmp_path, 1)
    commit = writer.append(b"12345\n", 1)
    writer.close()
    path = tmp_path / commit.segment
    for damaged in (b"12346\n", b"1234", b""):
        path.write_bytes(damaged)
        assert read(tmp_path, commit) is None
    path.unlink()
    assert read(tmp_path, commit) is None
