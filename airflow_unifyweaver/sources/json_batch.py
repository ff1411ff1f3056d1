"""What batches of JSON values have in common, however their file divides them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.sources.batches import FileBatch
from airflow_unifyweaver.sources.extras import extra_module

if TYPE_CHECKING:
    import pandas
    import pyarrow


class JsonBatch(FileBatch):
    """JSON values. A record is what Python's json module makes of one: ``dict``, ``list``, ``str`` and so on.

    As a table or frame, the columns are the keys of the objects in the order in which they first occur; values that
    are not all objects make up the one column ``value``.

    :raises SourceError: while records are read, when one cannot be parsed.
    """

    @abstractmethod
    def __iter__(self) -> Iterator[Any]:
        """Yield the values."""

    def arrow(self) -> pyarrow.Table:
        """Return the records as a table, of the types that Arrow infers from the values of this batch.

        :raises SourceError: when the values of a column have no type in common.
        """
        from airflow_unifyweaver.sources.json_table import made_table

        return made_table(list(self), self._file.path)

    def pandas(self) -> pandas.DataFrame:
        """Return the records as a frame, of the types that pandas infers from the values of this batch."""
        from airflow_unifyweaver.sources.json_table import columns

        return extra_module("pandas", "pandas").DataFrame(columns(list(self)))
