"""Segments: a commit reads back what was appended, and nothing else."""

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from airflow_unifyweaver.run.segment import MAX_OPEN, Commit, SegmentReader, SegmentWriter


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


def descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_any_number_of_segments_is_read_with_few_of_them_open(tmp_path):
    commits = []
    for slot in range(MAX_OPEN + 10):
        writer = SegmentWriter(tmp_path, slot)
        commits.append(writer.append(b"%d\n" % slot, 1))
        writer.close()
    reader = SegmentReader(tmp_path)
    before = descriptors()
    assert [reader.read(commit) for commit in commits * 2] == [b"%d\n" % slot for slot in range(len(commits))] * 2
    assert descriptors() <= before + MAX_OPEN
    reader.close()
    assert descriptors() == before


def test_results_are_read_whole_however_little_the_system_gives_in_one_call(tmp_path, monkeypatch):
    writer = SegmentWriter(tmp_path, 1)
    commit = writer.append(b"12345\n", 1)
    writer.close()
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda descriptor, size, offset: pread(descriptor, min(size, 4), offset))
    assert read(tmp_path, commit) == b"12345\n"
