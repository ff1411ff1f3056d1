"""Python work: a user's function over a batch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from airflow_unifyweaver.exceptions import WorkError
from airflow_unifyweaver.sources.base import Batch
from airflow_unifyweaver.work.function import FunctionReference

_SINGLE_RESULTS = (str, bytes, bytearray, dict, tuple)


@dataclass(frozen=True)
class PythonWork:
    """Calls ``function(batch)``.

    What it returns or yields are the results: a generator, list or other iterable gives many of them. A string, dict,
    tuple (a key and its value, by key), number or other single object is one result, and None is none.

    :param function: the user's function.
    """

    function: FunctionReference

    def prepare(self) -> None:
        """Leave all to the first batch, whose failure it is if something is missing."""

    def run(self, batch: Batch) -> Iterable[Any]:
        """Call the function on a batch and return its results, which may still be about to be made.

        :raises WorkError: when it returns a table, whose rows it has to give.
        """
        returned = self.function.resolve()(batch)
        if returned is None:
            return ()
        if isinstance(returned, _SINGLE_RESULTS) or not isinstance(returned, Iterable):
            return (returned,)
        if type(returned).__name__ == "DataFrame":
            raise WorkError("the work returned a DataFrame, whose items are its columns; return .to_dict('records')")
        return returned

    def fingerprint(self) -> str:
        """Return a digest of the function's name and file."""
        return self.function.fingerprint()
