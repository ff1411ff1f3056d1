"""Walking through the pages of a URL, which end where the server says so."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.job.http_pages import CURSOR, LINK, placeholders, put, without_parameter
from airflow_unifyweaver.job.http_url import check_http
from airflow_unifyweaver.sources.http_answer import Answer
from airflow_unifyweaver.sources.http_fetch import Fetcher
from airflow_unifyweaver.sources.http_urls import page_urls

if TYPE_CHECKING:
    from airflow_unifyweaver.job.http_source import HttpSource


def walk(source: HttpSource, fetcher: Fetcher) -> Iterator[list[Any]]:
    """Yield the records of one page after another.

    :raises SourceError: when a page cannot be had, or does not tell what the source says it tells.
    """
    if source.next_page is None:
        return _numbered(source, fetcher)
    return (_records(source, answer) for answer in _linked(source, source.next_page, fetcher))


def _numbered(source: HttpSource, fetcher: Fetcher) -> Iterator[list[Any]]:
    """Yield pages up to one that is empty or not there; some are asked for ahead, perhaps beyond the end."""
    missing = {HTTPStatus.NOT_FOUND.value}
    for number, answer in enumerate(_ahead(page_urls(source), source.parallel_pages or 1, fetcher, missing)):
        if number == 0 and answer.status in missing:
            raise SourceError(f"{answer.url}: the first page answered {answer.reason}; correct source.url")
        records = [] if _is_beyond(answer) else _records(source, answer)
        if not records:
            return
        yield records


def _ahead(urls: Iterator[str], together: int, fetcher: Fetcher, accept: set[int]) -> Iterator[Answer]:
    """Yield the answers to URLs in order, while so many are asked at a time."""
    pool = ThreadPoolExecutor(together)
    ask: Callable[[str], Answer] = lambda url: fetcher.fetch(url, accept=accept)  # noqa: E731
    try:
        pending = deque(pool.submit(ask, url) for url in islice(urls, together))
        for url in urls:
            yield pending.popleft().result()
            pending.append(pool.submit(ask, url))
    finally:
        pool.shutdown(cancel_futures=True)


def _is_beyond(answer: Answer) -> bool:
    return answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.NO_CONTENT) or not answer.body


def _records(source: HttpSource, answer: Answer) -> list[Any]:
    return [answer.record(source.encoding)] if source.records is None else answer.records(source.records)


def _linked(source: HttpSource, pointer: str, fetcher: Fetcher) -> Iterator[Answer]:
    """Yield pages, each of which tells where the next one is, until one tells none."""
    template = source.url or ""
    first = url = without_parameter(template, CURSOR)
    seen = set()
    while url:
        if url in seen:
            raise SourceError(f"{url}: the pages go in circles, for this one came before; check source.next_page")
        seen.add(url)
        answer = fetcher.fetch(url, own_site=_site(url) == _site(first))
        yield answer
        url = _link(answer) if pointer == LINK else _following(answer, pointer, template)


def _following(answer: Answer, pointer: str, template: str) -> str:
    """Return the URL of the next page by the cursor or URL that a JSON pointer points at, or empty text."""
    following = answer.optional_value_at(pointer)
    if following is None or following is False or following == "":
        return ""
    if isinstance(following, bool) or not isinstance(following, str | int):
        raise SourceError(f"{answer.url}: there is no cursor or URL at {pointer!r}; check source.next_page")
    if CURSOR in placeholders(template):
        return put(template, CURSOR, quote(str(following), safe=""))
    return _joined(answer, str(following))


def _link(answer: Answer) -> str:
    """Return the URL of the next page by the header ``Link`` (RFC 8288), or empty text if it names none."""
    for link in answer.links:
        if "next" in link.get("rel", "").lower().split():
            return _joined(answer, link["url"])
    return ""


def _joined(answer: Answer, reference: str) -> str:
    """Return what a reference in an answer refers to.

    :raises SourceError: when it is no URL that can be asked.
    """
    try:
        return check_http(urljoin(answer.final_url, reference))
    except ValueError as error:
        raise SourceError(f"{answer.url}: the page that it says is next cannot be asked: {error}") from None


def _site(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
