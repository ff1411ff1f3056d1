import json
import os

import pytest

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.http_batch import HttpBatch, Item

ITEMS = [Item("http://x/1", {"id": 1}), Item("http://x/1", {"id": 2, "name": "é"}), Item("http://x/2", {"id": 3})]
LINES = '{"id":1}\n{"id":2,"name":"é"}\n{"id":3}\n'.encode()


@pytest.fixture
def batch(tmp_path):
    asked = []

    def make(items):
        def coming():
            for item in items:
                asked.append(item)
                yield item

        batch = HttpBatch(coming(), tmp_path / "kept" / "0-9.jsonl")
        batch.asked = asked
        return batch

    return make


def test_records_are_asked_for_one_by_one_and_only_once(batch):
    one = batch(ITEMS)
    first = iter(one)
    assert next(first) == {"id": 1}
    assert one.asked == ITEMS[:1]
    assert list(one) == list(one) == [item.record for item in ITEMS]
    assert next(first) == ITEMS[1].record
    assert one.asked == ITEMS


def test_the_whole_batch_in_other_forms(batch):
    one = batch(ITEMS)
    assert one.bytes() == LINES
    assert one.arrow().to_pylist() == [{"id": 1, "name": None}, {"id": 2, "name": "é"}, {"id": 3, "name": None}]
    assert list(one.pandas()["id"]) == [1, 2, 3]
    assert not one.is_empty()


def test_without_records_it_is_empty(batch):
    assert batch([]).is_empty()
    assert batch([]).bytes() == b""


def test_a_command_gets_lines(batch):
    read_end, write_end = os.pipe()
    batch(ITEMS).feed(write_end)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as file:
        assert file.read() == LINES


def test_a_url_without_an_answer_fails_where_its_records_would_be(batch):
    records = iter(batch([ITEMS[0], Item("http://x/9", None, "http://x/9: gone"), ITEMS[2]]))
    assert next(records) == {"id": 1}
    with pytest.raises(SourceError, match=r"^http://x/9: gone$"):
        next(records)


def test_single_records_are_picked_and_described(batch):
    one = batch([*ITEMS, Item("http://x/9", None, "http://x/9: gone"), Item("http://x/3", "x" * 2000)])
    places = one.records()
    assert places == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]
    assert list(one.pick([places[0], places[2]])) == [{"id": 1}, {"id": 3}]
    assert one.pick([]).is_empty()
    assert one.describe(places[1]) == {"url": "http://x/1", "content": '{"id":2,"name":"é"}'}
    assert one.describe(places[3]) == {"url": "http://x/9", "content": ""}
    assert len(one.describe(places[4])["content"]) == 1000


def test_records_that_are_looked_at_singly_are_kept(batch, tmp_path):
    kept = tmp_path / "kept" / "0-9.jsonl"
    batch(ITEMS).records()
    assert [Item(*json.loads(line)) for line in kept.read_text().splitlines()] == ITEMS
    written = kept.stat().st_mtime_ns
    batch(ITEMS).records()
    assert kept.stat().st_mtime_ns == written
    assert [file.name for file in kept.parent.iterdir()] == [kept.name]
