"""A job file: found, read as text, and parsed by the front end that its suffix names."""

import itertools
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.messages import shown

_T = TypeVar("_T")
_PLACE = re.compile(r"\d+:\d+: ")


@dataclass(frozen=True)
class JobFile:
    """What a job file says."""

    data: dict[str, Any]
    places: Mapping[str, str] = field(default_factory=dict)
    """Line and column of each field, by its dotted path, where the front end knows them."""

    def locate(self, error: JobError, overridden: Iterable[str] = ()) -> JobError:
        """Put the place of the field that is wrong before each line of an error.

        :param overridden: fields whose values are not from the file.
        """
        places = {name: place for name, place in self.places.items() if name not in overridden}
        return JobError("\n".join(f"{_place(line, places)}{line}" for line in str(error).splitlines()))


def _place(line: str, places: Mapping[str, str]) -> str:
    """Return the place of the field that a message begins with; if it has none, of one inside or around."""
    name = line.partition(": ")[0]
    while name:
        inside = (known for known in places if known == name or known.startswith((f"{name}.", f"{name}[")))
        found = next(inside, None)
        if found:
            return f"{places[found]}: "
        name = re.sub(r"(^|\.|\[)[^.\[]*$", "", name)
    return ""


def read_job_files(paths: Sequence[Path]) -> Iterator[JobFile | JobError]:
    """Read what job files hold, and give for each that or an error.

    SWI-Prolog, which takes longer to start than to read a program, is started once for all programs.
    """
    texts = [_attempt(_read_text, path) for path in paths]
    programs = [
        text for path, text in zip(paths, texts, strict=True) if path.suffix == PROLOG and isinstance(text, str)
    ]
    answers: Any = _attempt(_read_programs, programs) if programs else []
    each = itertools.repeat(answers) if isinstance(answers, JobError) else iter(answers)
    for path, text in zip(paths, texts, strict=True):
        if isinstance(text, JobError):
            yield text
        elif path.suffix == PROLOG:
            yield _attempt(_program, path, text, next(each))
        else:
            yield _attempt(_mapping, path, text)


def with_file(path: str | os.PathLike[str], error: JobError) -> JobError:
    """Put the name of the file before each line of an error, which may begin with line and column."""
    lines = str(error).splitlines()
    return JobError("\n".join(f"{path}{':' if _PLACE.match(line) else ': '}{line}" for line in lines))


def _attempt(act: Callable[..., _T], *arguments: Any) -> _T | JobError:
    try:
        return act(*arguments)
    except JobError as error:
        return error
    except RecursionError:
        return JobError("is nested too deeply")


def _read_programs(texts: list[str]) -> list[str]:
    from airflow_unifyweaver.job.prolog.swipl import read_terms

    return read_terms(texts)


def _program(path: Path, text: str, answer: str | JobError) -> JobFile:
    from airflow_unifyweaver.job.prolog.job import draft_job
    from airflow_unifyweaver.job.prolog.program import program_of

    if isinstance(answer, JobError):
        raise answer
    draft = draft_job(program_of(text, answer), path.name)
    return JobFile(draft.data(), draft.places())


def _mapping(path: Path, text: str) -> JobFile:
    data = _PARSERS[path.suffix](text)
    if data is None:
        raise JobError("is empty; a job has at least name, source and work")
    if not isinstance(data, dict):
        raise JobError(f"a job is a mapping of fields such as name, source and work, got {shown(data)}")
    return JobFile(data)


def _read_text(path: Path) -> str:
    if path.suffix not in SUFFIXES:
        raise JobError(f"the name of a job file ends in .yaml, .yml, .json or .pl, not in {path.suffix!r}")
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise JobError(f"is not UTF-8 text: byte {error.start} is {error.object[error.start]:#04x}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise JobError(f"cannot be read: {reason}") from None


def _parse_yaml(text: str) -> Any:
    from airflow_unifyweaver.job.yaml_file import parse_yaml

    return parse_yaml(text)


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_distinct) if text.strip() else None
    except json.JSONDecodeError as error:
        raise JobError(f"not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None
    except ValueError as error:  # a number with thousands of digits
        raise JobError(f"not valid JSON: {error}") from None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if repeated:
        raise JobError(f"not valid JSON: {', '.join(repeated)} is given twice in one object")
    return dict(pairs)


_PARSERS = {".yaml": _parse_yaml, ".yml": _parse_yaml, ".json": _parse_json}
PROLOG = ".pl"
SUFFIXES = (*_PARSERS, PROLOG)
"""How the names of job files end."""
