"""The URLs of an http source whose number is known before any is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.job.http_pages import OFFSET, PAGE, placeholders, put
from airflow_unifyweaver.job.http_url import check_http
from airflow_unifyweaver.sources.open_file import unusable

if TYPE_CHECKING:
    from airflow_unifyweaver.job.http_source import HttpSource


def list_urls(source: HttpSource, resolve: Callable[[str], str]) -> list[str]:
    """List the URLs that a source names, or those of its pages when it says how many there are.

    :param resolve: makes a path of the job absolute.
    :raises SourceError: when one is no URL or holds a secret, or the file of them cannot be read.
    """
    if source.url is not None:
        urls = islice(page_urls(source), source.pages) if source.paginated else iter([source.url])
        return [_checked(url, "source.url") for url in urls]
    if isinstance(source.urls, str):
        return list(_read(resolve(source.urls)))
    return [_checked(url, f"source.urls[{number}]") for number, url in enumerate(source.urls or ())]


def page_urls(source: HttpSource) -> Iterator[str]:
    """Yield the URL of each numbered page, and never end."""
    url = source.url or ""
    if OFFSET in placeholders(url):
        return (put(url, OFFSET, str(offset)) for offset in count(0, source.page_size or 1))
    first = 1 if source.first_page is None else source.first_page
    return (put(url, PAGE, str(number)) for number in count(first))


def _read(path: str) -> Iterator[str]:
    """Yield the URLs in a file; blank lines and lines that begin with # are none."""
    if "://" in path:
        raise SourceError(f"source.urls: {path} is a URL; put a single one into source.url, or into a list")
    try:
        lines = Path(path).read_text("utf-8-sig").split("\n")
    except OSError as error:
        raise unusable(path, error, "source.urls") from None
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path}: byte {error.start} is not UTF-8; a file of source.urls has one URL a line"
        ) from None
    for number, line in enumerate(lines, start=1):
        url = line.strip()
        if url and not url.startswith("#"):
            yield _checked(url, f"{path}: line {number}")


def _checked(url: str, place: str) -> str:
    if "{{" in url:
        raise SourceError(f"{place}: {url} has a template in it, which only Airflow renders; write out the URL")
    try:
        return check_http(url)
    except ValueError as error:
        raise SourceError(f"{place}: {error}") from None
