import json
import os
import re

import pytest

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources import json_walk
from airflow_unifyweaver.sources.json_array import compact
from airflow_unifyweaver.sources.registry import plan_source

DOCUMENT = b"""\
{"skipped": {"items": [{}, "]"], "n": -1.5e+3},
 "data": {"it/ems~": [
   {"id": 1, "name": "a \\" ] }"},
   [2,
    3] , 1E400,"\xc3\xa9"
 ], "more": null},
 "count": 4}
"""


@pytest.fixture
def values(tmp_path, read):
    """The values of a file in batches."""

    def read_values(data, pointer=None, **cut):
        (tmp_path / "a.json").write_bytes(data)
        return [list(batch) for batch in read(type="json", pointer=pointer, **cut)]

    return read_values


def feed(batch):
    receiver, sender = os.pipe()
    batch.feed(sender)
    os.close(sender)
    with os.fdopen(receiver, "rb") as file:
        return file.read()


def test_lines_are_values_and_blank_ones_are_not(values):
    data = b'\xef\xbb\xbf\n{"a": "\xc3\xa9"}\r\n \t\r\n[1,2] \n\n"x"\n 4'
    expected = [{"a": "é"}, [1, 2], "x", 4]
    assert values(data) == [expected]
    assert values(data, batch_size=3) == [expected[:3], expected[3:]]
    assert sum(values(data, batch_bytes=5), []) == expected


def test_a_file_of_blank_lines_has_no_records(tmp_path, read):
    (tmp_path / "a.json").write_bytes(b"\n \n\t\r\n")
    assert read(type="json", pointer=None, batch_size=1) == []
    (batch,) = read(type="json", pointer=None)
    assert batch.is_empty()


def test_lines_are_fed_as_they_stand(tmp_path, read):
    (tmp_path / "a.json").write_bytes(b'{"a":  1.10}\r\n\n[2]')
    (batch,) = read(type="json", pointer=None)
    assert feed(batch) == batch.bytes() == b'{"a":  1.10}\r\n\n[2]'


@pytest.mark.parametrize(
    ("line", "offset", "reason"),
    [
        (b'{"a": 1', 7, "expecting ',' delimiter"),
        (b"x", 0, "expecting value"),
        (b"1 2", 2, "extra data"),
        ('"é" é'.encode(), 5, "extra data"),
        (b'{"a": "b', 6, "unterminated string"),
        (b'"\x01"', 1, "invalid control character"),
        (b"  nul", 2, "expecting value"),
        (b"[" * 100_000, 0, "nested more deeply than Python reads"),
        (b"9" * 5000, 0, "an integer of more digits than Python reads"),
    ],
)
def test_a_line_that_is_no_json_is_named_by_its_offset(tmp_path, read, line, offset, reason):
    good = '"é"\n\n'.encode()
    (tmp_path / "a.json").write_bytes(good + line + b"\n2\n")
    bad = read(type="json", pointer=None, batch_size=1)[1]
    with pytest.raises(SourceError) as caught:
        list(bad)
    message = f"byte {len(good) + offset} cannot be read as JSON ({reason}); repair the line, or set source.pointer"
    assert str(caught.value).startswith(f"{tmp_path}/a.json: {message}")


@pytest.mark.parametrize("pointer", [None, ""])
def test_json_is_utf8(values, pointer):
    with pytest.raises(SourceError, match=r"a.json: byte 2 cannot be decoded as utf-8 .* convert it to utf-8"):
        values(b'["\xe9"]', pointer)


def test_a_pointer_leads_to_an_array(tmp_path, read, values):
    pointer = "/data/it~1ems~0"
    expected = [{"id": 1, "name": 'a " ] }'}, [2, 3], float("inf"), "é"]
    assert values(DOCUMENT, pointer) == [expected]
    assert values(DOCUMENT, pointer, batch_size=3) == [expected[:3], expected[3:]]
    batches = read(type="json", pointer=pointer, batch_bytes=31)
    assert [batch.bytes() for batch in batches] == [
        b'{"id": 1, "name": "a \\" ] }"},\n   [2,\n    3]',
        '1E400,"é"'.encode(),
    ]


@pytest.mark.parametrize("data", [b"[]", b" [ ] \n", b'{"a": [], "b": [1]}'])
def test_an_empty_array_has_no_batches(values, data):
    assert values(data, "/a" if b"a" in data else "") == []


def test_an_index_is_a_step_of_a_pointer(values):
    assert values(b'[1, [[], {"": [5, 6]}]]', "/1/1/") == [[5, 6]]


