"""Reading a batch through an awk program that treats every line by itself."""

from __future__ import annotations

from pathlib import Path

from airflow_unifyweaver.sources.awk import run_awk
from airflow_unifyweaver.sources.base import Manifest, Recipe
from airflow_unifyweaver.sources.encodings import encoding_named
from airflow_unifyweaver.sources.packing import parts_of
from airflow_unifyweaver.sources.programs import ENCODING
from airflow_unifyweaver.sources.text_batch import TextBatch, TextReader
from airflow_unifyweaver.words import counted


class AwkReader:
    """Opens batches of the lines that a stateless program prints for lines of the files."""

    def __init__(self, manifest: Manifest, spool: Path) -> None:
        self._manifest = manifest
        self._spool = spool
        self._lines = TextReader(manifest, spool)

    def __reduce__(self) -> tuple[type[AwkReader], tuple[Manifest, Path]]:
        return type(self), (self._manifest, self._spool)

    def read(self, recipe: Recipe) -> TextBatch:
        """Run the program over the lines of a batch, and open its output.

        :raises SourceError: when the program fails, or the file changed since it was planned.
        """
        part, *more = parts_of(recipe)
        place = f"bytes {part['start']} to {part['stop']} of {self._manifest['files'][part['file']]['path']}"
        name = f"output of awk for {place}" + (f" and {counted(len(more), 'more file')}" if more else "")
        lines = self._lines.read(recipe)
        output = run_awk(self._manifest["program"], lines.feed, self._manifest["folder"], name)
        return TextBatch(output, encoding_named(ENCODING), [(0, output.size)])
