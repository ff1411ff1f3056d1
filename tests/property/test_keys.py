"""Whatever the records and keys: batches by key together are the source, and no key is in two of them."""

import csv
import io
import re
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from itertools import chain, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_unifyweaver import sorted_runs
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.sources import blocks, raw_records, regroup
from airflow_unifyweaver.sources.registry import plan_source, reader_for

deterministic = settings(derandomize=True, deadline=None, max_examples=250, database=None)

ENCODINGS = ["utf-8", "latin-1", "utf-16", "utf-32-be", "shift_jis", "cp037"]
KEYS = ["a", "b", "A", "ab", "é", "1", "01", "漢", "b\r", "a\x0b", "\x85"]
packing = st.one_of(
    st.just({}),
    st.builds(lambda most: {"batch_size": most}, st.integers(1, 6)),
    st.builds(lambda most: {"batch_bytes": most}, st.integers(1, 60)),
)
budgets = st.tuples(st.sampled_from([0, 500, 1500, 1 << 20]), st.sampled_from([2, 3, 64]))


def read(folder, source, batch, budget):
    """Return the batches, read under a memory budget, with nothing larger than a few bytes read at a time."""
    fields = {"name": "keys", "source": source, "batch": batch, "work": {"command": "cat"}}
    job = BatchJob.from_dict(fields, base_dir=folder)
    spool = folder / "spool"
    with ExitStack() as patches:
        for module, name, value in (
            (regroup, "MEMORY_LIMIT", budget[0]),
            (sorted_runs, "MAX_RUNS_MERGED", budget[1]),
            (raw_records, "CHUNK_BYTES", 16),
            (blocks, "FIRST_BLOCK_BYTES", 16),
            (blocks, "LARGEST_BLOCK_BYTES", 32),
        ):
            patches.enter_context(mock.patch.object(module, name, value))
        plan = plan_source(job, 2, spool)
        recipes = list(plan.recipes)
    reader = reader_for(plan.manifest, spool)
    batches = [reader.read(recipe) for recipe in recipes]
    assert plan.size == sum(len(batch.bytes()) for batch in batches)
    return batches


def check(batches, records, key_of, packed):
    """See that the batches are the records, grouped, and packed no looser and no tighter than asked for."""
    groups = {}
    for record in records:
        groups.setdefault(key_of(record), []).append(record)
    keyed = [amounts(batch, key_of, "batch_bytes" in packed) for batch in batches]
    assert list(chain.from_iterable(keyed)) == sorted(groups, key=str.encode)  # so none is in two batches
    found = [record for batch in batches for record in batch]
    assert found == [record for keys in keyed for key in keys for record in groups[key]]
    most = max(packed.values(), default=0)
    for keys in keyed:
        assert len(keys) == 1 or sum(keys.values()) <= most
    for keys, following in pairwise(keyed):
        assert sum(keys.values()) + next(iter(following.values())) > most


def amounts(batch, key_of, in_bytes):
    """Return how many records or bytes each key of a batch has."""
    found = Counter()
    for record, (start, stop) in zip(batch, batch.records(), strict=True):
        found[key_of(record)] += stop - start if in_bytes else 1
    return found


@st.composite
def lines(draw):
    separator = draw(st.sampled_from([" ", "\t", " \t "]))
    fields = [draw(st.sampled_from(["", " "])) + draw(st.sampled_from(KEYS)) for _ in range(draw(st.integers(1, 3)))]
    return separator.join(fields) + draw(st.sampled_from(["", " ", "\r"]))


@st.composite
def texts(draw):
    """Return an encoding, and files in it of lines that have an end, except the last, which may have one."""
    encoding = draw(st.sampled_from(ENCODINGS))
    files = []
    for _ in range(draw(st.integers(1, 3))):
        found = draw(st.lists(lines(), max_size=12))
        body = "".join(line + draw(st.sampled_from(["\n", "\r\n"])) for line in found)
        body = body if draw(st.booleans()) else body.removesuffix("\n")
        codec = draw(st.sampled_from(["utf-16-le", "utf-16-be"])) if encoding == "utf-16" else encoding
        mark = "\ufeff".encode(codec) if encoding in ("utf-8", "utf-16") else b""
        text = body.encode(codec, "ignore").decode(codec)
        files.append((mark + text.encode(codec), text))
    return encoding, files


def text_records(text):
    found = re.split("\r?\n", text)
    return found if found[-1] else found[:-1]


