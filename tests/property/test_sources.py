"""Whatever a file holds, its batches together are the file, and no record is cut or read twice."""

import csv
import io
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.job.batch import Batch
from airflow_unifyweaver.sources import blocks, lines
from airflow_unifyweaver.sources.registry import plan_source, reader_for

deterministic = settings(derandomize=True, deadline=None, max_examples=800, database=None)

ENCODINGS = ["utf-8", "latin-1", "utf-16", "utf-16-be", "utf-32", "shift_jis", "gb18030", "cp037", "euc_jp"]
MARKS = {"utf-8": b"\xef\xbb\xbf", "utf-16": b"\xfe\xff", "utf-32": b"\xff\xfe\x00\x00"}
MARKED_CODEC = {"utf-16": "utf-16-be", "utf-32": "utf-32-le"}
UNMARKED_CODEC = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}


@pytest.fixture(autouse=True, scope="module")
def tiny_pieces():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "PIECE_CHARACTERS", 3)
        yield patch


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("sources") / "data"


@st.composite
def files(draw, alphabet):
    encoding = draw(st.sampled_from(ENCODINGS))
    text = draw(st.text(alphabet=alphabet, max_size=60)).lstrip("\ufeff")  # there it would be a mark
    text = text.encode(encoding, "ignore").decode(encoding)
    mark = MARKS.get(encoding, b"") if draw(st.booleans()) else b""
    codec = (MARKED_CODEC if mark else UNMARKED_CODEC).get(encoding, encoding)
    return SimpleNamespace(encoding=encoding, text=text, mark=mark, codec=codec, body=text.encode(codec))


cuts = st.one_of(
    st.builds(lambda n: {"batch_size": n, "batch_bytes": None}, st.integers(1, 6)),
    st.builds(lambda n: {"batch_size": None, "batch_bytes": n}, st.integers(1, 40)),
    st.just({"batch_size": None, "batch_bytes": None}),
    st.just({"batch_size": None, "batch_bytes": None, "adaptive": {}}),
)
block_sizes = st.sampled_from([4, 8, 12, 64])


def make_job(path, source, cut):
    return SimpleNamespace(source=SimpleNamespace(path=str(path), **source), batch=Batch(**cut), resolve=lambda p: p)


