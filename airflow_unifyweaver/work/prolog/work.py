"""Prolog work: a predicate, called for each record or once a batch; every solution is a result."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from airflow_unifyweaver.digits import from_digits
from airflow_unifyweaver.sources.base import Batch
from airflow_unifyweaver.work.output import OutputLines
from airflow_unifyweaver.work.prolog.program import Program
from airflow_unifyweaver.work.prolog.records import Form, as_data
from airflow_unifyweaver.work.prolog.swipl import Swipl
from airflow_unifyweaver.work.prolog.text import Place, cut, text_of

_CHUNK_LINES = 8_192


@dataclass(frozen=True)
class PrologWork:
    """Calls a predicate.

    :param program: where the predicate is.
    :param swipl: runs it.
    :param form: what the records are to it.
    :param columns: the columns that become arguments; all when None.
    :param lines: the results are the lines that it prints.
    """

    program: Program
    swipl: Swipl
    form: Form
    columns: tuple[str, ...] | None
    lines: bool

    def prepare(self) -> None:
        """Leave all to the first batch, whose failure it is if something is missing."""

    def run(self, batch: Batch) -> Iterable[Any]:
        """Call the predicate on a batch.

        :raises WorkError: when it raised, or ended its process; the message is Prolog's.
        """
        places: list[Place] = []
        form, data = self._data(batch, places)
        output = self.swipl.run(("run", form, places), data)
        if output and not output.endswith(b"\n"):
            output += b"\n"
        return OutputLines(output) if self.lines else _values(output)

    def _data(self, batch: Batch, places: list[Place]) -> tuple[Form, Iterable[bytes]]:
        if self.form != Form.LINES:
            return self.form, as_data(batch, self.form, self.columns)
        text = text_of(batch)
        if "\0" in text:  # to SWI-Prolog's split_string/4 and read_string/5, NUL ends a line or is a blank
            return Form.VALUES, as_data(batch, Form.VALUES, None)
        return self.form, cut(text, places)

    def fingerprint(self) -> str:
        """Return a digest of the program; the predicate's name is in the job."""
        return self.program.fingerprint()


def _values(output: bytes) -> Iterator[Any]:
    lines = output.split(b"\n")[:-1]
    for start in range(0, len(lines), _CHUNK_LINES):
        yield from _decode(b"[" + b",".join(lines[start : start + _CHUNK_LINES]) + b"]")


def _decode(text: bytes) -> list[Any]:
    try:
        return json.loads(text)  # type: ignore[no-any-return]
    except ValueError:  # an integer beyond Python's limit of digits
        return json.loads(text, parse_int=from_digits)  # type: ignore[no-any-return]
