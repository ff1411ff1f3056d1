"""Adaptive batches: pieces of a plan that follow each other, made one batch as it is handed out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from airflow_unifyweaver.run.plan import PlannedBatch
from airflow_unifyweaver.run.state import EMPTY
from airflow_unifyweaver.run.steering import Steering

FAIR_SHARE = 3
"""No batch is more than this part of what each worker still has to do on average, so that all of them end together."""
DECODED_TOGETHER = 100
_RANGE = {"file", "start", "stop"}


class AdaptiveBatches:
    """Makes the batches of a shard, each of the size that is right when it is asked for.

    :param steering: tells the size.
    :param workers: how many batches are worked on at a time.
    :param unit: bytes, on average, in each of what recipes count in.
    """

    def __init__(self, steering: Steering, workers: int, unit: float = 1.0) -> None:
        self._steering = steering
        self._workers = workers
        self._unit = unit

    def made_of(self, pieces: Iterator[PlannedBatch], count: int) -> Iterator[PlannedBatch]:
        """Yield the batches, which are made while they are asked for.

        :param pieces: what is to be done of the shard, in order.
        :param count: how many pieces these are.
        """
        row = _Row(pieces)
        while (first := row.next) is not None:
            batch = self._begun(first, row, count)
            count -= batch.pieces
            yield batch

    def learn(self, recipe: bytes, payload: dict[str, Any]) -> None:
        """Take in that a batch is committed.

        :param recipe: its recipe.
        :param payload: of its ``batch_complete``.
        """
        size = _size(json.loads(recipe)) * self._unit
        if payload.get(EMPTY):
            self._steering.pass_over(size)
        elif size:
            self._steering.learn(size, payload["processing_time_ms"] / 1000)

    def _begun(self, first: _Piece, row: _Row, left: int) -> PlannedBatch:
        bounds = self._steering.bounds()
        most = -(-left // self._workers)
        fair = -(-left // (self._workers * FAIR_SHARE))
        start, last, pieces = first.recipe.get("start", 0), first, 1
        row.advance()
        while pieces < most and (piece := row.next) is not None and piece.follows(last):
            size = (piece.recipe["stop"] - start) * self._unit
            if size > bounds.largest or (pieces >= fair and size > bounds.smallest):
                break
            last, pieces = piece, pieces + 1
            row.advance()
        if pieces == 1:
            return first.planned
        recipe = json.dumps(last.recipe | {"start": start}, separators=(",", ":"))
        return PlannedBatch(first.planned.index, recipe.encode(), pieces)


class _Piece(NamedTuple):
    """A piece of the plan with its recipe."""

    planned: PlannedBatch
    recipe: dict[str, Any]

    def follows(self, other: _Piece) -> bool:
        """Tell whether a piece is the next one after another in its file, so that both can be read as one.

        What lies between them, such as the comma between values of an array, is then no record.
        """
        if self.planned.index != other.planned.index + 1 or not (_size(self.recipe) and _size(other.recipe)):
            return False
        return bool(self.recipe["file"] == other.recipe["file"] and self.recipe["start"] >= other.recipe["stop"])


class _Row:
    """Pieces in a row, of which :attr:`next` can be looked at; None is behind the last one."""

    def __init__(self, pieces: Iterator[PlannedBatch]) -> None:
        self._pieces = self._decoded(pieces)
        self.next = next(self._pieces, None)

    def advance(self) -> None:
        """Go on to the piece after the next."""
        self.next = next(self._pieces, None)

    @staticmethod
    def _decoded(pieces: Iterator[PlannedBatch]) -> Iterator[_Piece]:
        # There are thousands, of which many make a batch: decoded together they cost a third.
        while some := list(islice(pieces, DECODED_TOGETHER)):
            recipes = json.loads(b"[" + b",".join(piece.recipe for piece in some) + b"]")
            yield from map(_Piece, some, recipes)


def _size(recipe: dict[str, Any]) -> int:
    """Return the size of a batch in what its source counts in; 0 when its recipe is no range."""
    return recipe["stop"] - recipe["start"] if recipe.keys() == _RANGE else 0
