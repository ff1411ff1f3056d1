"""What a slot makes of the tickets that come through its socket."""

import socket
from types import SimpleNamespace

import pytest

from airflow_unifyweaver.backends import slot
from airflow_unifyweaver.run.backend import Ticket


class HeardWorker:
    """Notes each ticket, and whether another one was said to be at hand."""

    def __init__(self):
        self.heard = []

    def process(self, ticket, *, more):
        self.heard.append((ticket.index, more))


@pytest.fixture
def work(monkeypatch):
    worker = HeardWorker()
    monkeypatch.setattr(slot, "Worker", lambda *_: worker)

    def work(*parts, hang_up=False):
        ours, theirs = socket.socketpair()
        with theirs:
            for part in parts:
                ours.send(part)
            ours.close() if hang_up else ours.shutdown(socket.SHUT_WR)
            slot._work(theirs, SimpleNamespace(work=SimpleNamespace(prepare=lambda: None)), 1)
        ours.close()
        return worker.heard

    return work


def test_tickets_that_came_together_are_at_hand(work):
    assert work(b"".join(Ticket(index, 1, b"{}").to_line() for index in range(2)))[0] == (0, True)


def test_a_ticket_that_waits_in_the_socket_is_at_hand(work):
    long = [Ticket(index, 1, b"r" * 40_000).to_line() for index in range(2)]
    assert work(*long)[0] == (0, True)


def test_nothing_is_done_for_a_coordinator_that_is_gone(work):
    assert work(Ticket(0, 1, b"{}").to_line(), hang_up=True) == []
