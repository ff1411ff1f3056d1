"""However files are compressed, and however many make a batch, the batches together are the source."""

import json
import shutil
from types import SimpleNamespace

import pytest
from compressors import FORMATS, compress
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_unifyweaver.job.batch import Batch
from airflow_unifyweaver.sources import blocks
from airflow_unifyweaver.sources.compression import block_index
from airflow_unifyweaver.sources.registry import plan_source, reader_for

deterministic = settings(derandomize=True, deadline=None, max_examples=200, database=None)

contents = st.text(alphabet="ab\r\n\x00é漢", max_size=60).map(str.encode)
packings = st.tuples(st.sampled_from([None, *FORMATS]), st.integers(1, 40))
files = st.lists(st.tuples(contents, packings), min_size=1, max_size=6)
cuts = st.one_of(
    st.builds(lambda n: {"batch_size": n, "batch_bytes": None}, st.integers(1, 6)),
    st.builds(lambda n: {"batch_size": None, "batch_bytes": n}, st.integers(1, 90)),
    st.just({"batch_size": None, "batch_bytes": None}),
)


@pytest.fixture(autouse=True, scope="module")
def tiny_blocks():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "FIRST_BLOCK_BYTES", 8)
        patch.setattr(blocks, "LARGEST_BLOCK_BYTES", 8)
        yield patch


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


def write(folder, packed_files):
    """Write files into an empty folder, and return the content of each."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for number, (content, (form, block_bytes)) in enumerate(packed_files):
        name = f"{number}.txt{FORMATS.get(form, '')}"
        (folder / name).write_bytes(content if form is None else compress(content, form, block_bytes))
    return [content for content, _ in packed_files]


def read_all(folder, source, cut):
    job = SimpleNamespace(
        source=SimpleNamespace(path=str(folder / "in"), encoding="utf-8", **source),
        batch=Batch(**cut),
        resolve=lambda path: path,
    )
    manifest = plan_source(job, 2, folder / "spool").manifest
    plan = plan_source(job, 2, folder / "spool")
    reader = reader_for(plan.manifest, folder / "spool")
    recipes = list(plan.recipes)
    assert plan_source(job, 2, folder / "spool").manifest == plan.manifest == manifest
    return [reader.read(recipe) for recipe in recipes]


def lines(content):
    found = content.decode().replace("\r\n", "\n").split("\n")
    return found if found[-1] else found[:-1]


def joined(pieces):
    """Join contents of files, with a newline where one lacks it at its end and another follows."""
    pieces = list(filter(None, pieces))
    return b"".join([piece if piece.endswith(b"\n") else piece + b"\n" for piece in pieces[:-1]] + pieces[-1:])


@deterministic
@given(files, cuts, st.sampled_from([1, 16, 1 << 20]))
def test_batches_of_text_are_the_files(folder, tiny_blocks, packed_files, cut, group_bytes):
    tiny_blocks.setattr(block_index, "GROUP_BYTES", group_bytes)
    contents = write(folder / "in", packed_files)
    expected = [line for content in contents for line in lines(content)]

    batches = read_all(folder, {"type": "text"}, cut)

    records = [list(batch) for batch in batches]
    assert sum(records, []) == expected
    assert [batch.is_empty() for batch in batches] == [not found for found in records]
    assert joined(batch.bytes() for batch in batches) == joined(contents)
    if cut["batch_size"]:
        assert all(len(found) == cut["batch_size"] for found in records[:-1])
    for batch, found in zip(batches, records, strict=True):
        check_records(batch, found)


def check_records(batch, expected):
    places = batch.records()
    assert [list(batch.pick([place])) for place in places] == [[record] for record in expected]
    described = [batch.describe(place) for place in places]
    assert [json.dumps(one["content"]) for one in described] == [json.dumps(line.rstrip("\r")) for line in expected]
    assert list(batch.pick(places[1::2])) == expected[1::2]


@deterministic
@given(files, cuts)
def test_batches_of_csv_are_the_rows_of_all_files(folder, packed_files, cut):
    rows = [[line.replace("\r", "") for line in lines(content)] for content, _ in packed_files]
    texts = ["k\n" + "".join(f'"{row}"\n' for row in found) for found in rows]
    write(folder / "in", [(text.encode(), packing) for text, (_, packing) in zip(texts, packed_files, strict=True)])

    batches = read_all(folder, {"type": "csv", "delimiter": ",", "quotechar": '"', "header": True}, cut)

    records = [list(batch) for batch in batches]
    assert sum(records, []) == [{"k": row} for found in rows for row in found]
    if cut["batch_size"]:
        assert all(len(found) == cut["batch_size"] for found in records[:-1])
    assert all(batch.arrow().to_pylist() == found for batch, found in zip(batches, records, strict=True))
