import pytest

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources import blocks
from airflow_unifyweaver.sources.encodings import encoding_named
from airflow_unifyweaver.sources.open_file import OpenFile


@pytest.fixture
def open_file(tmp_path):
    def write_and_open(data):
        path = tmp_path / "data"
        path.write_bytes(data)
        return OpenFile(
            {"path": str(path), "size": len(data), "mtime_ns": path.stat().st_mtime_ns, "start": 0, "encoding": "x"}
        )

    return write_and_open


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(blocks, "FIRST_BLOCK_BYTES", 4)
    monkeypatch.setattr(blocks, "LARGEST_BLOCK_BYTES", 8)


def read(file, line_ends, encoding="utf-8"):
    return list(blocks.line_blocks(file, encoding_named(encoding), 0, file.size, line_ends))


def test_blocks_are_whole_lines(open_file):
    assert read(open_file(b"a\nbcdefghijklmnop\nq\nr"), "\n") == [(0, b"a\n"), (2, b"bcdefghijklmnop\nq\n"), (20, b"r")]


def test_a_return_is_never_parted_from_its_newline(open_file):
    assert read(open_file(b"abc\r\nd\re"), "\r\n") == [(0, b"abc\r\nd\re")]
    assert read(open_file(b"ab\rc\rdefghijklm"), "\r\n") == [(0, b"ab\r"), (3, b"c\r"), (5, b"defghijklm")]


def test_places_in_decoded_blocks_are_asked_for_in_any_order(open_file):
    block = blocks.decoded(open_file(b"ab"), encoding_named("utf-16-le"), 10, "a😀b\n".encode("utf-16-le"))
    places = [(0, 10), (2, 16), (1, 12), (4, 20)]
    assert [block.offset(index) for index, _ in places] == [offset for _, offset in places]
    assert [block.index(offset) for _, offset in reversed(places)] == [index for index, _ in reversed(places)]
    assert block.index(14) == 1  # amid a character
    assert block.index(3) == 0


def test_characters_of_two_spellings_are_refused(open_file):
    with pytest.raises(SourceError, match="more than one spelling, so it cannot be cut safely; convert"):
        blocks.decoded(open_file(b""), encoding_named("cp932"), 0, b"\xfcK")
