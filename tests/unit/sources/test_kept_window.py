"""Messages that were taken off a queue, and what is known of them."""

import json

import pytest

from airflow_unifyweaver.run.exchange import Exchange
from airflow_unifyweaver.sources import kept_window
from airflow_unifyweaver.sources.kept_window import KeptWindow, Message
from airflow_unifyweaver.sources.known_ids import FORGOTTEN_SECONDS, KnownIds

A, B = Message(b"a\n", "1", 10.0), Message(b"bb\n", None, 20.5)


@pytest.fixture
def make_window(tmp_path):
    return lambda name="window": KeptWindow(Exchange(tmp_path / name))


@pytest.fixture
def at(monkeypatch):
    """Sets the time."""
    return lambda seconds: monkeypatch.setattr(kept_window.time, "time_ns", lambda: int(seconds * 1e9))


def test_a_window_that_was_never_written_has_nothing(make_window):
    window = make_window()
    assert (window.pieces(), window.is_closed) == ([], False)


def test_messages_are_kept_in_order_with_what_is_known_of_them(make_window):
    window = make_window()
    window.keep("q", [A, B])
    window.keep("q", [A])
    first, second = window.pieces()
    assert window.file(first).read_bytes() == b"a\nbb\n"
    assert window.file(second).read_bytes() == b"a\n"
    assert window.properties(first) == {"queue": "q", "ids": ["1", None], "times": [10.0, 20.5], "sizes": [2, 3]}


def test_a_piece_without_its_messages_is_none(make_window, tmp_path):
    window = make_window()
    window.keep("q", [A])
    (piece,) = window.pieces()
    (tmp_path / "window" / "9-x.properties").write_text(json.dumps({"queue": "q", "ids": ["2"]}))
    (tmp_path / "window" / ".8-x.messages.part").write_text("b\n")
    assert window.pieces() == [piece]


def test_a_closed_window_is_closed_for_all(make_window):
    make_window().close()
    assert make_window().is_closed


@pytest.mark.parametrize("is_closed", [False, True])
def test_a_window_inherits_another_as_it_is(make_window, is_closed):
    old, new = make_window("old"), make_window("new")
    old.keep("q", [A, B])
    old.keep("q", [A])
    if is_closed:
        old.close()
    new.inherit(old)
    assert new.pieces() == old.pieces()
    assert [new.file(piece).read_bytes() for piece in new.pieces()] == [b"a\nbb\n", b"a\n"]
    assert [new.properties(piece) for piece in new.pieces()] == [old.properties(piece) for piece in old.pieces()]
    assert new.is_closed == is_closed


def test_a_window_is_of_the_queue_that_its_messages_are_of(make_window):
    window = make_window()
    assert not window.is_of("q")
    window.keep("q", [A])
    assert (window.is_of("q"), window.is_of("other")) == (True, False)
    window.keep("other", [A])
    assert not window.is_of("q")


@pytest.fixture
def known():
    found = []

    def known(*windows, queue="q"):
        found.append(KnownIds(queue, lambda: windows))
        return found[-1]

    yield known
    for one in found:
        one.close()


def test_ids_of_all_windows_are_known(make_window, known):
    one, two = make_window("1"), make_window("2")
    one.keep("q", [A])
    one.close()
    two.keep("q", [Message(b"", "2", 0.0)])
    ids = known(one, two, make_window("3"))
    assert [ids.was_taken(name) for name in ("1", "2", "3")] == [True, True, False]
    assert (ids.dropped, ids.doubtful) == (2, 0)


def test_an_id_that_is_not_utf_8_is_known_and_no_other(make_window, known):
    window = make_window()
    window.keep("q", [Message(b"", "\udcff", 0.0)])
    ids = known(window)
    assert [ids.was_taken(name) for name in ("\udcff", "\udcfe", "ÿ", "\\xff")] == [True, False, False, False]


def test_ids_of_other_queues_mean_nothing(make_window, known):
    window = make_window()
    window.keep("other", [A])
    assert not known(window).was_taken("1")


def test_messages_without_an_id_are_doubtful_only_where_such_were_taken(make_window, known):
    with_ids, without = make_window("1"), make_window("2")
    with_ids.keep("q", [A])
    without.keep("q", [B])
    assert not known(with_ids).was_taken(None)
    ids = known(with_ids, without)
    assert not ids.was_taken(None)
    assert ids.doubtful == 1


def test_acknowledgements_that_no_broker_can_have_forgotten_are_not_known(make_window, known, at):
    closed, left = make_window("closed"), make_window("left")
    at(1_000_000)
    closed.keep("q", [Message(b"", "closed old", 0.0)])
    left.keep("q", [Message(b"", "left old", 0.0)])
    at(1_000_001 + FORGOTTEN_SECONDS)
    closed.keep("q", [Message(b"", "closed new", 0.0)])
    closed.close()
    ids = known(closed, left)
    assert [ids.was_taken(name) for name in ("closed new", "left old", "closed old")] == [True, True, False]
