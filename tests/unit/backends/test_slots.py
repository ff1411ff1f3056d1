"""One slot from the coordinator's side."""

import socket

import pytest

from airflow_unifyweaver.backends.slots import Slot
from airflow_unifyweaver.run.backend import Ticket

TICKETS = [Ticket(0, 1, b'{"file":0}'), Ticket(1, 2, b'{"note":"a b\\n"}')]


@pytest.fixture
def ends():
    """Both ends of a connection: the slot's as the coordinator has it, and the process's."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_tickets_round_trip():
    assert [Ticket.from_line(ticket.to_line().rstrip(b"\n")) for ticket in TICKETS] == TICKETS


def test_what_is_queued_before_the_process_is_up_is_sent_when_it_is(ends):
    ours, theirs = ends
    slot = Slot(1)
    slot.give(TICKETS)
    slot.connect(ours, 0, b"spec")
    assert theirs.recv(1000) == b"spec" + b"".join(ticket.to_line() for ticket in TICKETS)
    slot.next()
    assert list(slot.queue) == TICKETS[1:]


def test_lines_are_put_together_from_pieces(ends):
    ours, theirs = ends
    slot = Slot(1)
    slot.connect(ours, 0, b"")
    theirs.sendall(b"one\ntw")
    assert slot.read() == [b"one"]
    theirs.sendall(b"o\nthree\n")
    assert slot.read() == [b"two", b"three"]
    theirs.close()
    assert slot.read() is None


def test_a_process_that_is_gone_before_it_has_what_it_needs_is_no_error(ends):
    ours, theirs = ends
    theirs.close()
    slot = Slot(1)
    slot.give(TICKETS)
    slot.connect(ours, 0, b"spec")
    assert slot.read() is None
    assert list(slot.queue) == TICKETS


def test_a_process_that_is_gone_is_no_error_when_it_is_given_tickets(ends):
    ours, theirs = ends
    slot = Slot(1)
    slot.connect(ours, 0, b"")
    theirs.close()
    slot.give(TICKETS)
    assert list(slot.queue) == TICKETS
