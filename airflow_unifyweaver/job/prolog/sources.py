"""The source of a job, as ``dynamic_source`` and ``source`` say it."""

import re
import shlex
from collections.abc import Sequence
from typing import Any

from airflow_unifyweaver.job.nearest import did_you_mean
from airflow_unifyweaver.job.prolog.draft import Draft
from airflow_unifyweaver.job.prolog.options import each_option, put_option, read_options
from airflow_unifyweaver.job.prolog.table import SOURCE_TYPES, options_of, options_of_source
from airflow_unifyweaver.job.prolog.terms import Atom, Compound, ListTerm, Term, Text, indicator_of
from airflow_unifyweaver.job.prolog.values import Option

_PATH = ("source", "path")
_OF_EVERY_LINE = re.compile(r"\s*\{\s*print(\s+\$0)?\s*;?\s*\}\s*")


def read_dynamic_source(draft: Draft, goal: Compound) -> None:
    """Set the source that ``dynamic_source/2,3`` describes."""
    relation, described, *rest = goal.arguments
    draft.relation = indicator_of(relation)
    if draft.relation is None:
        draft.complain(relation.at, f"wanted a predicate as Name/Arity, got {relation.written}")
    if isinstance(described, Compound) and described.is_a("external", 2):
        kind, place = described.arguments
        _read(draft, goal.name, kind, place, rest)
    elif isinstance(described, ListTerm):
        _read_list(draft, goal, described, rest)
    else:
        draft.complain(described.at, f"wanted external(Type, Place) or a list of options, got {described.written}")


def read_source(draft: Draft, goal: Compound) -> None:
    """Set the source that ``source/3`` describes."""
    kind, relation, options = goal.arguments
    draft.relation = indicator_of(relation) or relation.written
    _read(draft, goal.name, kind, None, [options])


def _read_list(draft: Draft, goal: Compound, described: ListTerm, rest: Sequence[Term]) -> None:
    """Read a source whose type is one of its options."""
    options = list(each_option(draft, [described, *rest], goal.name))
    kinds = [option for option in options if option.name in ("type", "source_type")]
    if len(kinds) == 1:
        others = [term for term in described.items if term.at != kinds[0].at]
        _read(draft, goal.name, kinds[0].arguments[0], None, [*others, *rest])
    else:
        draft.complain(described.at, "wanted one type(Type) among the options")


def _read(draft: Draft, directive: str, kind: Term, place: Term | None, terms: Sequence[Term]) -> None:
    name = kind.written
    if not isinstance(kind, Atom | Text) or name not in SOURCE_TYPES:
        draft.complain(kind.at, f"unknown type of source {name}{did_you_mean(name, SOURCE_TYPES)}")
        return
    draft.put(("source", "type"), "sql" if name == "sqlite" else name, kind.at, own=True)
    if place is not None:
        field = SOURCE_TYPES[name]
        put_option(draft, Option(field, (place,), place.at), ("source", field), own=True)
    read_options(draft, terms, options_of(directive) | options_of_source(name), directive, own=True)
    _translate(draft, name, kind.at)


def _translate(draft: Draft, kind: str, at: int) -> None:
    """Put what UnifyWeaver says in its own way as a job says it."""
    if kind == "csv" and ("source", "header") not in draft:
        draft.put(("source", "header"), False, at, own=True)
    elif kind == "sqlite" and isinstance(file := draft.value("source", "url"), str) and "://" not in file:
        draft.exchange(("source", "url"), {"url": f"sqlite:///{file}"})
    elif kind == "awk" and isinstance(command := draft.value("source", "program"), str) and _PATH not in draft:
        draft.exchange(("source", "program"), _awk(command))


def _awk(command: str) -> dict[str, Any]:
    """Return the fields that an awk program, or a whole command line with awk, is."""
    if not re.match(r"\s*awk\s", command):
        return {"program": command}
    words = _plain_words(command)
    if len(words) < 3 or any(word.startswith("-") for word in words[1:]):
        return {"type": "command", "command": command}
    _, program, *files = words
    return {
        "program": program,
        "path": files if len(files) > 1 else files[0],
        **({"stateless": True} if _OF_EVERY_LINE.fullmatch(program) else {}),
    }


def _plain_words(command: str) -> list[str]:
    """Split a command line into words; into none when bash might make something else of it."""
    if re.search(r"[|&;<>()$`\\\"'~{}#\n]", re.sub(r"'[^']*'", "", command)):
        return []
    return shlex.split(command)
