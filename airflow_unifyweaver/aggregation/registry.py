"""The aggregations by the names that a job gives them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow_unifyweaver.aggregation.base import Aggregation, Strategy
from airflow_unifyweaver.aggregation.extremes import Extreme
from airflow_unifyweaver.aggregation.readers import (
    Reader,
    byte_lines,
    line_keys,
    line_number_pairs,
    line_numbers,
    line_pairs,
    python_pairs,
    python_values,
    text_lines,
)
from airflow_unifyweaver.aggregation.strategies import Average, Concat, Count, Custom, Sum
from airflow_unifyweaver.aggregation.whole import ConcatAll, FoldAll
from airflow_unifyweaver.exceptions import JobError

if TYPE_CHECKING:
    from airflow_unifyweaver.work.prolog.reducer import PrologReducer

    _Function = Callable[[Any, Any], Any] | PrologReducer

REDUCTIONS = ("concat", "set_union", "sum", "count", "avg", "min", "max", "count_distinct")
"""The names of all built-in reductions."""

_STRATEGIES: dict[str, Strategy] = {
    "concat": Concat(),
    "sum": Sum(),
    "count": Count(),
    "avg": Average(),
    "min": Extreme(min),
    "max": Extreme(max),
}
_NUMERIC = frozenset({"sum", "avg", "min", "max"})
_DISTINCT = frozenset({"set_union", "count_distinct"})


def aggregation_for(reduce: str, by_key: bool, *, lines: bool, custom: _Function | None = None) -> Aggregation:
    """Return the aggregation of a job; it can be pickled if the custom function can.

    :param reduce: one of :data:`REDUCTIONS`, or the name of the custom function.
    :param by_key: reduce the values of each key apart.
    :param lines: the results are a command's lines, given as ``OutputLines``, and not Python values.
    :param custom: an associative function ``fn(earlier, later) -> combined``, or a reducer in Prolog, in place of a
        built-in reduction.
    :raises JobError: when there is no such reduction.
    """
    if custom is None and reduce not in REDUCTIONS:
        raise JobError(
            f"aggregation.reduce: there is no reduction {reduce!r}; give one of {', '.join(REDUCTIONS)} "
            'or a function of your own as "pkg.mod:fn"'
        )
    if by_key:
        return _by_key(reduce, lines, custom)
    return _whole(reduce, lines, custom)


def _whole(reduce: str, lines: bool, custom: _Function | None) -> Aggregation:
    if custom is None and reduce == "concat":
        return ConcatAll(raw=lines)
    if custom is None and reduce in _DISTINCT:
        from airflow_unifyweaver.aggregation.distinct import DistinctValues

        read: Reader = byte_lines if lines else python_values
        return DistinctValues(listed=reduce == "set_union", read=read, lines=lines)
    return FoldAll(_strategy(reduce, custom), _line_reader(reduce, custom) if lines else python_values)


def _by_key(reduce: str, lines: bool, custom: _Function | None) -> Aggregation:
    read = _line_pair_reader(reduce, custom) if lines else python_pairs
    if custom is None and reduce in _DISTINCT:
        from airflow_unifyweaver.aggregation.distinct import DistinctByKey

        return DistinctByKey(listed=reduce == "set_union", read=read)
    from airflow_unifyweaver.aggregation.by_key import FoldByKey

    return FoldByKey(_strategy(reduce, custom), read)


def _strategy(reduce: str, custom: _Function | None) -> Strategy:
    if custom is None:
        return _STRATEGIES[reduce]
    if callable(custom):
        return Custom(reduce, custom)
    from airflow_unifyweaver.aggregation.prolog import PrologFold

    return PrologFold(custom)


def _line_reader(reduce: str, custom: _Function | None) -> Reader:
    if custom is not None:
        return text_lines
    return partial(line_numbers, reduce) if reduce in _NUMERIC else byte_lines


def _line_pair_reader(reduce: str, custom: _Function | None) -> Reader:
    if custom is None and reduce == "count":
        return line_keys
    return partial(line_number_pairs if custom is None and reduce in _NUMERIC else line_pairs, reduce)
