import threading
import time

import pytest

from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.monitor.refreshed import LoadingError, Refreshed


def until(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Server:
    """Answers with the numbers of its answers, when it may.

    :param answers: whether it may from the begin.
    """

    def __init__(self, *, answers=True):
        self.may = threading.Event()
        self.asked = self.answered = 0
        self.broken = False
        if answers:
            self.may.set()

    def __call__(self):
        self.asked += 1
        self.may.wait()
        self.answered += 1
        if self.broken:
            raise RunError("no")
        return self.answered


def test_what_is_there_at_once_is_had_at_once():
    assert Refreshed(Server(), 60).value() == 1


def test_what_is_got_anew_at_once_is_never_old():
    value = Refreshed(Server(), 0)
    assert [value.value() for _ in range(3)] == [1, 2, 3]


def test_what_takes_longer_is_loading_and_is_asked_for_once():
    server = Server(answers=False)
    value = Refreshed(server, 60)
    for _ in range(3):
        with pytest.raises(LoadingError):
            value.value()
    server.may.set()
    until(lambda: server.answered)
    assert value.value() == 1
    assert server.asked == 1


def test_while_it_is_got_anew_the_old_value_is_shown():
    server = Server()
    value = Refreshed(server, 0)
    assert value.value() == 1
    server.may.clear()
    assert [value.value() for _ in range(3)] == [1, 1, 1]
    server.may.set()
    until(lambda: value.value() > 1)


def test_what_is_too_old_is_loading():
    server = Server()
    value = Refreshed(server, 0, lasting=0.2)
    assert value.value() == 1
    server.may.clear()
    value.value()
    time.sleep(0.3)
    with pytest.raises(LoadingError):
        value.value()
    server.may.set()
    until(lambda: server.answered > 1)


def test_an_error_is_told_until_it_is_over():
    server = Server()
    server.broken = True
    value = Refreshed(server, 0)
    with pytest.raises(RunError, match="no"):
        value.value()
    server.broken = False

    def is_over():
        try:
            return value.value()
        except RunError:
            return False

    until(is_over)


def test_it_takes_no_more_than_its_share_of_the_time():
    server = Server(answers=False)
    value = Refreshed(server, 0, share=0.001)
    with pytest.raises(LoadingError):
        value.value()
    server.may.set()
    until(lambda: server.answered)
    for _ in range(20):
        value.value()
        time.sleep(0.01)
    assert server.asked == 1
