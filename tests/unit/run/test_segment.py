"""Segments: a commit reads back what was appended, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.run.segment import Commit, SegmentReader, SegmentWriter


@given(payloads=st.lists(st.binary(max_size=200)))
def test_commits_read_back(tmp_path_factory, payloads):
    folder = tmp_path_factory.mktemp("segments")
    writers = [SegmentWriter(folder, slot) for slot in (1, 2)]
    commits = [writers[number % 2].append(payload) for number, payload in enumerate(payloads)]
    for writer in writers:
        writer.close()
    reader = SegmentReader(folder)
    assert [reader.read(Commit.from_payload(commit.to_payload())) for commit in commits] == payloads
    reader.close()


def test_damage_is_noticed(tmp_path):
    writer = SegmentWriter(tmp_path, 1)
    commit = writer.append(b"12345\n")
    writer.close()
    path = tmp_path / commit.segment
    for damaged in (b"12346\n", b"1234", b""):
        path.write_bytes(damaged)
        with pytest.raises(RunError, match="not what was committed"):
            SegmentReader(tmp_path).read(commit)
    path.unlink()
    with pytest.raises(RunError, match="not what was committed"):
        SegmentReader(tmp_path).read(commit)
