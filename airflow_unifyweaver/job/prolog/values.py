"""What terms mean as values of fields: options such as ``workers(4)``, lists of them, texts, numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_unifyweaver.job.prolog.terms import (
    Atom,
    Compound,
    ListTerm,
    Number,
    Term,
    Text,
    Variable,
    indicator_of,
)

_CONSTANTS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True)
class Option:
    """A name and what it is given: ``workers(4)``, ``workers = 4``."""

    name: str
    arguments: tuple[Term, ...]
    at: int


class NoValueError(ValueError):
    """A term that means no value; the message says why, ``at`` where."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at = at


def option_of(term: Term) -> Option | None:
    """Return the option that a term is, or None when it is none."""
    if not isinstance(term, Compound) or indicator_of(term):
        return None
    if term.is_a("=", 2):
        name, value = term.arguments
        return Option(name.written, (value,), term.at) if isinstance(name, Atom | Text) else None
    if len(term.arguments) == 1 or all(map(option_of, term.arguments)):
        return Option(term.name, term.arguments, term.at)
    return None


def inner_options(terms: Sequence[Term]) -> list[Option] | None:
    """Return the options that terms are, or that the one list among them holds; None when they are values."""
    if len(terms) == 1 and isinstance(terms[0], ListTerm):
        terms = terms[0].items
    options = [option_of(term) for term in terms]
    found = [option for option in options if option is not None]
    return found if found and len(found) == len(options) else None


def leaves(option: Option, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any, int]]:
    """Yield every field that an option sets: its path, its value, and where it was given.

    :param path: the field that the option itself is.
    :raises NoValueError: when there is no value.
    """
    inner = inner_options(option.arguments)
    if inner is not None:
        for each in inner:
            yield from leaves(each, (*path, each.name))
    else:
        yield path, value_of(_only(option)), option.at


def value_of(term: Term) -> Any:
    """Return what JSON would have for a term.

    ``true``, ``false`` and ``null`` are as in JSON, and ``{}`` is an empty mapping; all other atoms are texts, and so
    are strings, whatever they hold. Options in a list are a mapping.

    :raises NoValueError: when there is no value.
    """
    match term:
        case Atom():
            return {} if term.written == "{}" else _CONSTANTS.get(term.written, term.written)
        case Text():
            return term.written
        case Number():
            return _number(term)
        case ListTerm():
            options = inner_options((term,))
            return [value_of(item) for item in term.items] if options is None else _mapping(options)
        case Compound() if indicator_of(term):
            return indicator_of(term)
        case Variable():
            raise NoValueError(term.at, f"wanted a value, got the variable {term.written}")
    raise NoValueError(term.at, f"wanted a value, got {term.written}")


def _mapping(options: list[Option]) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for option in options:
        if option.name in mapping:
            raise NoValueError(option.at, f"{option.name} is given twice")
        inner = inner_options(option.arguments)
        mapping[option.name] = _mapping(inner) if inner is not None else value_of(_only(option))
    return mapping


def _only(option: Option) -> Term:
    if len(option.arguments) != 1:
        raise NoValueError(option.at, f"{option.name} takes one value, got {len(option.arguments)}")
    return option.arguments[0]


def _number(term: Number) -> int | float:
    if any(character.isspace() for character in term.written.lstrip("-+ ")):  # 1 2 would be 12
        raise NoValueError(term.at, f"{term.written} has a space in it; is a comma missing?")
    return term.value
