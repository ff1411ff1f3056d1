"""Where runs are: a place is a path or a URL, and the run at a URL has a local copy."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from airflow_unifyweaver import settings
from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.run.directory import RunDirectory


def run_at(place: Path | str) -> RunDirectory:
    """Return the directory of the run at a path or a URL.

    :raises RunError: when it is a URL that has a secret in it or leads nowhere; it is not repeated then.
    """
    text = os.fspath(place)
    if "://" not in text:
        return RunDirectory(Path(text).absolute())
    checked = checked_url(text)
    url = urlsplit(checked)
    if url.scheme == "file":
        return RunDirectory(Path(unquote(url.path)))
    return RunDirectory(staged(checked), checked)


def checked_url(url: str) -> str:
    """Return the URL of a folder without slashes at its end.

    :raises RunError: when it has a secret in it, for it is written down in places, or is none of a folder.
    """
    from airflow_unifyweaver.job.file_paths import check_paths  # by way of pydantic, which no worker needs

    try:
        check_paths(url)
        parts = urlsplit(url)
    except ValueError as error:
        raise RunError(f"the URL of a run or a storage: {error}") from None
    if parts.query or parts.fragment or "::" in url or not (parts.netloc or parts.path):
        raise RunError(f"{parts.scheme}://{parts.hostname or ''}: the URL of a run or a storage names a folder only")
    return url.rstrip("/")


def staged(url: str) -> Path:
    """Return where the local copy of what is at a URL stands."""
    parts = urlsplit(url)
    return settings.staging().joinpath(parts.scheme, plain_name(parts.netloc), *parts.path.split("/"))


def plain_name(name: str) -> str:
    """Return a name as one component of a path on any server; distinct names stay distinct.

    HDFS takes no colon, and Hadoop's programs take what follows a percent sign for a code of their own.
    """
    return quote(name, safe="+~@").replace("%", "=")
