"""Whatever JSON a file holds and however it is laid out, its batches are its values, and what is broken is found."""

import codecs
import json
import math
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.job.batch import Batch
from airflow_unifyweaver.sources import blocks, json_text, json_walk
from airflow_unifyweaver.sources.json_array import compact
from airflow_unifyweaver.sources.registry import plan_source, reader_for

deterministic = settings(derandomize=True, deadline=None, max_examples=300, database=None)

# As JSON reads it back, in which a high surrogate and a low one are one character.
TEXTS = st.text('a"\\,:[]{}/~\n\x00é漢😀\u2028\ud800\udc00', max_size=6).map(lambda text: json.loads(json.dumps(text)))
NUMBERS = st.one_of(st.integers(), st.floats(allow_nan=False), st.sampled_from([math.inf, -math.inf, 10**40]))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
LAYOUTS = st.fixed_dictionaries(
    {
        "indent": st.sampled_from([None, 0, 1, "\t"]),
        "separators": st.sampled_from([(",", ":"), (", ", ": "), (" ,\r\n", " :\t")]),
        "ensure_ascii": st.booleans(),
    }
)
CUTS = st.one_of(
    st.builds(lambda n: {"batch_size": n, "batch_bytes": None}, st.integers(1, 6)),
    st.builds(lambda n: {"batch_size": None, "batch_bytes": n}, st.integers(1, 40)),
    st.just({"batch_size": None, "batch_bytes": None}),
)
BLOCKS = st.sampled_from([2, 7, 64])
LARGEST = st.sampled_from([1, 20, 1000])


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("json") / "data.json"


@pytest.fixture(scope="module")
def sizes():
    with pytest.MonkeyPatch.context() as patch:

        def set_sizes(block, largest):
            patch.setattr(json_text, "BLOCK_BYTES", block)
            patch.setattr(json_walk, "LARGEST_WHOLE", largest)
            for name in ("FIRST_BLOCK_BYTES", "LARGEST_BLOCK_BYTES"):
                patch.setattr(blocks, name, block)

        yield set_sizes


def as_utf8(value, layout):
    return re.sub("[\ud800-\udfff]", lambda c: f"\\u{ord(c[0]):04x}", json.dumps(value, **layout)).encode()


def batches(path, pointer, cut):
    job = SimpleNamespace(
        source=SimpleNamespace(type="json", path=str(path), pointer=pointer),
        batch=Batch(**cut),
        resolve=lambda name: name,
    )
    plan = plan_source(job, 2, Path("no spool"))
    reader = reader_for(json.loads(json.dumps(plan.manifest)), Path("no spool"))
    return [reader.read(recipe) for recipe in plan.recipes]


def repeated(value):
    return json.dumps(value)  # NaN and floats of one spelling are one, 1 and 1.0 are two


def check_sizes(found, spans, cut):
    if cut["batch_size"]:
        assert all(len(values) == cut["batch_size"] for values in found[:-1])
        assert all(0 < len(values) <= cut["batch_size"] for values in found)
    elif cut["batch_bytes"]:
        for batch in spans[:-1]:
            assert batch[-1][1] - batch[0][0] >= cut["batch_bytes"]
            assert len(batch) == 1 or batch[-2][1] - batch[0][0] < cut["batch_bytes"]


def put_into(values, steps, beside):
    """Return a document with the values at the end of steps, each a key or an index, and other things around."""
    document, tokens = values, []
    for step in reversed(steps):
        others = [(key, value) for key, value in beside.items() if key != step]
        if isinstance(step, str):
            document = dict([*others[::2], (step, document), *others[1::2]])
            tokens.append(step.replace("~", "~0").replace("/", "~1"))
        else:
            before = list(beside.values())[:step]
            document = [*before, document, *beside.values()]
            tokens.append(str(len(before)))
    return document, "".join("/" + token for token in reversed(tokens))


@deterministic
@given(
    st.lists(VALUES, max_size=8),
    st.lists(st.one_of(TEXTS, st.integers(0, 2)), max_size=3),
    st.dictionaries(TEXTS, VALUES, max_size=3),
    LAYOUTS,
    CUTS,
    BLOCKS,
    LARGEST,
    st.booleans(),
)
def test_batches_of_an_array_are_its_elements(path, sizes, values, steps, beside, layout, cut, block, largest, marked):
    sizes(block, largest)
    document, pointer = put_into(values, steps, beside)
    data = as_utf8(document, layout)
    path.write_bytes(codecs.BOM_UTF8 * marked + data + b"\n")

    found = batches(path, pointer, cut)

    values = [repeated(value) for value in values]
    assert [repeated(value) for batch in found for value in batch] == values
    assert [repeated(v) for batch in found for v in json.loads(b"[" + batch.bytes() + b"]")] == values
    file = path.read_bytes()
    spans = [batch.records() for batch in found]
    assert [repeated(json.loads(file[start:stop])) for batch in spans for start, stop in batch] == values
    assert all(file[batch[0][0] : batch[-1][1]] == one.bytes() for one, batch in zip(found, spans, strict=True))
    check_sizes(spans, spans, cut)
    lines = b"".join(piece for batch in found for piece in batch._lines()).splitlines()
    assert [repeated(json.loads(line)) for line in lines] == values
    assert [compact(line) for line in lines] == lines
    for batch, places in zip(found, spans, strict=True):
        picked = batch.pick(places[::2])
        assert [repeated(value) for value in picked] == [repeated(value) for value in batch][::2]
        assert [repeated(value) for value in json.loads(b"[" + picked.bytes() + b"]")] == list(map(repeated, picked))


