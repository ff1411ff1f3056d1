import tempfile
from pathlib import Path

import pytest

from airflow_unifyweaver import sorted_runs
from airflow_unifyweaver.aggregation import external_merge
from airflow_unifyweaver.aggregation.external_merge import merge_external
from airflow_unifyweaver.exceptions import RunError


class Numbers:
    """Entries (number, place): sorted by the number alone, so that the order of places shows."""

    def __init__(self):
        self.numbers = []

    def add(self, payload):
        self.numbers += [self.load(line) for line in payload.splitlines()]

    def take(self):
        numbers, self.numbers = self.numbers, []
        return sorted(numbers, key=self.order)

    def order(self, entry):
        return entry[0]

    def dump(self, entry):
        return b"%d %d\n" % entry

    def load(self, line):
        return tuple(map(int, line.split()))


@pytest.fixture
def opened(monkeypatch):
    files = []

    def temporary_file(**options):
        files.append(original(**options))
        return files[-1]

    original = tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", temporary_file)
    return files


@pytest.mark.parametrize("runs_merged", [2, 3, 64])
def test_spilled_runs_are_stable_and_closed(monkeypatch, opened, runs_merged):
    monkeypatch.setattr(external_merge, "MEMORY_LIMIT", 0)
    monkeypatch.setattr(sorted_runs, "MAX_RUNS_MERGED", runs_merged)
    entries = [(place * 7 % 5, place) for place in range(40)]
    payloads = [b"%d %d\n" % entry for entry in entries]
    merged = []
    most_open = 0
    for entry in merge_external(payloads, Numbers()):
        merged.append(entry)
        most_open = max(most_open, sum(not file.closed for file in opened))
    assert merged == sorted(entries, key=lambda entry: entry[0])
    assert len(opened) >= 40
    assert most_open <= {2: 6, 3: 8, 64: 40}[runs_merged]
    assert all(file.closed for file in opened)


def test_nothing_is_left_when_given_up(monkeypatch, opened, tmp_path):
    monkeypatch.setattr(external_merge, "MEMORY_LIMIT", 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    merging = merge_external([b"1 1\n", b"2 2\n"], Numbers())
    assert next(merging) == (1, 1)
    assert list(tmp_path.iterdir()) == []
    merging.close()
    assert len(opened) == 2
    assert all(file.closed for file in opened)


def test_what_fits_stays_in_memory(opened):
    assert list(merge_external([b"2 1\n", b"", b"1 2\n"], Numbers())) == [(1, 2), (2, 1)]
    assert opened == []


def test_full_disk_is_named(monkeypatch):
    monkeypatch.setattr(external_merge, "MEMORY_LIMIT", 0)
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: Path("/dev/full").open("w+b"))  # noqa: SIM115 - closed by whoever opened it
    with pytest.raises(RunError, match=f"cannot write temporary files in {tempfile.gettempdir()}: No space left"):
        list(merge_external([b"1 1\n", b"2 2\n"], Numbers()))
