"""Reading a batch of answers."""

from __future__ import annotations

import builtins
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_unifyweaver.exceptions import SourceError, writing
from airflow_unifyweaver.sources.base import Manifest, Recipe, Span
from airflow_unifyweaver.sources.batches import SHOWN_BYTES
from airflow_unifyweaver.sources.extras import extra_module
from airflow_unifyweaver.sources.http_answer import Answer
from airflow_unifyweaver.sources.http_client import tls_context
from airflow_unifyweaver.sources.http_fetch import Fetcher
from airflow_unifyweaver.sources.json_records import to_line
from airflow_unifyweaver.sources.json_table import columns, made_table
from airflow_unifyweaver.sources.source_file import write_all
from airflow_unifyweaver.sources.text_batch import TextReader

if TYPE_CHECKING:
    import pandas
    import pyarrow

_KEPT = "kept"


class Item(NamedTuple):
    """A record and the URL it came from; or, with an error, a URL that no record could be had from."""

    url: str
    record: Any
    error: str | None = None


class HttpBatch:
    """The records of some URLs, which are fetched as they are asked for, and only once.

    :param items: what the URLs give, in their order.
    :param kept: the file in which they are kept as soon as single records are looked at.
    :raises SourceError: while records are read, when a URL gives none.
    """

    def __init__(self, items: Iterable[Item], kept: Path) -> None:
        self._coming = iter(items)
        self._kept = kept
        self._items: list[Item] = []

    def __iter__(self) -> Iterator[Any]:
        """Yield the records."""
        for item in self._all():
            if item.error is not None:
                raise SourceError(item.error)
            yield item.record

    def bytes(self) -> builtins.bytes:
        """Return the records as lines of JSON."""
        return b"".join(map(to_line, self))

    def arrow(self) -> pyarrow.Table:
        """Return the records as a table, with a column for each name in any of them."""
        return made_table(list(self), "answers")

    def pandas(self) -> pandas.DataFrame:
        """Return the records as a frame, with a column for each name in any of them."""
        return extra_module("pandas", "pandas").DataFrame(columns(list(self)))

    def is_empty(self) -> bool:
        """Tell whether there is no record in the answers."""
        return next(self._all(), None) is None

    def records(self) -> list[Span]:
        """Return the number of each record, a URL that gives none counting as one that fails.

        They are kept from now on: asked again, the server might give other records, to which the numbers do not fit.
        """
        items = list(self._all())
        if not self._kept.exists():
            _keep(items, self._kept)
        return [(number, number + 1) for number in range(len(items))]

    def pick(self, records: Sequence[Span]) -> HttpBatch:
        """Return a batch of these records only.

        :param records: some of :meth:`records`, in order.
        """
        items = list(self._all())
        return HttpBatch([items[number] for number, _ in records], self._kept)

    def describe(self, record: Span) -> dict[str, Any]:
        """Return the URL of a record, and its content as JSON; only the beginning if it is long."""
        item = list(self._all())[record[0]]
        line = b"" if item.error is not None else to_line(item.record)[:SHOWN_BYTES]
        return {"url": item.url, "content": line.decode("utf-8", "ignore").rstrip()}

    def feed(self, descriptor: int) -> None:
        """Write the records to a file descriptor that blocks, as lines of JSON.

        :raises BrokenPipeError: when the reader of a pipe closed its end early.
        """
        for record in self:
            write_all(descriptor, to_line(record))

    def _all(self) -> Iterator[Item]:
        for number in count():
            if number == len(self._items):
                self._items += islice(self._coming, 1)
            if number == len(self._items):
                return
            yield self._items[number]


class HttpReader:
    """Opens batches of URLs, and keeps the connections to their servers."""

    def __init__(self, manifest: Manifest, spool: Path) -> None:
        tls_context()
        self._manifest = manifest
        self._spool = spool
        self._urls = TextReader(manifest, spool)
        self._fetcher = Fetcher(manifest["fetch"], spool)

    def __reduce__(self) -> tuple[type[HttpReader], tuple[Manifest, Path]]:
        return type(self), (self._manifest, self._spool)

    def read(self, recipe: Recipe) -> HttpBatch:
        """Open a batch; nothing is fetched before its records are asked for."""
        kept = Path(self._manifest["files"][0]["path"]).with_name(_KEPT) / f"{recipe['start']}-{recipe['stop']}.jsonl"
        items = _load(kept) if kept.exists() else self._items(list(self._urls.read(recipe)))
        return HttpBatch(items, kept)

    def _items(self, urls: list[str]) -> Iterator[Item]:
        together = self._manifest["together"]
        if together == 1:
            yield from (item for url in urls for item in self._ask(url))
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(together) as pool:
            for items in pool.map(self._ask, urls):
                yield from items

    def _ask(self, url: str) -> list[Item]:
        pointer, encoding = self._manifest["records"], self._manifest["encoding"]
        try:
            answer = self._fetcher.fetch(url)
            self._check_version(answer)
            found = [answer.record(encoding)] if pointer is None else answer.records(pointer)
        except SourceError as error:
            return [Item(url, None, str(error))]
        return [Item(url, record) for record in found]

    def _check_version(self, answer: Answer) -> None:
        planned = self._manifest["version"]
        if planned is None or planned["url"] != answer.url:
            return
        etag = answer.headers.get("etag")
        if etag != planned["etag"]:
            raise SourceError(
                f"{answer.url} changed since it was planned: its ETag was {planned['etag']} and is {etag}; "
                "plan the run again"
            )


def _keep(items: Sequence[Item], path: Path) -> None:
    with writing(path):
        path.parent.mkdir(exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}")
        with unfinished.open("wb") as file:
            file.writelines(map(to_line, items))
        unfinished.replace(path)


def _load(path: Path) -> Iterator[Item]:
    with path.open("rb") as file:
        for line in file:
            yield Item(*json.loads(line))
