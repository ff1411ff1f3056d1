"""What records are put together by, when a job cuts by ``batch_key`` or ``batch_window``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_unifyweaver.exceptions import SourceError

if TYPE_CHECKING:
    from airflow_unifyweaver.job.batch import Batch, Window


@dataclass(frozen=True)
class Grouping:
    """The column that decides which records make a batch.

    :param field: the field of the job that names it, for messages.
    :param column: its number from 1, or its name.
    :param key_of: turns a value of the column into the key of its batch; a ``ValueError`` says why it cannot.
    :param most_records: up to how many records small keys are put together in a batch, when the job says so.
    :param most_bytes: up to how many bytes they are.
    """

    field: str
    column: int | str
    key_of: Callable[[bytes], bytes]
    most_records: int | None
    most_bytes: int | None

    def key(self, path: str, offset: int, value: bytes) -> bytes:
        """Return the key of a record, by which batches are sorted.

        :param path: the record's file.
        :param offset: its first byte there.
        :param value: what it has in the column.
        :raises SourceError: when the value cannot be used.
        """
        try:
            return self.key_of(value)
        except ValueError as error:
            shown = value[:60].decode("utf-8", "backslashreplace")
            raise SourceError(
                f"{path}: the record at byte {offset} has {shown!r} in column {self.column!r} ({self.field}): {error}"
            ) from None

    def missing(self, path: str, offset: int, fields: int) -> SourceError:
        """Return the error for a record that has not as many fields as the column's number asks for."""
        remedy = f"did you mean {fields}?" if fields else "an awk or command source can leave blank lines out"
        if isinstance(self.column, str):
            remedy = "repair the row"
        return SourceError(
            f"{path}: the record at byte {offset} has no column {self.column!r} ({self.field}), "
            f"as it has {fields} {'field' if fields == 1 else 'fields'}; {remedy}"
        )


def grouping_of(batch: Batch) -> Grouping | None:
    """Return what the records of a job are put together by, or None when they stay in the order of the source."""
    for field, column in batch.columns().items():
        if column is not None:
            return Grouping(field, column, _key_of(batch.batch_window), batch.batch_size, batch.batch_bytes)
    return None


def _key_of(window: Window | None) -> Callable[[bytes], bytes]:
    if window is None:
        return bytes
    from airflow_unifyweaver.sources.windows import Windows

    return Windows(window.seconds).key
