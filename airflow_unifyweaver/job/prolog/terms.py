"""Prolog's terms, each with the place in its program where it begins."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a kind that says nothing to a job."""

    at: int
    """Characters of the program before it."""
    written: str
    """The term as Prolog writes it: shortened where it is long."""


class Atom(Term):
    """A name; ``written`` has no quotes."""


class Text(Term):
    """A string; ``written`` has no quotes."""


class Variable(Term):
    """A variable."""


@dataclass(frozen=True, slots=True)
class Number(Term):
    """A whole number or a float, as it was written."""

    value: int | float


@dataclass(frozen=True, slots=True)
class ListTerm(Term):
    """A list of known length."""

    items: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Compound(Term):
    """A name with arguments, operators included."""

    name: str
    arguments: tuple[Term, ...]

    def is_a(self, name: str, arity: int) -> bool:
        """Tell whether this is a term of a name and number of arguments."""
        return self.name == name and len(self.arguments) == arity


_SIMPLE: dict[str, type[Term]] = {"atom": Atom, "string": Text, "variable": Variable, "other": Term}


def term_of(value: list[Any]) -> Term:
    """Return the term that ``read_programs.pl`` has put into JSON."""
    kind, at, content, *rest = value
    if kind == "number":
        return Number(at, rest[0], content)
    if kind == "list":
        items = tuple(map(term_of, content))
        return ListTerm(at, f"[{_joined(items)}]", items)
    if kind == "compound":
        arguments = tuple(map(term_of, rest[0]))
        return Compound(at, _written(content, arguments), content, arguments)
    return _SIMPLE[kind](at, content)


def indicator_of(term: Term) -> str | None:
    """Return what a term such as ``count/1`` indicates, or None for any other."""
    if isinstance(term, Compound) and term.is_a("/", 2):
        name, arity = term.arguments
        if isinstance(name, Atom) and isinstance(arity, Number):
            return f"{name.written}/{arity.value}"
    return None


def functor_of(term: Term) -> tuple[str, int] | None:
    """Return name and arity of what can be called, a leading module aside; None for any other term."""
    if isinstance(term, Compound):
        return functor_of(term.arguments[1]) if term.is_a(":", 2) else (term.name, len(term.arguments))
    return (term.written, 0) if isinstance(term, Atom) else None


def _written(name: str, arguments: tuple[Term, ...]) -> str:
    if len(arguments) == 2 and not name[:1].isalpha():
        return _short(f"{arguments[0].written}{name}{arguments[1].written}")
    return f"{name}({_joined(arguments)})"


def _joined(terms: tuple[Term, ...]) -> str:
    return _short(", ".join(term.written for term in terms))


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
