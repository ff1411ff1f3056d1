import pytest

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.http_answer import Answer


def answer(body=b"", charset=None, status=200):
    return Answer("http://x/1", "http://x/2", status, {"content-type": "text/plain", "etag": '"v"'}, charset, [], body)


def test_an_answer_is_a_record():
    assert answer("é".encode()).record(None) == {
        "url": "http://x/1",
        "final_url": "http://x/2",
        "status": 200,
        "content_type": "text/plain",
        "etag": '"v"',
        "text": "é",
    }


@pytest.mark.parametrize(
    ("body", "charset", "encoding"),
    [
        (b"\xe9", "latin-1", None),
        (b"\xe9", "utf-8", "latin-1"),
        (b"\xef\xbb\xbf\xc3\xa9", "UTF-8", None),
        (b"\xff\xfe\xe9\x00", "utf-16", None),
    ],
)
def test_text_is_decoded_as_the_job_or_the_answer_says(body, charset, encoding):
    assert answer(body, charset).record(encoding)["text"] == "é"


@pytest.mark.parametrize(
    ("charset", "message"),
    [
        (None, "http://x/1: byte 1 cannot be decoded as utf-8 .*; set source.encoding"),
        ("klingon", "http://x/1: the answer is in 'klingon', which Python does not know; set source.encoding"),
        ("hex", "http://x/1: the answer is in 'hex', which Python does not know; set source.encoding"),
    ],
)
def test_text_that_cannot_be_decoded(charset, message):
    with pytest.raises(SourceError, match=message):
        answer(b"a\xff", charset).record(None)


def test_records_are_the_items_of_an_array():
    assert answer(b'{"data": [1, {"a": null}]}').records("/data") == [1, {"a": None}]
    assert answer(b"[]").records("") == []
    assert answer(status=204).records("/data") == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>", "http://x/1: the answer is not JSON: Expecting value"),
        (b"[1] x", "http://x/1: the answer is not JSON: Extra data"),
        (b'{"data": "\xff"}', "http://x/1: the answer is not JSON"),
        (b"[" * 100_000, "http://x/1: the answer is not JSON"),
        (b'{"date": []}', "http://x/1: there is nothing at '/data'; check source.records"),
        (b'{"data": {}}', "http://x/1: there is something else than an array at '/data'; check source.records"),
    ],
)
def test_answers_without_such_records(body, message):
    with pytest.raises(SourceError, match=message):
        answer(body).records("/data")


def test_a_cursor_need_not_be_there():
    assert answer(b'{"next": 7}').optional_value_at("/next") == 7
    assert answer(b"{}").optional_value_at("/next") is None


def test_a_status_is_said_in_words_if_it_has_any():
    assert answer(status=404).reason == "404 Not Found"
    assert answer(status=599).reason == "599"