@deterministic
@given(texts(), packing, budgets, st.integers(1, 3))
def test_lines_by_key(texts, packed, budget, number):
    encoding, files = texts
    records = [record for _, text in files for record in text_records(text)]
    fields = {record: re.split("[ \t]+", record.strip(" \t")) for record in records}
    number = min([number, *(len(found) for found in fields.values())])
    if any(not found[number - 1] for found in fields.values()):
        return  # a line whose characters the encoding does not have
    with TemporaryDirectory() as folder:
        for index, (data, _) in enumerate(files):
            Path(folder, f"{index}.txt").write_bytes(data)
        source = {"type": "text", "path": "*.txt", "encoding": encoding}
        batches = read(Path(folder), source, {"batch_key": number, **packed}, budget)
        check(batches, records, lambda record: fields[record][number - 1], packed)


@st.composite
def tables(draw):
    """Return a dialect, an encoding, and files of rows."""
    delimiter, quotechar = draw(st.sampled_from([(",", '"'), (";", "'"), ("\t", ""), ("漢", '"'), ("|", "?")]))
    encoding = draw(st.sampled_from(["utf-8", "utf-16", "utf-32-be", "shift_jis"]))
    alphabet = "ab1 " if not quotechar else f"ab1 \n\r{delimiter}{quotechar}"
    value = st.one_of(st.sampled_from(["a", "b", "漢字"]), st.text(alphabet, max_size=4))
    files = []
    for _ in range(draw(st.integers(1, 3))):
        rows = draw(st.lists(st.tuples(value, value), max_size=8))
        end = draw(st.sampled_from(["\n", "\r\n", "\r", "\n\n"]))
        written = io.StringIO()
        quoting = csv.QUOTE_ALL if quotechar else csv.QUOTE_NONE
        writer = csv.writer(
            written, delimiter=delimiter, quotechar=quotechar or None, quoting=quoting, lineterminator=end
        )
        rows = [row for row in rows if quotechar or delimiter not in "".join(row)]
        writer.writerows([("key", "value"), *rows])
        text = written.getvalue()
        text = text if draw(st.booleans()) else text.removesuffix(end)
        codec = draw(st.sampled_from(["utf-16-le", "utf-16-be"])) if encoding == "utf-16" else encoding
        mark = "\ufeff" if encoding == "utf-16" else ""
        files.append(((mark + text).encode(codec), [dict(zip(("key", "value"), row, strict=True)) for row in rows]))
    source = {"type": "csv", "path": "*.csv", "encoding": encoding, "delimiter": delimiter, "quotechar": quotechar}
    return source, files


@deterministic
@given(tables(), packing, budgets, st.sampled_from([("key", "key"), ("value", 2)]))
def test_rows_by_key(tables, packed, budget, column):
    source, files = tables
    name, given_as = column
    with TemporaryDirectory() as folder:
        for index, (data, _) in enumerate(files):
            Path(folder, f"{index}.csv").write_bytes(data)
        batches = read(Path(folder), source, {"batch_key": given_as, **packed}, budget)
        check(batches, [row for _, rows in files for row in rows], lambda row: row[name], packed)


@st.composite
def times(draw):
    """Return tenths of a second after the epoch, and one of the ways to write them."""
    tenths = draw(st.one_of(st.integers(-40, 40), st.integers(-(10**10), 10**11)))
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=100 * tenths)
    ways = [
        f"{Decimal(tenths) / 10:f}",
        time.isoformat().replace("+00:00", "Z"),
        time.replace(tzinfo=None).isoformat(),
        time.astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat().replace(".", ","),
    ]
    return tenths, draw(st.sampled_from(ways))


@deterministic
@given(st.lists(times(), max_size=20), st.sampled_from([0.1, 0.3, 1, 5.0, 3600, 86400]), budgets)
def test_windows(times, seconds, budget):
    windows = {}
    for place, (tenths, written) in enumerate(times):
        windows.setdefault(Fraction(tenths, 10) // Fraction(str(seconds)), []).append(f"{place} {written}")
    with TemporaryDirectory() as folder:
        Path(folder, "times.txt").write_text("".join(f"{place} {time}\n" for place, (_, time) in enumerate(times)))
        source = {"type": "text", "path": "times.txt"}
        batches = read(Path(folder), source, {"batch_window": {"seconds": seconds, "column": 2}}, budget)
        assert [list(batch) for batch in batches] == [windows[number] for number in sorted(windows)]
