"""What was set aside in a shard, for people to look at."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from airflow_unifyweaver.run.backend import Ticket
from airflow_unifyweaver.run.directory import atomic_file, batch_id


def write_quarantine(
    path: Path, records: Mapping[int, list[dict[str, Any]]], batches: Mapping[int, tuple[Ticket, str]]
) -> None:
    """Write the file of what was set aside, when there is anything; it is made anew from the journal's facts.

    :param path: the shard's ``quarantine.jsonl``.
    :param records: the records left out of committed batches, as their commits tell of them.
    :param batches: the last attempts at batches that failed as a whole, and what they failed with.
    """
    if not records and not batches:
        path.unlink(missing_ok=True)
        return
    with atomic_file(path) as file:
        file.writelines(json.dumps(entry).encode() + b"\n" for entry in _entries(records, batches))


def _entries(
    records: Mapping[int, list[dict[str, Any]]], batches: Mapping[int, tuple[Ticket, str]]
) -> Iterator[dict[str, Any]]:
    for index in sorted(records.keys() | batches.keys()):
        if index in batches:
            ticket, error = batches[index]
            yield {"batch_id": batch_id(index), "recipe": json.loads(ticket.recipe), "error": error}
        else:
            yield from ({"batch_id": batch_id(index), **record} for record in records[index])
