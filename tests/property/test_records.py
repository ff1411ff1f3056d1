"""The records of a batch, one by one: together they are the batch, and any choice of them is a batch of these."""

import csv
import io
from pathlib import Path
from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_unifyweaver.job.batch import Batch
from airflow_unifyweaver.sources.registry import plan_source, reader_for

LINES = st.lists(st.text('ab,"\né\r\t ', max_size=8), max_size=12)
ENCODINGS = st.sampled_from(["utf-8", "latin-1", "utf-16-le", "utf-16"])


def batches(folder, source, data, **cut):
    path = folder / "input"
    path.write_bytes(data)
    job = SimpleNamespace(
        source=SimpleNamespace(path=str(path), **source),
        batch=Batch(**cut),
        resolve=lambda name: name,
    )
    plan = plan_source(job, 2, Path("no spool"))
    reader = reader_for(plan.manifest, Path("no spool"))
    return [reader.read(recipe) for recipe in plan.recipes]


def check(batch, keep):
    records = batch.records()
    whole = list(batch)
    assert len(records) == len(whole)
    assert b"".join(batch.pick([record]).bytes() for record in records) == batch.bytes()
    assert [list(batch.pick([record])) for record in records] == [[record] for record in whole]
    chosen = [index for index in range(len(records)) if keep >> index & 1]
    picked = batch.pick([records[index] for index in chosen])
    assert list(picked) == [whole[index] for index in chosen]
    assert picked.is_empty() == (not chosen)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(
    lines=LINES,
    encoding=ENCODINGS,
    size=st.integers(1, 20),
    by=st.sampled_from(["batch_size", "batch_bytes"]),
    keep=st.integers(0, 2**20),
)
def test_lines(tmp_path_factory, lines, encoding, size, by, keep):
    data = "\n".join(line.replace("\n", " ") for line in lines).encode(encoding)
    source = {"type": "text", "encoding": encoding}
    for batch in batches(tmp_path_factory.mktemp("text"), source, data, **{by: size}):
        check(batch, keep)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(
    rows=st.lists(st.tuples(*[st.text('ab,"\né\r ', max_size=5)] * 2), max_size=10),
    encoding=ENCODINGS,
    size=st.integers(1, 20),
    keep=st.integers(0, 2**20),
)
def test_rows(tmp_path_factory, rows, encoding, size, keep):
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    source = {"type": "csv", "encoding": encoding, "delimiter": ",", "quotechar": '"', "header": ["x", "y"]}
    for batch in batches(tmp_path_factory.mktemp("csv"), source, text.getvalue().encode(encoding), batch_size=size):
        check(batch, keep)
