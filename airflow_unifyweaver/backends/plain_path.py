"""A path to a folder that every engine understands, whatever the folder's own looks like."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from airflow_unifyweaver.exceptions import writing

_PLAIN = re.compile(r"[\w./-]+", re.ASCII)


@contextmanager
def plain_path(folder: Path) -> Iterator[Path]:
    """Yield a path to a folder in plain characters: its own, or that of a link which is there for so long.

    Spark and Hadoop take colons, as they are in the ids of Airflow's runs, commas, spaces and more for parts of URLs,
    lists and patterns. The link stands in the nearest folder above it that has a plain path: who sees one sees both.

    :param folder: an absolute path.
    :raises RunError: when there can be no link.
    """
    if _PLAIN.fullmatch(str(folder)):
        yield folder
        return
    above = next(parent for parent in folder.parents if _PLAIN.fullmatch(str(parent)))
    link = above / f".unifyweaver-{uuid.uuid4().hex}"
    with writing(link):
        link.symlink_to(folder)
    try:
        yield link
    finally:
        link.unlink(missing_ok=True)
