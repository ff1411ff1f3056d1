"""The file systems behind URLs, by way of fsspec; credentials come from the environment and fsspec's configuration."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow_unifyweaver.exceptions import SourceError, UnifyWeaverError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_EXTRAS = {"hdfs": "hadoop", "s3": "s3", "s3a": "s3"}
_NOT_FOUND = 404

_instances: dict[tuple[int, str], AbstractFileSystem] = {}
"""Process and server -> file system. What a forked process inherits stays here, unused: connections and the thread that
serves them are its parent's, and even closing them would disturb it."""


def filesystem_of(url: str) -> AbstractFileSystem:
    """Return this process's file system for a URL.

    :raises SourceError: when fsspec has none, or its library is not installed.
    """
    scheme, server = urlsplit(url)[:2]
    key = os.getpid(), f"{scheme}://{server}"
    if key not in _instances:
        _instances[key] = _connect(url, scheme)
    return _instances[key]


def latest_info(url: str) -> dict[str, Any]:
    """Ask for a file's facts, as its file system names them; nothing that was cached is believed."""
    files = filesystem_of(url)
    path = inner_path(url)
    files.invalidate_cache(path)
    info: dict[str, Any] = files.info(path)
    return info


def inner_path(url: str) -> str:
    """Return what the file system itself calls a URL."""
    return str(filesystem_of(url)._strip_protocol(url))  # noqa: SLF001 - fsspec has no other name for it


def open_stream(url: str) -> IO[bytes]:
    """Open a file to be read once, from its start, without ranges."""
    stream: IO[bytes] = filesystem_of(url).open(inner_path(url), "rb", block_size=0)
    return stream


@contextmanager
def reading_url(url: str) -> Iterator[None]:
    """Raise whatever a file system has against reading a URL as one error that names it.

    :raises SourceError: naming the URL and the reason.
    """
    try:
        yield
    except UnifyWeaverError:
        raise
    except Exception as error:  # each file system raises what its own library does
        remedy = "check source.path" if is_missing(url, error) else "check source.path, credentials and the server"
        raise SourceError(f"{url} cannot be read: {reason_of(url, error)}; {remedy}") from None


def is_missing(url: str, error: Exception) -> bool:
    """Tell whether an error says that there is no such file; that of HTTP says so of any failure."""
    cause = error.__cause__
    is_failure = is_web(url) and cause is not None and getattr(cause, "status", None) != _NOT_FOUND
    return isinstance(error, FileNotFoundError) and not is_failure


def is_web(url: str) -> bool:
    """Tell whether a URL is of a web server, of which little can be expected."""
    return url.startswith(("http://", "https://"))


def reason_of(url: str, error: Exception) -> str:
    """Return in one line what a file system has against a URL, without the place in its server's code."""
    if is_missing(url, error):
        return "there is no such file"
    cause = error.__cause__ if isinstance(error, FileNotFoundError) else error
    message = str(cause).partition("\n\tat ")[0]
    return " ".join(f"{type(cause).__name__}: {message}".split()).rstrip(": .")


def _connect(url: str, scheme: str) -> AbstractFileSystem:
    from fsspec.core import url_to_fs

    with reading_url(url):
        try:
            return _hdfs(url) if scheme == "hdfs" else url_to_fs(url, skip_instance_cache=True)[0]
        except ImportError as error:
            extra = _EXTRAS.get(scheme)
            remedy = f"; pip install 'airflow-unifyweaver[{extra}]'" if extra else ""
            raise SourceError(f"{url}: what reads {scheme}:// is not installed ({error}){remedy}") from None
        except ValueError as error:
            raise SourceError(f"source.path {url!r}: fsspec cannot use it ({error}); check the URL") from None


def _hdfs(url: str) -> AbstractFileSystem:
    # What fsspec itself would take needs Java in every process.
    from airflow_unifyweaver.sources.hdfs import connect

    return connect(url)