def test_elements_are_fed_as_a_line_each(tmp_path, read):
    (tmp_path / "a.json").write_bytes(DOCUMENT)
    (batch,) = read(type="json", pointer="/data/it~1ems~0")
    assert feed(batch) == '{"id":1,"name":"a \\" ] }"}\n[2,3]\n1E400\n"é"\n'.encode()
    first, _, third, _ = batch.records()
    picked = batch.pick([first, third])
    assert feed(picked) == b'{"id":1,"name":"a \\" ] }"}\n1E400\n'
    assert batch.describe(third) == {
        "file": str(tmp_path / "a.json"),
        "offset": DOCUMENT.index(b"1E400"),
        "length": 5,
        "content": "1E400",
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b'{ "a b" : [ 1 ,\n\t2 ] }', b'{"a b":[1,2]}'),
        (b'[ "a \\\\" , " \\" , \\u0020" ]', b'["a \\\\"," \\" , \\u0020"]'),
        (b'" "', b'" "'),
        (b"1.0", b"1.0"),
    ],
)
def test_compact_leaves_everything_but_blanks(value, expected):
    assert compact(value) == expected
    assert json.loads(expected) == json.loads(value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the JSON document breaks off at byte 0 (expecting value); get the whole file"),
        (b"[1, 2", "the JSON document breaks off at byte 5 (expecting ',' delimiter); get the whole file"),
        (b"[1, 2,", "the JSON document breaks off at byte 6 (expecting value); get the whole file"),
        (b'[1, "ab', "byte 4 cannot be read as JSON (unterminated string); repair the file"),
        (b"[1, 2,]", "byte 6 cannot be read as JSON (expecting value); repair the file"),
        (b"[1 2]", "byte 3 cannot be read as JSON (expecting ',' delimiter); repair the file"),
        (b"[1]\n]", "byte 4 cannot be read as JSON (something follows the document); repair the file"),
        (b"[" * 100_000, "byte 1 cannot be read as JSON (nested more deeply than Python reads); repair the file"),
    ],
)
def test_a_broken_document_is_named_by_its_offset(tmp_path, values, data, message):
    with pytest.raises(SourceError) as caught:
        values(data, "")
    assert str(caught.value) == f"{tmp_path}/a.json: {message}"


@pytest.mark.parametrize(
    ("pointer", "message"),
    [
        ("/data/itms", "leads nowhere: an object at /data has no 'itms'; did you mean items?"),
        ("/dat", "leads nowhere: an object at the top has no 'dat'; did you mean data?"),
        ("/data/zzz", "leads nowhere: an object at /data has no 'zzz'; known are items, a~1b, none"),
        ("/data/none/x", "leads nowhere: an object at /data/none has no 'x'"),
        ("/data/items/2", "leads nowhere: an array at /data/items has no '2'; its 2 elements count from 0"),
        ("/data/items/0/x", "leads nowhere: a number at /data/items/0 has no 'x'"),
        ("/data/items/1", "leads to a string, not to an array; point to the array of the records"),
        ("/data", "leads to an object, not to an array; the arrays in it are /data/items, /data/a~1b"),
        ("/data/none", "leads to an object, not to an array; point to the array of the records"),
        ("", "leads to an object, not to an array; point to the array of the records"),
    ],
)
def test_a_pointer_that_leads_to_no_array_is_told_what_is_there(tmp_path, values, pointer, message):
    with pytest.raises(SourceError) as caught:
        values(b'{"data": {"items": [1, "x"], "a/b": [], "none": {}}}', pointer)
    assert str(caught.value) == f"{tmp_path}/a.json: source.pointer {pointer!r} {message}"


def test_a_name_on_the_way_that_comes_twice_is_refused(values):
    with pytest.raises(SourceError, match=r"source.pointer '/a' is ambiguous, as an object names 'a' twice"):
        values(b'{"a": [1], "b": 1, "a": [2]}', "/a")


@pytest.mark.parametrize(
    "large",
    [
        "[" + ",".join(["[1, -2.5e-3]", '{"a": [{}], "b": "x"}'] * 500) + "]",
        json.dumps('é😀\\"\n' * 1000),
        json.dumps('é😀\\"\n' * 1000, ensure_ascii=False),
    ],
)
def test_values_of_any_size_are_walked_through(tmp_path, read, monkeypatch, large):
    monkeypatch.setattr(json_walk, "LARGEST_WHOLE", 100)
    (tmp_path / "a.json").write_text(f'{{"x": {large}, "a": [1, {large}, {large}], "y": {large}}}')
    batches = read(type="json", pointer="/a", batch_size=2)
    assert [list(batch) for batch in batches] == [[1, json.loads(large)], [json.loads(large)]]


def test_batches_of_lines_are_planned_without_reading(tmp_path, make_job):
    (tmp_path / "a.json").write_bytes(b"not read\n")
    plan = plan_source(make_job(type="json", pointer=None, batch_bytes=6), 1, tmp_path / "spool")
    assert [(recipe["start"], recipe["stop"]) for recipe in plan.recipes] == [(0, 6), (6, 9)]


@pytest.mark.parametrize("pointer", [None, ""])
def test_a_frame_and_a_table_hold_the_values(tmp_path, read, pointer):
    rows = [{"id": 1, "day": "2020-01-01", "tags": ["x"]}, {"id": 2, "score": 0.5}]
    (tmp_path / "a.json").write_text(json.dumps(rows) if pointer == "" else "\n".join(map(json.dumps, rows)))
    (batch,) = read(type="json", pointer=pointer)
    table = batch.arrow()
    assert [str(kind) for kind in table.schema.types] == ["int64", "string", "list<item: string>", "double"]
    assert table.to_pylist() == [{"score": None, **rows[0]}, {"day": None, "tags": None, **rows[1]}]
    assert batch.pandas()["id"].tolist() == [1, 2]


def test_values_that_are_no_objects_are_one_column(tmp_path, read):
    (tmp_path / "a.json").write_text("[1, 2.5, null]")
    (batch,) = read(type="json", pointer="")
    assert batch.arrow().to_pydict() == {"value": [1, 2.5, None]}
    assert batch.pandas().columns.tolist() == ["value"]


def test_a_column_of_several_types_is_named(tmp_path, read):
    (tmp_path / "a.json").write_text('{"a": 1}\n{"a": "x"}\n')
    (batch,) = read(type="json", pointer=None)
    with pytest.raises(SourceError, match=re.escape(f"{tmp_path}/a.json: the values of 'a' make no column of a table")):
        batch.arrow()
    assert batch.pandas()["a"].tolist() == [1, "x"]
