"""A reducer in Prolog: a predicate that makes one term of two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from airflow_unifyweaver.work.prolog.program import Program
from airflow_unifyweaver.work.prolog.swipl import Swipl


@dataclass(frozen=True)
class PrologReducer:
    """Merges terms, many groups of them at a time.

    :param program: where the predicate is.
    :param swipl: runs it.
    :param name: its name; it has three arguments, the earlier term, the later one, and what they make.
    :param merges: ``values``, ``pairs`` or ``batches``.
    :param terms: the values come as the text of terms, as Prolog work gives them, and not as JSON.
    """

    program: Program
    swipl: Swipl
    name: str
    merges: str
    terms: bool

    def lift(self, groups: Sequence[Sequence[bytes]]) -> list[str]:
        """Return the text of the term that each group of values makes.

        :param groups: in each at least one value: the text of a term, or JSON.
        :raises WorkError: when the predicate has no solution, or raises.
        """
        return self._reduce(groups, "term" if self.terms else "json", "batch" if self.merges == "batches" else "term")

    def merge(self, groups: Sequence[Sequence[bytes]]) -> list[str]:
        """Return the text of the term that each group of terms makes."""
        return self._reduce(groups, "term", "term")

    def finish(self, groups: Sequence[Sequence[bytes]]) -> list[bytes]:
        """Return what each group of terms makes, as JSON."""
        return [text.encode() for text in self._reduce(groups, "term", "pair" if self.merges == "pairs" else "value")]

    def fingerprint(self) -> str:
        """Return a digest of the program."""
        return self.program.fingerprint()

    def _reduce(self, groups: Sequence[Sequence[bytes]], form: str, show: str) -> list[str]:
        request = ("reduce", {"name": self.name, "form": form, "show": show})
        lines = [b"[%b].\n" % b",".join(group) for group in groups]
        return self.swipl.run(request, lines).decode("utf-8", "surrogatepass").split("\n")[:-1]
