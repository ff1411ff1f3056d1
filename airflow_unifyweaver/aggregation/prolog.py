"""The strategy of a reducer in Prolog.

A partial result is a list of terms, as text, that are still to be merged in their order: asking Prolog takes longer
than merging, so it is asked about many at a time.
"""
# ruff: noqa: D102

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from airflow_unifyweaver.aggregation.values import decode, encode
from airflow_unifyweaver.work.prolog.reducer import PrologReducer

_MOST_TERMS = 32
"""How many terms wait at most until they are merged."""


@dataclass(frozen=True)
class PrologFold:
    """Folds values by a predicate of the user's."""

    reducer: PrologReducer

    def lift(self, values: Sequence[Any]) -> list[str]:
        return self.lift_all([values])[0]

    def lift_all(self, groups: Sequence[Sequence[Any]]) -> list[list[str]]:
        """Lift many groups of values at once."""
        as_text = _term if self.reducer.terms else encode
        return [[text] for text in self.reducer.lift([list(map(as_text, values)) for values in groups])]

    def merge(self, left: list[str], right: list[str]) -> list[str]:
        terms = left + right
        return terms if len(terms) <= _MOST_TERMS else self.reducer.merge([list(map(_term, terms))])

    def finish(self, partial: list[str]) -> Any:
        return self.finish_all([partial])[0]

    def finish_all(self, partials: Sequence[list[str]]) -> list[Any]:
        """Finish many partial results at once."""
        return list(map(decode, self.reducer.finish([list(map(_term, partial)) for partial in partials])))

    def empty(self) -> None:
        return None


def _term(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
