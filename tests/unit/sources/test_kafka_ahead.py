import pytest

from airflow_unifyweaver.sources.kafka_ahead import Ahead, Metadata
from airflow_unifyweaver.sources.kafka_window import TopicWindow

AHEAD = Ahead(9, 1_432_123_200_000_000, '"} claimed by ü')


@pytest.mark.parametrize("ahead", [None, AHEAD])
@pytest.mark.parametrize("holder", [None, "/runs/{1} claimed by 2"])
def test_metadata_say_what_was_written(ahead, holder):
    metadata = Metadata(ahead, holder)
    assert Metadata.parse(metadata.text()) == metadata


@pytest.mark.parametrize("text", [None, "", "NaN", "{", "{}", '{"stop": 1}', "somebody's", '{"a": 1} claimed by x'])
def test_what_others_have_written_says_nothing(text):
    assert Metadata.parse(text) == Metadata()


def test_a_claim_is_readable():
    assert Metadata(None, "/runs/1").text() == "claimed by /runs/1"
    assert Metadata(Ahead(9, 5, 2), "x").text() == '{"stop": 9, "before": 5, "column": 2}claimed by x'


@pytest.mark.parametrize(("offset", "due", "expected"), [(8, 4, True), (9, 4, False), (8, 5, False)])
def test_what_is_published_ahead(offset, due, expected):
    assert Ahead(9, 5, 1).has(offset, due) is expected


@pytest.mark.parametrize("more", [{}, {"ahead": {1: AHEAD}, "then_ahead": {0: AHEAD, 1: AHEAD}}])
def test_a_run_keeps_what_it_takes(tmp_path, more):
    window = TopicWindow({0: 1, 1: 2}, {0: 1, 1: 5}, **more)
    window.save(tmp_path)
    assert TopicWindow.load(tmp_path) == window
