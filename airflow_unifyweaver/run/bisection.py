"""Finding the records that make a batch fail, by trying halves of it."""

from __future__ import annotations

from dataclasses import dataclass

MAX_POISON = 100
"""A batch in which more records than this fail by themselves is not searched further: its trouble is another one."""


@dataclass(frozen=True)
class _Bad:
    """Records among which one at least fails; seen to do so, or only inferred, since the other half did not."""

    start: int
    stop: int
    error: str
    seen: bool


@dataclass(frozen=True)
class _Unknown:
    """Records that are still to be tried."""

    start: int
    stop: int


class Bisection:
    """A search within one batch. Ask for :attr:`probe`, try it, give the :meth:`answer`, until there is none.

    :param error: what the whole batch failed with.
    """

    def __init__(self, error: str) -> None:
        self.poison: dict[int, str] = {}
        self.hopeless = ""
        self.probe: tuple[int, int] | None = None
        self.error = error
        self._todo: list[_Bad | _Unknown] = []
        self._halved: _Bad | None = None
        self._inferred = False

    def begin(self, records: int) -> None:
        """Start, knowing how many records the batch has."""
        if records:
            self._todo.append(_Bad(0, records, self.error, seen=True))
        self._advance()

    def answer(self, error: str | None) -> None:
        """Take in what the probed records failed with, or None when they did not."""
        assert self.probe is not None  # noqa: S101 - there is an answer only to a probe
        start, stop = self.probe
        halved, self._halved = self._halved, None
        if halved is not None:  # the first half of these was tried
            rest = (stop, halved.stop)
            self._todo.append(_Unknown(*rest) if error else _Bad(*rest, halved.error, seen=False))
        if error:
            self._todo.append(_Bad(start, stop, error, seen=True))
        elif self._inferred:  # alone it does not fail: records do so together only
            self.hopeless = self.error
        self._advance()

    def _advance(self) -> None:
        self.probe = None
        while self._todo and self.probe is None and not self.hopeless:
            self._take(self._todo.pop())
        if len(self.poison) > MAX_POISON:
            self.probe = None
            self.hopeless = f"more than {MAX_POISON} of its records fail: {self.error}"

    def _take(self, part: _Bad | _Unknown) -> None:
        if isinstance(part, _Bad) and part.stop - part.start > 1:
            self._halved, self._inferred = part, False
            self.probe = (part.start, (part.start + part.stop) // 2)
        elif isinstance(part, _Bad) and part.seen:
            self.poison[part.start] = part.error
        else:
            self._inferred = isinstance(part, _Bad)
            self.probe = (part.start, part.stop)
