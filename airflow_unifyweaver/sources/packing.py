"""Small files together make a batch: a recipe of ``parts``, each of which is the recipe of a part of one file.

Files go together only if a batch of them is like one of a single file: in the same encoding, with the same columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from airflow_unifyweaver.sources.base import Recipe
from airflow_unifyweaver.sources.cuts import MarkedBlock, RecordCount, spans
from airflow_unifyweaver.sources.encodings import Encoding, encoding_named
from airflow_unifyweaver.sources.open_file import FileEntry
from airflow_unifyweaver.sources.source_file import SourceFile, open_source

Scan = Callable[[SourceFile, Encoding, int, int], Iterator[MarkedBlock]]
"""Finds the records of a file between two offsets."""


def packed_by_bytes(recipes: Iterable[Recipe], entries: Sequence[FileEntry], target: int) -> Iterator[Recipe]:
    """Yield recipes, those that follow each other as one as long as they are of different files and have the target.

    :param recipes: of one file each, in the order of the files.
    :param target: most bytes of a batch of several parts.
    """
    held: list[Recipe] = []
    held_bytes = 0
    for recipe in recipes:
        length = recipe["stop"] - recipe["start"]
        if length >= target and not held:  # as nearly all parts of large files
            yield recipe
            continue
        if held and (held_bytes + length > target or not _go_together(entries, held[-1]["file"], recipe["file"])):
            yield _joined(held)
            held, held_bytes = [], 0
        held.append(recipe)
        held_bytes += length
    if held:
        yield _joined(held)


def packed_by_count(entries: Sequence[FileEntry], spool: Path, count: int, scan: Scan) -> Iterator[Recipe]:
    """Yield the recipes of batches of exactly ``count`` records, which reach from file to file; the last may have less.

    :param spool: the run's folder for what has to be kept of the files.
    :param scan: finds the records.
    """
    held: list[Recipe] = []
    cuts = RecordCount(count)
    for index, entry in enumerate(entries):
        if held and not _go_together(entries, held[-1]["file"], index):
            yield _joined(held)
            held, cuts = [], RecordCount(count)
        file = open_source(entry, spool)
        start, size = entry["start"], file.size
        blocks = scan(file, encoding_named(entry["encoding"]), start, size)
        for number, span in enumerate(spans(start, size, cuts.ends(blocks, size))):
            if number:
                yield _joined(held)
                held = []
            held.append({"file": index, "start": span[0], "stop": span[1]})
        if held and cuts.is_full:
            yield _joined(held)
            held = []
    if held:
        yield _joined(held)


def parts_of(recipe: Recipe) -> list[Recipe]:
    """Return the recipes of the files that a recipe is of."""
    parts: list[Recipe] = recipe.get("parts", [recipe])
    return parts


def _go_together(entries: Sequence[FileEntry], first: int, second: int) -> bool:
    one, other = entries[first], entries[second]
    return first != second and one["encoding"] == other["encoding"] and one.get("columns") == other.get("columns")


def _joined(recipes: list[Recipe]) -> Recipe:
    return recipes[0] if len(recipes) == 1 else {"parts": recipes}
