"""How results are read: values or ``(key, value)`` pairs, from Python work or from a command's lines.

A reader yields lists of them, so that what follows works on many at a time and holds no more than one list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from airflow_unifyweaver.aggregation.numbers import parse_numbers
from airflow_unifyweaver.aggregation.values import shown
from airflow_unifyweaver.chunks import of_count
from airflow_unifyweaver.exceptions import WorkError
from airflow_unifyweaver.work.output import OutputLines

Reader = Callable[[Iterable[Any]], Iterator[Sequence[Any]]]

_CHUNK_RESULTS = 65_536


def python_values(results: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield the results of Python work as they are."""
    return of_count(results, _CHUNK_RESULTS)


def python_pairs(results: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield the results of Python work, each a tuple or list of two.

    :raises WorkError: when one is not.
    """
    for chunk in python_values(results):
        if not {tuple, list}.issuperset(map(type, chunk)) or set(map(len, chunk)) != {2}:
            for result in chunk:
                _check_pair(result)
        yield chunk


def output_data(results: Iterable[Any]) -> bytes:
    """Return a command's output as it is."""
    if not isinstance(results, OutputLines):
        raise TypeError(f"an aggregation of lines takes OutputLines, not {type(results).__name__}")
    return results.data


def byte_lines(results: Iterable[Any]) -> Iterator[list[bytes]]:
    """Yield a command's lines, undecoded."""
    yield output_data(results).split(b"\n")[:-1]


def text_lines(results: Iterable[Any]) -> Iterator[list[str]]:
    """Yield a command's lines as text; bytes that are not UTF-8 are kept as lone surrogates."""
    yield output_data(results).decode("utf-8", "surrogateescape").split("\n")[:-1]


def line_keys(results: Iterable[Any]) -> Iterator[list[tuple[str, None]]]:
    """Yield a command's lines as pairs of the key, all before the first TAB if there is one, and nothing."""
    for lines in text_lines(results):
        yield [(line.partition("\t")[0], None) for line in lines]


def line_numbers(reduce: str, results: Iterable[Any]) -> Iterator[list[int | float]]:
    """Yield a command's lines as numbers.

    :param reduce: the aggregation that needs numbers.
    :raises WorkError: when a line is not a number.
    """
    for lines in text_lines(results):
        yield parse_numbers(reduce, lines, lines)


def line_pairs(reduce: str, results: Iterable[Any]) -> Iterator[list[list[str]]]:
    """Yield a command's lines ``key<TAB>value`` as pairs of text; further TABs belong to the value.

    :param reduce: the aggregation that needs pairs.
    :raises WorkError: when a line has no TAB.
    """
    for lines in text_lines(results):
        yield _split(reduce, lines)


def line_number_pairs(reduce: str, results: Iterable[Any]) -> Iterator[list[tuple[str, int | float]]]:
    """Yield a command's lines ``key<TAB>number`` as pairs of text and number.

    :param reduce: the aggregation that needs pairs.
    :raises WorkError: when a line has no TAB, or no number after it.
    """
    for lines in text_lines(results):
        pairs = _split(reduce, lines)
        numbers = parse_numbers(reduce, [value for _, value in pairs], lines)
        yield [(key, number) for (key, _), number in zip(pairs, numbers, strict=True)]


def _split(reduce: str, lines: list[str]) -> list[list[str]]:
    pairs = [line.split("\t", 1) for line in lines]
    if 1 in set(map(len, pairs)):
        line = next(line for line in lines if "\t" not in line)
        raise WorkError(
            f"{reduce} by key needs lines of a key, a TAB and a value, but the command printed the line {shown(line)}"
        )
    return pairs


def _check_pair(result: Any) -> None:
    if isinstance(result, (tuple, list)) and len(result) == 2:
        return
    remedy = "yield from its .items()" if isinstance(result, dict) else "yield (key, value)"
    raise WorkError(
        f"an aggregation by key needs pairs of a key and a value, but a result is {shown(result)}, "
        f"of type {type(result).__name__}; {remedy}"
    )
