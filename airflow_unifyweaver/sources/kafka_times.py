"""Windows of the time that Kafka has of each message, as ranges of offsets.

A window ends at the first message of a later time in each partition. Where a producer sets times that go back and
forth, what is behind that message belongs to later windows: no message is in two of them, and none is left out.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from airflow_unifyweaver.sources.kafka_topic import Offsets, Topic
from airflow_unifyweaver.sources.kafka_window import TopicWindow

_MILLION = 1_000_000


def closed_window(topic: Topic, unread: TopicWindow, seconds: float, now: float) -> TopicWindow:
    """Return what belongs to windows of time that are over.

    :param unread: all that there is.
    :param seconds: the length of these windows.
    :param now: the time before the topic was asked for what is unread. By a later one a window may be over that was
        not when its messages were counted: those that came into it in between would be left for another run, and the
        window be in the results of both, whole in neither.
    """
    length = round(seconds * _MILLION)
    return replace(unread, stops=_border(topic, unread, int(now * _MILLION) // length, length))


def windows_of(topic: Topic, window: TopicWindow, seconds: float) -> Iterator[TopicWindow]:
    """Yield each window of time that has messages, in order.

    :param window: what belongs to windows that are over.
    :param seconds: the length of these windows.
    """
    length = round(seconds * _MILLION)
    first = _first_time(topic, window)
    if first is not None:
        last = int(time.time() * _MILLION) // length
        yield from _divided(topic, window, first // length, max(last, first // length + 1), length)


def _divided(topic: Topic, window: TopicWindow, low: int, high: int, length: int) -> Iterator[TopicWindow]:
    """Yield the windows of time from one number up to another; where there is no message, nothing is asked for."""
    if not window.messages:
        return
    if high - low == 1:
        yield window
        return
    middle = (low + high) // 2
    border = _border(topic, window, middle, length)
    yield from _divided(topic, TopicWindow(window.starts, border), low, middle, length)
    yield from _divided(topic, TopicWindow(border, window.stops), middle, high, length)


def _border(topic: Topic, window: TopicWindow, number: int, length: int) -> Offsets:
    """Return where a window of time begins, within a window of offsets."""
    milliseconds = -(-number * length // 1000)
    found = topic.at_time(milliseconds, window.stops)
    return {partition: max(start, found[partition]) for partition, start in window.starts.items()}


def _first_time(topic: Topic, window: TopicWindow) -> int | None:
    """Return the time of the earliest of the partitions' first messages, in microseconds after the epoch."""
    firsts = (
        next(topic.messages(number, start, window.stops[number]), None) for number, start in window.starts.items()
    )
    return min((message.timestamp()[1] * 1000 for message in firsts if message is not None), default=None)
