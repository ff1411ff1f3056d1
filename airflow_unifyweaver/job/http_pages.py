"""Which fields of a paginated http source go together, and how each kind of wrong pair is mended."""

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from airflow_unifyweaver.job.nearest import nearest
from airflow_unifyweaver.job.part import given

if TYPE_CHECKING:
    from airflow_unifyweaver.job.http_source import HttpSource

PAGE, OFFSET, CURSOR = PLACEHOLDERS = ("page", "offset", "cursor")
"""What may stand in double braces in the URL of a paginated source."""
LINK = "link"
"""The value of ``next_page`` that means the header of that name."""

_BRACES = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_PAGINATION = ("first_page", "pages", "page_size", "next_page", "parallel_pages")


def placeholders(url: str) -> list[str]:
    """Return the placeholders in a URL; other names in double braces are Airflow's templates."""
    return [name for name in _BRACES.findall(url) if name in PLACEHOLDERS]


def put(url: str, name: str, value: str) -> str:
    """Return a URL with a value in the place of a placeholder."""
    return _BRACES.sub(lambda found: value if found[1] == name else found[0], url)


def without_parameter(url: str, name: str) -> str:
    """Return a URL without the parameter that holds a placeholder, and with nothing in its place elsewhere."""
    parts = urlsplit(url)
    query = "&".join(parameter for parameter in parts.query.split("&") if name not in placeholders(parameter))
    return put(parts._replace(query=query).geturl(), name, "")


def check_pages(source: "HttpSource") -> None:
    """Check that all fields about pages fit each other.

    :raises ValueError: naming the one that does not, and what would.
    """
    if not source.paginated:
        _check_unpaginated(source)
    elif source.url is None:
        raise ValueError("paginated goes with url, not with urls")
    elif source.parallel_requests is not None:
        raise ValueError("parallel_requests is for urls; pages that are asked for at the same time are parallel_pages")
    elif source.next_page is None:
        _check_counted(source, placeholders(source.url))
    else:
        _check_linked(source, placeholders(source.url))


def _check_unpaginated(source: "HttpSource") -> None:
    found = given(source, _PAGINATION)
    if found:
        raise ValueError(f"{found[0]} goes with paginated: true only")
    if source.url is not None and placeholders(source.url):
        raise ValueError(f"{_braced(placeholders(source.url)[0])} in url goes with paginated: true only")


def _check_counted(source: "HttpSource", found: list[str]) -> None:
    if set(found) not in ({PAGE}, {OFFSET}):
        raise ValueError(
            f"paginated needs {_braced(PAGE)} or {_braced(OFFSET)} in url, or next_page{_suggestion(source)}"
        )
    if (OFFSET in found) != (source.page_size is not None):
        raise ValueError(f"{_braced(OFFSET)} in url and page_size go together")
    if OFFSET in found and source.first_page is not None:
        raise ValueError(f"first_page goes with {_braced(PAGE)}; an offset starts at 0")


def _check_linked(source: "HttpSource", found: list[str]) -> None:
    others = given(source, tuple(name for name in _PAGINATION if name != "next_page"))
    if others:
        raise ValueError(f"{others[0]} does not go with next_page: each page tells which one follows")
    if set(found) - {CURSOR}:
        raise ValueError(f"{_braced(found[0])} in url and next_page are two ways to the next page; give one")
    if found and source.next_page == LINK:
        raise ValueError(f"{_braced(CURSOR)} in url needs a JSON pointer as next_page, which tells where the cursor is")


def _suggestion(source: "HttpSource") -> str:
    names = _BRACES.findall(source.url or "")
    match = next(filter(None, (nearest(name, (PAGE, OFFSET)) for name in names if name not in PLACEHOLDERS)), None)
    return f"; did you mean {_braced(match)}?" if match else ""


def _braced(name: str) -> str:
    return f"{{{{{name}}}}}"
