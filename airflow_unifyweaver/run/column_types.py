"""The one type of a column of results, found by looking at all of its values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow

_KINDS = {bool: "true or false", int: "integers", float: "numbers", str: "text", list: "lists", dict: "objects"}
_LONGEST_EXACT_FLOAT = 2**53
_LONGEST_INTEGER = 2**63


class MixedTypesError(ValueError):
    """Values of a column do not have one type."""


@dataclass
class ColumnType:
    """The type of the values seen so far: of scalars, of lists and what is in them, or of objects and their fields.

    :param kind: the type in Python; None as long as there was nothing but null.
    """

    kind: type | None = None
    items: ColumnType | None = None
    fields: dict[str, ColumnType] = field(default_factory=dict)
    largest: int = 0

    def see(self, value: Any) -> None:
        """Take a value into account.

        :raises MixedTypesError: when it does not go together with the others.
        """
        if value is None:
            return
        self._widen(type(value))
        if isinstance(value, int):
            self._see_integer(value)
        elif isinstance(value, list):
            self.items = self.items or ColumnType()
            for item in value:
                self.items.see(item)
        elif isinstance(value, dict):
            for name, item in value.items():
                self.fields.setdefault(name, ColumnType()).see(item)

    def arrow(self, arrow: Any) -> pyarrow.DataType:
        """Return the type as Arrow's.

        :param arrow: the module.
        :raises MixedTypesError: when Parquet has no such type.
        """
        if self.kind is list:
            return arrow.list_(self.items.arrow(arrow) if self.items else arrow.null())
        if self.kind is dict:
            if not self.fields:
                raise MixedTypesError("objects without any field, which Parquet does not have")
            return arrow.struct([(name, inner.arrow(arrow)) for name, inner in self.fields.items()])
        scalars = {bool: arrow.bool_, int: arrow.int64, float: arrow.float64, str: arrow.string}
        return scalars[self.kind]() if self.kind else arrow.null()

    def _widen(self, kind: type) -> None:
        if self.kind is None:
            self.kind = kind
        elif {self.kind, kind} == {int, float}:
            self.kind = float
        elif self.kind is not kind:
            raise MixedTypesError(f"{_KINDS[self.kind]} and {_KINDS[kind]}")
        self._check_size()

    def _see_integer(self, value: int) -> None:
        # The most negative integer of 64 bits is one larger than the most positive.
        self.largest = max(self.largest, value if value >= 0 else -value - 1)
        self._check_size()

    def _check_size(self) -> None:
        if self.largest >= _LONGEST_INTEGER:
            raise MixedTypesError("integers of more than 64 bits")
        if self.kind is float and self.largest > _LONGEST_EXACT_FLOAT:
            raise MixedTypesError("fractions and integers beyond 2**53, which no float holds exactly")
