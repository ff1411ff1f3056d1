"""The job that directives make: fields with the place that each was given at, and all that is wrong with them."""

from dataclasses import dataclass
from typing import Any

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.prolog.program import Program

FieldPath = tuple[str | int, ...]
"""Names of fields, outermost first; an item of a list by its number."""


@dataclass(frozen=True)
class _Given:
    value: Any
    at: int
    own: bool


class Draft:
    """Fields of a job as they are gathered.

    Some are given for one predicate or one source, and win over those given for the whole program.
    """

    def __init__(self, program: Program, file: str) -> None:
        self.program = program
        self.file = file
        self.relation: str | None = None
        """The predicate whose facts the records are: name/arity, or a name alone."""
        self.handlers: dict[str, int] = {}
        """The program's predicates that hear of events, each with the place that names it."""
        self._given: dict[FieldPath, _Given] = {}
        self._problems: list[tuple[int, str]] = []

    def __contains__(self, path: FieldPath) -> bool:
        """Tell whether a field, or one inside it, was given."""
        return any(given[: len(path)] == path for given in self._given)

    def at(self, path: FieldPath) -> int:
        """Return the place where a field was given."""
        return self._given[path].at

    def value(self, *path: str | int) -> Any:
        """Return the value of a field, None when it was not given."""
        given = self._given.get(path)
        return given.value if given else None

    def claim(self, path: FieldPath, at: int, own: bool = False) -> bool:
        """Make way for a field: true when it is to be set, with nothing in its place any more.

        :param own: whether it is given for one predicate or source.
        """
        others = [given for given in self._given if given[: len(path)] == path or path[: len(given)] == given]
        if any(self._given[other].own for other in others) and not own:
            return False
        twice = [other for other in others if self._given[other].own == own]
        if twice:
            first = self.program.place(self._given[twice[0]].at)
            self.complain(at, f"{_dotted(path)} is given twice; first at {first}")
            return False
        for other in others:
            del self._given[other]
        return True

    def put(self, path: FieldPath, value: Any, at: int, own: bool = False) -> None:
        """Set a field, unless it was given for one predicate or source and now comes for all.

        :param own: whether it is given for one predicate or source.
        """
        if self.claim(path, at, own):
            self._given[path] = _Given(value, at, own)

    def exchange(self, path: FieldPath, fields: dict[str, Any]) -> None:
        """Put fields of the same part in the place of one."""
        given = self._given.pop(path)
        for name, value in fields.items():
            self._given[*path[:-1], name] = _Given(value, given.at, given.own)

    def append(self, path: FieldPath, value: Any, at: int) -> None:
        """Add to the list that a field holds."""
        number = len([given for given in self._given if given[:-1] == path])
        self._given[*path, number] = _Given(value, at, own=False)

    def complain(self, at: int, message: str) -> None:
        """Note a problem."""
        self._problems.append((at, message))

    def raise_problems(self) -> None:
        """Report what is wrong so far, one line a problem.

        :raises JobError: when anything is.
        """
        if self._problems:
            lines = [f"{self.program.place(at)}: {message}" for at, message in sorted(self._problems)]
            raise JobError("\n".join(dict.fromkeys(lines)))

    def data(self) -> dict[str, Any]:
        """Return the job's mapping of fields."""
        data: dict[str, Any] = {}
        for path, given in self._given.items():
            _put(data, path, given.value)
        return data

    def places(self) -> dict[str, str]:
        """Return the line and column of each field that was given, by its dotted path."""
        return {_dotted(path): self.program.place(given.at) for path, given in self._given.items()}


def _dotted(path: FieldPath) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _put(data: dict[Any, Any], path: FieldPath, value: Any) -> None:
    *parents, last = path
    for name in parents[:-1]:
        data = data.setdefault(name, {})
    if isinstance(last, int):  # items come in their order
        data.setdefault(parents[-1], []).append(value)
    elif parents:
        data.setdefault(parents[-1], {})[last] = value
    else:
        data[last] = value
