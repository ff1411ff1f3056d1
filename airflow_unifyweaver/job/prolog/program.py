"""A Prolog program as it was read: directives and clauses, none of them executed."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from airflow_unifyweaver.job.prolog.terms import Compound, Term, functor_of, term_of

_NECKS = (":-", "-->", "=>")


@dataclass(frozen=True)
class Directive:
    """A sentence that begins with ``:-``."""

    goal: Term
    unknown: tuple[str, ...]
    """Indicators of what it calls that neither Prolog nor its libraries define."""


@dataclass(frozen=True)
class Clause:
    """A fact, a rule or a grammar rule."""

    head: Term
    body: Term | None
    indicator: str
    calls: tuple[str, ...]
    """Indicators of all that the body calls."""


@dataclass(frozen=True)
class SyntaxProblem:
    """What keeps Prolog from reading on."""

    what: str
    begin: int
    at: int


@dataclass(frozen=True)
class Program:
    """The text of a program and what it says."""

    text: str
    directives: tuple[Directive, ...]
    clauses: tuple[Clause, ...]
    problem: SyntaxProblem | None

    @cached_property
    def predicates(self) -> dict[str, list[Clause]]:
        """The clauses of each predicate, by its indicator."""
        found: dict[str, list[Clause]] = {}
        for clause in self.clauses:
            found.setdefault(clause.indicator, []).append(clause)
        return found

    def reached(self, start: str) -> set[str]:
        """Return the indicators of all that a predicate calls, by whichever way, itself included."""
        found: set[str] = set()
        waiting = [start]
        while waiting:
            indicator = waiting.pop()
            if indicator not in found:
                found.add(indicator)
                waiting += [call for clause in self.predicates.get(indicator, []) for call in clause.calls]
        return found

    def place(self, at: int) -> str:
        """Return line and column, from 1, of an offset, with a colon between them."""
        line_begin = self.text.rfind("\n", 0, at) + 1
        return f"{self.text.count(chr(10), 0, at) + 1}:{at - line_begin + 1}"


def program_of(text: str, answer: str) -> Program:
    """Return a program as it was read.

    :param answer: the line of JSON that ``read_programs.pl`` has written for it.
    """
    read = json.loads(answer)
    sentences = read["sentences"]
    return Program(
        text=text,
        directives=tuple(_directive(sentence) for sentence in sentences if sentence["kind"] == "directive"),
        clauses=tuple(_clause(sentence) for sentence in sentences if sentence["kind"] == "clause"),
        problem=next((SyntaxProblem(e["what"], e["begin"], e["offset"]) for e in read["errors"]), None),
    )


def _directive(sentence: dict[str, Any]) -> Directive:
    return Directive(term_of(sentence["term"]), tuple(sentence["unknown"]))


def _clause(sentence: dict[str, Any]) -> Clause:
    head, body = _split(term_of(sentence["term"]))
    name, arity = functor_of(head) or ("", 0)
    indicator = f"{name}/{arity + sentence['arity']}"
    return Clause(head, body, indicator, tuple(sentence["calls"]))


def _split(term: Term) -> tuple[Term, Term | None]:
    if isinstance(term, Compound) and len(term.arguments) == 2 and term.name in _NECKS:
        return term.arguments[0], term.arguments[1]
    return term, None
