"""Paths and URLs of files, which must not carry secrets: a job is written down in its run directory."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from airflow_unifyweaver.job.http_url import secret_parameter
from airflow_unifyweaver.job.values import Paths

_REMEDY = "give credentials in the environment or fsspec's configuration, such as FSSPEC_S3_KEY and FSSPEC_S3_SECRET"


def check_paths(paths: str | tuple[str, ...]) -> str | tuple[str, ...]:
    """Refuse URLs with a password, a signature or another secret in them.

    :raises ValueError: without repeating the URL.
    """
    for path in (paths,) if isinstance(paths, str) else paths:
        if "://" in path:
            _check_url(path)
    return paths


def _check_url(path: str) -> None:
    try:
        url = urlsplit(path)
    except ValueError:  # of a host in brackets; whoever opens it will say so
        return
    if ":" in url.netloc.rpartition("@")[0]:
        raise ValueError(f"no password in the URL of a file on {url.hostname}; {_REMEDY}")
    parameter = secret_parameter(path)
    if parameter:
        raise ValueError(f"no secret such as {parameter} in the URL of a file on {url.hostname}; {_REMEDY}")


FilePaths = Annotated[Paths, AfterValidator(check_paths)]
FILES = (
    "Files to read: a path, a folder with all that is below it, a glob, a URL of any kind that fsspec knows, or a list "
    "of these. Files compressed by gzip, bzip2, zstd or xz are unpacked."
)
