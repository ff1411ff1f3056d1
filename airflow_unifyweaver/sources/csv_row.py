"""A row of a csv file as work sees it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NoReturn

from airflow_unifyweaver.exceptions import MissingColumnError


@lru_cache(maxsize=16)
def row_type(path: str, columns: tuple[str, ...]) -> type[dict[str, str]]:
    """Return the type of the rows of a file: a ``dict`` that names the file when it is asked for what no row has."""

    class Row(dict[str, str]):
        __slots__ = ()

        def __missing__(self, name: object) -> NoReturn:
            from airflow_unifyweaver.job.nearest import did_you_mean

            raise MissingColumnError(f"{path}: there is no column {name!r}{did_you_mean(str(name), columns)}")

        def __reduce__(self) -> tuple[type[dict[Any, Any]], tuple[dict[str, str]]]:
            return dict, (dict(self),)

    return Row
