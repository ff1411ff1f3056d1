"""The published result in the format that a job's ``output`` asks for."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from airflow_unifyweaver.aggregation.values import decode, encode
from airflow_unifyweaver.digits import to_digits
from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.run.directory import atomic_file
from airflow_unifyweaver.run.parquet_output import Rows, write_parquet

VALUE_COLUMN = "value"
PAIR_COLUMNS = ("key", "value")


def write_output(result: Path, target: Path, *, file_format: str, raw: bool, by_key: bool) -> None:
    """Write a result to where the job wants it; the file appears there whole or not at all.

    :param result: the published result.
    :param target: the file to make or replace.
    :param file_format: ``jsonl``, ``csv`` or ``parquet``.
    :param raw: whether the result is lines of text, which become JSON strings or one column.
    :param by_key: whether it is pairs of key and value, which become two columns.
    :raises RunError: when it cannot be written, the values of a Parquet column do not have one type, or text in CSV or
        Parquet is no Unicode.
    """
    with atomic_file(target) as file:
        try:
            _write(file, result, file_format, raw=raw, by_key=by_key)
        except UnicodeEncodeError:
            raise RunError(
                f"output.format: {file_format} holds Unicode text only, and a result has text that is none; let the "
                "work give bytes in another way, or write jsonl"
            ) from None


def _write(file: IO[bytes], result: Path, file_format: str, *, raw: bool, by_key: bool) -> None:
    if file_format == "parquet":
        _write_parquet(file, result, raw=raw, by_key=by_key)
    elif file_format == "csv":
        text = io.TextIOWrapper(file, "utf-8", "surrogateescape", newline="", write_through=True)
        _write_csv(text, result, raw=raw, by_key=by_key)
        text.detach()
    elif raw:
        file.writelines(json.dumps(line).encode() + b"\n" for line in _values(result, raw=True))
    else:
        with result.open("rb") as lines:
            shutil.copyfileobj(lines, file, 1 << 20)


def _values(result: Path, *, raw: bool) -> Iterator[Any]:
    return (value for value, _ in _sized_values(result, raw=raw))


def _sized_values(result: Path, *, raw: bool) -> Iterator[tuple[Any, int]]:
    with result.open("rb") as file:
        for line in file:
            yield line[:-1].decode("utf-8", "surrogateescape") if raw else decode(line), len(line)


def _write_parquet(file: IO[bytes], result: Path, *, raw: bool, by_key: bool) -> None:
    def rows() -> Rows:
        for value, length in _sized_values(result, raw=raw):
            if by_key:
                yield dict(zip(PAIR_COLUMNS, value, strict=True)), length
            else:
                yield value if isinstance(value, dict) else {VALUE_COLUMN: value}, length

    write_parquet(file, rows, PAIR_COLUMNS if by_key else (VALUE_COLUMN,))


def _write_csv(file: io.TextIOWrapper, result: Path, *, raw: bool, by_key: bool) -> None:
    columns = PAIR_COLUMNS if by_key else _columns(result, raw=raw)
    writer = csv.writer(file)
    writer.writerow(columns)
    for value in _values(result, raw=raw):
        if by_key:
            writer.writerow(map(_cell, value))
        else:
            row = value if isinstance(value, dict) else {VALUE_COLUMN: value}
            writer.writerow(_cell(row.get(column)) for column in columns)


def _columns(result: Path, *, raw: bool) -> list[str]:
    """Return the columns of all records in the order of their first appearance, or the one for plain values."""
    columns: dict[str, None] = {}
    for value in () if raw else _values(result, raw=False):
        columns.update(dict.fromkeys(value if isinstance(value, dict) else [VALUE_COLUMN]))
    return list(columns) or [VALUE_COLUMN]


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        try:
            return json.dumps(value)
        except ValueError:  # an integer beyond Python's limit of digits
            return encode(value).decode()
    return to_digits(value) if type(value) is int else value
