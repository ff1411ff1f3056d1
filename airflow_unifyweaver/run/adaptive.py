"""Adaptive batches: pieces of a plan that follow each other, made one batch as it is handed out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from airflow_unifyweaver.run.plan import PlannedBatch
from airflow_unifyweaver.run.state import EMPTY
from airflow_unifyweaver.run.steering import Steering

FAIR_SHARE = 3
"""No batch is more than this part of what each worker still has to do on average, so that all of them end together."""
_RANGE = {"file", "start", "stop"}


class AdaptiveBatches:
    """Makes the batches of a shard, each of the size that is right when it is asked for.

    :param steering: tells the size.
    :param workers: how many batches are worked on at a time.
    """

    def __init__(self, steering: Steering, workers: int) -> None:
        self._steering = steering
        self._workers = workers

    def made_of(self, pieces: Iterator[PlannedBatch], count: int) -> Iterator[PlannedBatch]:
        """Yield the batches, which are made while they are asked for.

        :param pieces: what is to be done of the shard, in order.
        :param count: how many pieces these are.
        """
        row = _Row(pieces)
        while (first := row.take()) is not None:
            batch = self._begun(first, row, count)
            count -= batch.pieces
            yield batch

    def learn(self, recipe: bytes, payload: dict[str, Any]) -> None:
        """Take in that a batch is committed.

        :param recipe: its recipe.
        :param payload: of its ``batch_complete``.
        """
        size = _size(json.loads(recipe))
        if payload.get(EMPTY):
            self._steering.pass_over(size)
        elif size:
            self._steering.learn(size, payload["processing_time_ms"] / 1000)

    def _begun(self, first: PlannedBatch, row: _Row, left: int) -> PlannedBatch:
        bounds = self._steering.bounds()
        most = -(-left // self._workers)
        fair = -(-left // (self._workers * FAIR_SHARE))
        recipe, pieces = json.loads(first.recipe), 1
        while pieces < most and (longer := row.continued(recipe, first.index + pieces)) is not None:
            size = _size(longer)
            if size > bounds.largest or (pieces >= fair and size > bounds.smallest):
                break
            row.take()
            recipe, pieces = longer, pieces + 1
        return PlannedBatch(first.index, json.dumps(recipe, separators=(",", ":")).encode(), pieces)


class _Row:
    """Pieces in a row, of which the next can be looked at."""

    def __init__(self, pieces: Iterator[PlannedBatch]) -> None:
        self._pieces = pieces
        self._next: PlannedBatch | None = None

    def take(self) -> PlannedBatch | None:
        """Return the next piece, or None when there is none."""
        piece, self._next = self._next or next(self._pieces, None), None
        return piece

    def continued(self, recipe: dict[str, Any], index: int) -> dict[str, Any] | None:
        """Return a recipe with the next piece added, or None when that does not have this number or does not follow."""
        self._next = self._next or next(self._pieces, None)
        if self._next is None or self._next.index != index:
            return None
        following = json.loads(self._next.recipe)
        if not (_size(recipe) and _size(following)):
            return None
        follows = (following["file"], following["start"]) == (recipe["file"], recipe["stop"])
        return recipe | {"stop": following["stop"]} if follows else None


def _size(recipe: dict[str, Any]) -> int:
    """Return the size of a batch in what its source counts in; 0 when its recipe is no range."""
    return recipe["stop"] - recipe["start"] if recipe.keys() == _RANGE else 0
