"""Finding the array that a JSON pointer (RFC 6901) leads to, and its elements, in one pass over the document."""

from __future__ import annotations

from collections.abc import Iterator

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.job.nearest import did_you_mean
from airflow_unifyweaver.sources.base import Span
from airflow_unifyweaver.sources.json_text import JsonText
from airflow_unifyweaver.sources.json_walk import JsonWalk
from airflow_unifyweaver.sources.source_file import SourceFile

_MOST_NAMES = 1_000
"""Among how many keys of an object the nearest one is looked for."""

_OBJECT = "an object"
_ARRAY = "an array"
_KINDS = {"{": _OBJECT, "[": _ARRAY, '"': "a string", "t": "true", "f": "false", "n": "null"}

Members = Iterator[str | int]


def pointed_elements(file: SourceFile, start: int, pointer: str) -> Iterator[Span]:
    """Yield where each element of the array is; what stands before and after the array is read and checked as well.

    :param start: where the document starts in the file.
    :param pointer: the pointer; empty when the document is the array.
    :raises SourceError: when the pointer leads nowhere or not to an array, or the document is not JSON.
    """
    return _Search(file, start, pointer).elements()


class _Search:
    def __init__(self, file: SourceFile, start: int, pointer: str) -> None:
        self._walk = JsonWalk(JsonText(file, start, file.size))
        self._path = file.path
        self._pointer = pointer
        self._passed = ""

    def elements(self) -> Iterator[Span]:
        around = [(token, self._enter(token)) for token in self._pointer.split("/")[1:]]
        if self._walk.peek() != "[":
            raise self._no_array()
        yield from self._walk.elements()
        for token, members in reversed(around):
            self._leave(token, members)
        self._walk.finish()

    def _enter(self, token: str) -> Members:
        """Go to a member of what stands here, and return the members after it."""
        kind = self._kind()
        names: list[str] = []
        number = 0
        members = self._walk.members() if kind in (_OBJECT, _ARRAY) else iter(())
        for number, name in enumerate(members, 1):  # noqa: B007 - the last one is the number of members
            if str(name) == _unescaped(token):
                self._passed += f"/{token}"
                return members
            if len(names) < _MOST_NAMES:
                names.append(_escaped(str(name)))
            self._walk.skip()
        raise self._nowhere(kind, token, _help(kind, token, names, number))

    def _leave(self, token: str, members: Members) -> None:
        """Go behind the object or array that was entered."""
        for name in members:
            if name == _unescaped(token):
                raise SourceError(
                    f"{self._path}: source.pointer {self._pointer!r} is ambiguous, as an object names {name!r} twice; "
                    "keep one of them"
                )
            self._walk.skip()

    def _no_array(self) -> SourceError:
        kind = self._kind()
        arrays = list(self._arrays()) if kind == _OBJECT else []
        remedy = f"the arrays in it are {', '.join(arrays)}" if arrays else "point to the array of the records"
        return SourceError(f"{self._path}: source.pointer {self._pointer!r} leads to {kind}, not to an array; {remedy}")

    def _arrays(self) -> Iterator[str]:
        for name in self._walk.members():
            if self._walk.peek() == "[":
                yield f"{self._pointer}/{_escaped(str(name))}"
            self._walk.skip()

    def _nowhere(self, kind: str, token: str, remedy: str) -> SourceError:
        place = self._passed or "the top"
        return SourceError(
            f"{self._path}: source.pointer {self._pointer!r} leads nowhere: {kind} at {place} has no {token!r}{remedy}"
        )

    def _kind(self) -> str:
        """Return what stands here; if it is no object or array, it is read, as it may not be JSON at all."""
        character = self._walk.peek()
        if character not in ("{", "["):
            self._walk.skip()
        return _KINDS.get(character, "a number")


def _help(kind: str, token: str, names: list[str], number: int) -> str:
    if kind == _OBJECT and names:
        return did_you_mean(token, names)
    return f"; its {number} elements count from 0" if kind == _ARRAY else ""


def _unescaped(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
