"""Whether the records of a source have the column that a batch is cut by, and can be waited for."""

from airflow_unifyweaver.job.batch import LATENESS, WINDOW_COLUMN, Batch
from airflow_unifyweaver.job.source_part import SourcePart

_INSTEAD = {
    "number": "its columns have no names; give the number of one, from 1",
    "name": "its columns have no numbers; give the name of one",
}


def column_problem(source: SourcePart, field: str, column: int | str | None) -> str | None:
    """Return what is wrong with a column of a source's records, or None when it may be there.

    :param field: the field of the job that may name it.
    :param column: its number from 1, or its name; None when the job names none.
    """
    if column is None and field == WINDOW_COLUMN and source.is_stream:
        return None  # messages have a time of their own
    kinds = source.column_kinds()
    if not kinds:
        return f"{_named(source)} has no columns to cut by; leave it out, or cut by batch_size or batch_bytes"
    if column is None:
        return f"required field is missing with {_named(source)}"
    kind = "number" if isinstance(column, int) else "name"
    return None if kind in kinds else f"got {column!r} with {_named(source)}: {_INSTEAD[kinds[0]]}"


def lateness_problem(source: SourcePart, batch: Batch) -> str | None:
    """Return what is wrong with waiting for late messages, or None when nothing is."""
    if batch.waiting_window() is None or source.can_wait:
        return None
    return f"{LATENESS}: a run takes all that {_named(source)} has, and leaves nothing for later; leave it out"


def _named(source: SourcePart) -> str:
    kind = f"source.type {type(source).model_fields['type'].default}"
    return f"{kind} that is stateless" if getattr(source, "stateless", False) else kind