@deterministic
@given(
    VALUES,
    LAYOUTS,
    st.integers(0, 1000),
    st.sampled_from(["cut", "drop", *',]}["x\n1\\\x00é']),
    st.sampled_from(["/a", "/b"]),
    BLOCKS,
    LARGEST,
)
def test_a_broken_document_is_found_where_it_breaks(path, sizes, value, layout, place, change, pointer, block, largest):
    sizes(block, largest)
    text = as_utf8({"a": [value], "b": [value]}, layout).decode()
    place %= len(text)
    text = text[:place] + {"cut": "", "drop": text[place + 1 :]}.get(change, change + text[place:])
    path.write_text(text, encoding="utf-8", newline="")
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        expected, message = len(text[: error.pos].encode()), error.msg
    else:
        assume(isinstance(document.get(pointer[1:]), list))
        found = batches(path, pointer, {"batch_size": 1, "batch_bytes": None})
        assert [repeated(item) for batch in found for item in batch] == list(map(repeated, document[pointer[1:]]))
        return

    with pytest.raises(SourceError) as caught:
        batches(path, pointer, {"batch_size": 1, "batch_bytes": None})

    found = str(caught.value)
    assert found.startswith(f"{path}: ")
    assume("source.pointer" not in found)  # the change may have cut off what is pointed to, too
    offset = int(re.search(r": .*byte (\d+)", found)[1])
    # Where a string is too long to be held, what is wrong within it is told, and not where it starts.
    is_in_long_string = "no string has" in found or "unterminated string" in found
    assert offset == expected or (is_in_long_string and offset >= expected - 1), (message, found)


LINES = st.lists(
    st.one_of(VALUES.map(lambda value: as_utf8(value, {}).decode()), st.sampled_from(["", " \t", "\r"])), max_size=12
)


@deterministic
@given(LINES, st.sampled_from(["\n", "\r\n", " \n\t"]), st.booleans(), CUTS, BLOCKS, st.booleans())
def test_batches_of_lines_are_the_file_and_its_values(path, sizes, lines, line_end, ended, cut, block, marked):
    sizes(block, 1000)
    data = (line_end.join(lines) + line_end * ended).encode()
    path.write_bytes(codecs.BOM_UTF8 * marked + data)
    values = [repeated(json.loads(line)) for line in lines if line.strip()]

    found = batches(path, None, cut)

    records = [[repeated(value) for value in batch] for batch in found]
    assert sum(records, []) == values
    assert b"".join(batch.bytes() for batch in found) == (data if values or not cut["batch_size"] else b"")
    assert [batch.is_empty() for batch in found] == [not batch for batch in records]
    if cut["batch_size"]:
        check_sizes(records, [], cut)
    file = path.read_bytes()
    for batch, whole in zip(found, records, strict=True):
        places = batch.records()
        assert [repeated(json.loads(file[start:stop])) for start, stop in places] == whole
        assert [repeated(value) for value in batch.pick(places[1::2])] == whole[1::2]
        assert all(b"\n" not in file[start : stop - 1] for start, stop in places)


COLUMN_VALUES = st.one_of(
    st.lists(st.integers(-(2**63), 2**63 - 1) | st.none(), max_size=5),
    st.lists(st.integers(-9, 9) | st.floats(allow_nan=False) | st.none(), max_size=5),
    st.lists(
        st.sampled_from(["2020-01-01", "2020-01-01 12:00:00", "x", 'é"\n', "}\n{", "Inf"]) | st.none(), max_size=5
    ),
    st.lists(st.lists(st.integers(0, 3) | st.none(), max_size=2), max_size=5),
    st.lists(st.fixed_dictionaries({"k": st.integers()}, optional={"t": st.just("2020-01-01")}), max_size=5),
    st.lists(VALUES, max_size=3),
)


@deterministic
@given(st.dictionaries(st.sampled_from("abc"), COLUMN_VALUES, min_size=1), st.booleans(), BLOCKS)
def test_tables_hold_the_values(path, sizes, by_name, pointed, block):
    sizes(block, 1000)
    rows = [
        {name: values[number] for name, values in by_name.items() if number < len(values)}
        for number in range(max(map(len, by_name.values())))
    ]
    rows = json.loads(json.dumps(rows))
    data = json.dumps(rows, indent=1) if pointed else "\n".join(map(json.dumps, rows))
    path.write_text(data)
    for batch in batches(path, "" if pointed else None, {"batch_size": 100, "batch_bytes": None}):
        try:
            table = batch.arrow()
        except SourceError:
            continue
        names = list(dict.fromkeys(name for row in rows for name in row))
        assert table.column_names == names
        if names:
            assert [drop_nulls(row) for row in table.to_pylist()] == [drop_nulls(row) for row in rows]


def drop_nulls(value):
    """Leave out members that are null, as those of other rows are in each."""
    if isinstance(value, dict):
        return {name: drop_nulls(item) for name, item in value.items() if item is not None}
    return [drop_nulls(item) for item in value] if isinstance(value, list) else value
