import tempfile
from pathlib import Path

import pytest

from airflow_unifyweaver import sorted_runs
from airflow_unifyweaver.aggregation import external_merge
from airflow_unifyweaver.aggregation.external_merge import merge_external
from airflow_unifyweaver.exceptions import RunError


class Places:
    """Lines of a number and its places: those of one number become one, so that the order in which they came shows."""

    def __init__(self):
        self.places = {}

    def add(self, payload):
        for line in payload.splitlines():
            number, _, places = line.partition(b" ")
            self.places[int(number)] = self.places.get(int(number), b"") + places
        return len(payload)

    def take(self):
        places, self.places = self.places, {}
        return (b"%d %b\n" % (number, places[number]) for number in sorted(places))

    def order(self, line):
        return int(line.partition(b" ")[0])


@pytest.fixture
def opened(monkeypatch):
    files = []

    def temporary_file(**options):
        files.append(original(**options))
        return files[-1]

    original = tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", temporary_file)
    return files


@pytest.mark.parametrize("range_bytes", [0, 100, 2**22])
@pytest.mark.parametrize("runs_merged", [2, 3, 64])
def test_spilled_runs_are_stable_and_closed(monkeypatch, opened, runs_merged, range_bytes):
    monkeypatch.setattr(external_merge, "RANGE_BYTES", range_bytes)
    monkeypatch.setattr(external_merge, "PIECE_BYTES", 1)
    monkeypatch.setattr(external_merge, "MEMORY_LIMIT", 0)
    monkeypatch.setattr(sorted_runs, "MAX_RUNS_MERGED", runs_merged)
    places = [b"<%d>" % place for place in range(40)]
    payloads = [b"%d %b\n%d %b\n" % (place * 7 % 13, text, 100 - place, text) for place, text in enumerate(places)]
    merged = []
    most_open = 0
    for piece in merge_external(payloads, Places()):
        merged.append(piece)
        most_open = max(most_open, sum(not file.closed for file in opened))
    expected = [(number, b"".join(places[number * 2 % 13 :: 13])) for number in range(13)]
    expected += [(100 - place, places[place]) for place in reversed(range(40))]
    assert b"".join(merged) == b"".join(b"%d %b\n" % pair for pair in expected)
    assert len(opened) >= 40
    assert most_open <= {2: 6, 3: 8, 64: 40}[runs_merged]
    assert all(file.closed for file in opened)


def test_nothing_is_left_when_given_up(monkeypatch, opened, tmp_path):
    monkeypatch.setattr(external_merge, "MEMORY_LIMIT", 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    merging = merge_external([b"1 1\n", b"2 2\n"], Places())
    assert next(merging) == b"1 1\n"
    assert list(tmp_path.iterdir()) == []
    merging.close()
    assert len(opened) == 2
    assert all(file.closed for file in opened)


def test_what_fits_stays_in_memory(opened):
    assert list(merge_external([b"2 1\n", b"", b"1 2\n"], Places())) == [b"1 2\n", b"2 1\n"]
    assert opened == []


def test_full_disk_is_named(monkeypatch):
    monkeypatch.setattr(external_merge, "MEMORY_LIMIT", 0)
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: Path("/dev/full").open("w+b"))  # noqa: SIM115 - closed by whoever opened it
    with pytest.raises(RunError, match=f"cannot write temporary files in {tempfile.gettempdir()}: No space left"):
        list(merge_external([b"1 1\n", b"2 2\n"], Places()))
