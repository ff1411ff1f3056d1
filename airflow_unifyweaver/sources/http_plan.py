"""Planning batches of what web servers answer.

Where the URLs are known, they are copied into the spool, and a batch is a range of bytes of that file: workers fetch.
Where only the pages themselves tell how many there are, planning has to fetch them all, and keeps their records.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.exceptions import JobError, writing
from airflow_unifyweaver.sources.base import Manifest, Recipe, SourcePlan
from airflow_unifyweaver.sources.http_client import secret_headers
from airflow_unifyweaver.sources.http_fetch import Fetcher, FetchOptions
from airflow_unifyweaver.sources.http_urls import list_urls
from airflow_unifyweaver.sources.http_walk import walk
from airflow_unifyweaver.sources.json_records import to_line
from airflow_unifyweaver.sources.json_scan import scan_values
from airflow_unifyweaver.sources.planning import spool_entry
from airflow_unifyweaver.sources.spool import spooled
from airflow_unifyweaver.sources.text_plan import plan_lines

if TYPE_CHECKING:
    from airflow_unifyweaver.job.http_source import HttpSource
    from airflow_unifyweaver.job.model import BatchJob

LARGEST_DEFAULT = 50
"""Most URLs of a batch when the job does not say how to cut: few seconds of work, that is, to be done anew."""
ANSWER_BYTES = 20_000
"""What an answer is taken to have, as nobody knows before; ``backend: auto`` goes by it."""
MOST_PIECES = 20_000
"""Into how many pieces a list is cut at most that adaptive batches are made of."""

_BATCHES_PER_WORKER = 4


def plan_http(source: HttpSource, job: BatchJob, workers: int, spool: Path) -> SourcePlan:
    """Plan batches of URLs, or fetch all pages and plan batches of their records.

    :param workers: how many batches run at a time; sizes the batches when the job does not.
    :param spool: the run's folder for the URLs or the records.
    :raises SourceError: when there is no list of URLs, a header has no value, or a page cannot be fetched.
    """
    secret_headers(source.headers_from_env)
    if source.paginated and source.pages is None:
        return spooled(
            {"type": "http", "url": source.url}, spool, lambda folder: _fetched(source, job, workers, folder)
        )
    if job.batch.batch_bytes is not None:
        raise JobError(
            "batch.batch_bytes: answers have no size before they are there; use batch_size, a number of URLs"
        )
    urls = list_urls(source, job.resolve)
    version = _version(source, urls[0], spool) if source.paginated else None
    origin = {"type": "http", "urls": _digest(urls), "version": version}
    count = job.batch.batch_size or _default_size(len(urls), workers, adaptive=job.batch.adaptive is not None)
    return spooled(origin, spool, lambda folder: _listed(source, urls, version, count, folder))


def fetch_options(source: HttpSource) -> FetchOptions:
    """Return what a source says about requests."""
    return FetchOptions(
        rate_limit=source.rate_limit,
        request_timeout=source.request_timeout,
        request_attempts=source.request_attempts,
        max_response_bytes=source.max_response_bytes,
        ok_statuses=list(source.ok_statuses),
        headers_from_env=dict(source.headers_from_env),
    )


def _version(source: HttpSource, first: str, spool: Path) -> dict[str, str] | None:
    """Return the ETag of the first page, which stands for all of them, or None when it has none."""
    with closing(Fetcher(fetch_options(source) | {"rate_limit": None}, spool)) as fetcher:
        etag = fetcher.fetch(first).headers.get("etag")
    return {"url": first, "etag": etag} if etag is not None else None


def _listed(
    source: HttpSource, urls: Sequence[str], version: dict[str, str] | None, count: int, folder: Path
) -> SourcePlan:
    file = folder / "urls.txt"
    with writing(file):
        file.write_text("".join(f"{url}\n" for url in urls), "utf-8")
    manifest: Manifest = {
        "type": "http",
        "exact": True,
        "files": [spool_entry(file, "utf-8")],
        "fetch": fetch_options(source),
        "together": (source.parallel_pages if source.paginated else source.parallel_requests) or 1,
        "records": source.records,
        "encoding": source.encoding,
        "version": version,
    }
    size = len(urls) * ANSWER_BYTES
    return SourcePlan(manifest, size, _ranges(urls, count), size / max(1, file.stat().st_size))


def _ranges(urls: Sequence[str], count: int) -> Iterator[Recipe]:
    start = 0
    for first in range(0, len(urls), count):
        stop = start + sum(len(url.encode()) + 1 for url in urls[first : first + count])
        yield {"file": 0, "start": start, "stop": stop}
        start = stop


def _fetched(source: HttpSource, job: BatchJob, workers: int, folder: Path) -> SourcePlan:
    file = folder / "records.jsonl"
    with closing(Fetcher(fetch_options(source), folder)) as fetcher, writing(file), file.open("wb") as records:
        for page in walk(source, fetcher):
            records.writelines(map(to_line, page))
    manifest: Manifest = {"type": "json", "pointer": None, "files": [spool_entry(file, "utf-8")]}
    return plan_lines(manifest, job.batch, workers, folder, scan_values)


def _default_size(urls: int, workers: int, *, adaptive: bool) -> int:
    if adaptive:
        return max(1, -(-urls // MOST_PIECES))
    return min(max(1, urls // (workers * _BATCHES_PER_WORKER)), LARGEST_DEFAULT)


def _digest(urls: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(urls).encode()).hexdigest()