def set_block_size(patch, file, size):
    width = 1 if len("\n".encode(file.codec)) == 1 else 4
    for name in ("FIRST_BLOCK_BYTES", "LARGEST_BLOCK_BYTES"):
        patch.setattr(blocks, name, size // 4 * width)


def read_all(job):
    """Read all batches of a plan; the pieces of an adaptive one by one and, which must be the same, three at a time."""
    plan = plan_source(job, 2, Path("no spool"))
    reader = reader_for(plan.manifest, Path("no spool"))
    recipes = list(plan.recipes)
    batches = [reader.read(recipe) for recipe in recipes]
    if job.batch.adaptive is not None:
        for first in range(0, len(recipes), 3):
            merged = recipes[first] | {"stop": recipes[first : first + 3][-1]["stop"]}
            assert reader.read(merged).bytes() == b"".join(batch.bytes() for batch in batches[first : first + 3])
    return batches


def text_lines(text):
    found = re.split("\r?\n", text)
    return found if found[-1] else found[:-1]


@deterministic
@given(files("ab\r\n\x00\x0b\x85\u2028é漢\u0a0a\u0a00😀\ufeff"), cuts, block_sizes)
def test_batches_of_text_are_the_file_and_its_lines(path, tiny_pieces, file, cut, block_size):
    set_block_size(tiny_pieces, file, block_size)
    path.write_bytes(file.mark + file.body)

    batches = read_all(make_job(path, {"type": "text", "encoding": file.encoding}, cut))

    assert b"".join(batch.bytes() for batch in batches) == file.body
    records = [list(batch) for batch in batches]
    assert sum(records, []) == text_lines(file.text)
    assert [batch.is_empty() for batch in batches] == [not found for found in records]
    assert sum([batch.arrow()["line"].to_pylist() for batch in batches], []) == text_lines(file.text)
    if cut["batch_size"]:
        assert all(len(found) == cut["batch_size"] for found in records[:-1])
        assert all(0 < len(found) <= cut["batch_size"] for found in records)


dialects = st.tuples(st.sampled_from(",;|\t?§漢\x00"), st.sampled_from(['"', "'", "", "¤", "?"])).filter(
    lambda pair: pair[0] != pair[1]
)


@st.composite
def csv_files(draw):
    delimiter, quotechar = draw(dialects)
    file = draw(files(quotechar * 4 + delimiter * 3 + "\n\n\n\ra \x00é漢ア😀\x01\x02"))
    file.delimiter, file.quotechar = delimiter, quotechar
    try:
        (delimiter + quotechar).encode(file.codec)
    except UnicodeEncodeError:
        file.delimiter, file.quotechar = ",", '"'
    return file


def parse(text, file):
    """Parse as Python does; return the rows, and whether the end of the text was inside quotes."""
    is_at_end = False

    def watched():
        nonlocal is_at_end
        yield from io.StringIO(text, newline="")
        is_at_end = True

    quoting = csv.QUOTE_MINIMAL if file.quotechar else csv.QUOTE_NONE
    rows, is_open = [], False
    for row in csv.reader(watched(), delimiter=file.delimiter, quotechar=file.quotechar or None, quoting=quoting):
        is_open = is_at_end
        if row:
            rows.append(row)
    return rows, is_open


def csv_source(file, header):
    names = ("encoding", "delimiter", "quotechar")
    return {"type": "csv", "header": header, **{name: getattr(file, name) for name in names}}


@deterministic
@given(csv_files(), cuts, block_sizes)
def test_batches_of_csv_are_the_file_and_its_rows(path, tiny_pieces, file, cut, block_size):
    set_block_size(tiny_pieces, file, block_size)
    path.write_bytes(file.mark + file.body)
    rows, is_open = parse(file.text, file)
    job = make_job(path, csv_source(file, header=False), cut)

    if is_open:
        with pytest.raises(SourceError, match="is never closed") as caught:
            read_all(job)
        check_opening(str(caught.value), file)
        return
    batches = read_all(job)

    assert b"".join(batch.bytes() for batch in batches) == (file.body if rows else b"")
    found = [parse(batch.bytes().decode(file.codec), file)[0] for batch in batches]
    assert sum(found, []) == rows
    assert all(found)
    if cut["batch_size"]:
        assert all(len(part) == cut["batch_size"] for part in found[:-1])
        assert all(len(part) <= cut["batch_size"] for part in found)
    elif cut["batch_bytes"]:
        assert all(len(batch.bytes()) >= cut["batch_bytes"] for batch in batches[:-1])
    check_records(batches, rows, file)


def check_opening(message, file):
    offset = int(re.search(r"quote at byte (\d+)", message)[1]) - len(file.mark)
    before, after = file.body[:offset].decode(file.codec), file.body[offset:].decode(file.codec)
    assert after.startswith(file.quotechar)
    assert not parse(before, file)[1]
    # The quote closes nothing: what follows it is one field, in which quotes come in pairs.
    assert after[1:].replace(file.quotechar * 2, "").count(file.quotechar) == 0


def check_records(batches, rows, file):
    columns = [f"column_{number}" for number in range(1, len(rows[0]) + 1)] if rows else []
    wrong = next((number for number, row in enumerate(rows) if len(row) != len(columns)), None)
    if wrong is None:
        assert sum((list(batch) for batch in batches), []) == [dict(zip(columns, row, strict=True)) for row in rows]
        for batch in batches:
            assert batch.arrow().to_pylist() == list(batch)
        return
    with pytest.raises(SourceError, match=f"has {len(rows[wrong])} fields? for {len(columns)}") as caught:
        sum((list(batch) for batch in batches), [])
    offset = int(re.search(r"row at byte (\d+)", str(caught.value))[1]) - len(file.mark)
    assert parse(file.body[:offset].decode(file.codec), file)[0] == rows[:wrong]
    assert parse(file.body[offset:].decode(file.codec), file)[0] == rows[wrong:]
    assert not file.body[offset:].decode(file.codec).startswith(("\n", "\r"))


@deterministic
@given(csv_files(), cuts, block_sizes)
def test_the_first_row_names_the_columns(path, tiny_pieces, file, cut, block_size):
    set_block_size(tiny_pieces, file, block_size)
    path.write_bytes(file.mark + file.body)
    rows, is_open = parse(file.text, file)
    names = rows[0] if rows else []
    job = make_job(path, csv_source(file, header=True), cut)
    if is_open or len(set(names)) < len(names):
        with pytest.raises(SourceError, match=r"never closed|more than once"):
            read_all(job)
    elif all(len(row) == len(names) for row in rows):
        records = sum((list(batch) for batch in read_all(job)), [])
        assert records == [dict(zip(names, row, strict=True)) for row in rows[1:]]
        assert all(list(record) == names for record in records)


@deterministic
@given(
    st.lists(st.lists(st.text(alphabet='a",\n\r é', max_size=5), min_size=2, max_size=2), min_size=1, max_size=8),
    st.sampled_from(["\n", "\r\n", "\r"]),
    cuts,
)
def test_what_the_csv_module_wrote_is_read_back(path, tiny_pieces, rows, line_end, cut):
    for name in ("FIRST_BLOCK_BYTES", "LARGEST_BLOCK_BYTES"):
        tiny_pieces.setattr(blocks, name, 5)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows([["k", "v"], *rows])
    source = {"type": "csv", "encoding": "utf-8", "delimiter": ",", "quotechar": '"', "header": True}

    batches = read_all(make_job(path, source, cut))

    with path.open(encoding="utf-8", newline="") as file:
        assert sum((list(batch) for batch in batches), []) == list(csv.DictReader(file))
