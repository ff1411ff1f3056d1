"""Lines of a text are to Prolog what they are to Python, however their pieces are read."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_unifyweaver import BatchJob
from airflow_unifyweaver.sources import lines
from airflow_unifyweaver.sources.encodings import encoding_named
from airflow_unifyweaver.sources.memory_file import MemoryFile
from airflow_unifyweaver.sources.text_batch import TextBatch
from airflow_unifyweaver.work.prolog import text as module
from airflow_unifyweaver.work.prolog.text import LINES, WHOLE, cut, text_of
from airflow_unifyweaver.work.registry import work_for

PROGRAM = """
:- dynamic line/1.
same(Line, Line).
twice(Line) :- line(Line) ; line(Line).
"""


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    folder = tmp_path_factory.mktemp("text")
    (folder / "program.pl").write_text(PROGRAM)

    def work(predicate, **options):
        prolog = {"file": "program.pl", "predicate": predicate} | options
        fields = {"name": "text", "source": {"type": "text", "path": "x"}, "work": {"prolog": prolog}}
        return work_for(BatchJob.from_dict(fields, base_dir=folder))

    return {"row": work("same/2"), "rel": work("twice/1", source="line/1")}


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(lines, "PIECE_CHARACTERS", 3)
    monkeypatch.setattr(module, "_MOST_CHARACTERS", 12)


def batch_of(text, encoding="utf-8"):
    """Return the batch of a whole file."""
    data = text.encode(encoding)
    descriptor = os.memfd_create("text")
    os.write(descriptor, data)
    return TextBatch(MemoryFile("text", descriptor), encoding_named(encoding), [(0, len(data))])


def hows(text):
    places = []
    list(cut(text, places))
    return [how for how, _, _ in places]


@pytest.mark.usefixtures("small_pieces")
@given(st.text(alphabet="ab \r\n\té\x85\u2028\ufeff日😀\0", max_size=60), st.sampled_from(["utf-8", "utf-16-le"]))
@settings(derandomize=True, deadline=None, max_examples=400, database=None)
def test_lines_are_those_of_the_batch(work, text, encoding):
    expected = list(batch_of(text, encoding))
    assert list(work["row"].run(batch_of(text, encoding))) == expected
    assert list(work["rel"].run(batch_of(text, encoding))) == expected * 2


@pytest.mark.usefixtures("small_pieces")
@given(st.lists(st.text(alphabet="ab \ré日\ufeff\ud800\0", max_size=9), max_size=9))
@settings(derandomize=True, deadline=None, max_examples=200, database=None)
def test_records_that_are_no_file_keep_what_they_end_with(work, records):
    assert list(work["row"].run(records)) == records


@pytest.mark.usefixtures("small_pieces")
def test_pieces_are_read_in_one_go_where_a_character_is_a_byte():
    assert hows("abcd\r\né...\n\n\n\n\n") == [WHOLE] * 3
    assert hows("abcd\n日...\na\r..\na\r\r\nab\r\n") == [WHOLE, LINES, LINES, LINES, WHOLE]
    assert hows("a line that is long\n") == [LINES]


@pytest.mark.parametrize("last", ["b", "b\n", "b\r\n"])
def test_a_last_line_without_an_end_gets_one(last):
    assert text_of(batch_of(f"a\n{last}")).replace("\r", "") == "a\nb\n"


def test_a_long_line_and_many_short_ones(work):
    text = "".join(["x" * 3_000_000 + "\n", "short line\r\n" * 30_000, "日本\n", "é" * 900_000 + "\n"])
    assert list(work["row"].run(batch_of(text))) == list(batch_of(text))


def test_a_large_batch_before_a_small_one(work):
    assert list(work["row"].run(["long record"] * 1_000)) == ["long record"] * 1_000
    assert list(work["row"].run(["a"])) == ["a"]
