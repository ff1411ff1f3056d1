"""Rows as lines of JSON: one object a row, with the columns in their order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from airflow_unifyweaver.sources.row_values import SCALARS, json_column

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_encode_lines = json.JSONEncoder(ensure_ascii=False, separators=("\n", ":")).encode  # of scalars: a line each


class RowLines:
    """Writes rows as lines, column by column, and remembers what JSON types each column had.

    :param names: the columns.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.kinds: dict[str, set[str]] = {name: set() for name in names}
        fields = ",".join(_encode(name).replace("%", "%%") + ":%s" for name in names)
        self._template = f"{{{fields}}}\n"

    def encode(self, rows: Sequence[Sequence[Any]]) -> bytes:
        """Return rows as lines.

        :raises SourceError: when a value has no form in JSON.
        """
        columns = zip(self.kinds, zip(*rows, strict=True), strict=True)
        texts = [self._texts(name, json_column(name, values)) for name, values in columns]
        return "".join(map(self._template.__mod__, zip(*texts, strict=True))).encode()

    def _texts(self, name: str, values: Sequence[Any]) -> list[str]:
        types = set(map(type, values))
        self.kinds[name].update(kind.__name__ for kind in types)
        if types <= SCALARS:
            return _encode_lines(list(values))[1:-1].split("\n")
        return list(map(_encode, values))
