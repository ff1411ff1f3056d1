"""The client that makes requests, and the headers that stay secret."""

from __future__ import annotations

import logging
import os
import ssl
from collections.abc import Collection
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING

from airflow_unifyweaver.exceptions import SourceError

if TYPE_CHECKING:
    import httpx


@cache
def tls_context() -> ssl.SSLContext:
    """Return the TLS settings of all clients, certificates verified.

    They take long to make: called before slots are forked, this spares them the loading of certificates and of httpx.
    """
    import httpx

    return httpx.create_ssl_context()


def make_client(timeout: float) -> httpx.Client:
    """Return a client that keeps its connections.

    :param timeout: seconds to wait for a server, each time that it is waited for.
    """
    import httpx

    logging.getLogger("httpx").setLevel(logging.WARNING)  # else it writes a line for each request
    return httpx.Client(
        headers={"User-Agent": "airflow-unifyweaver"},
        verify=tls_context(),
        timeout=timeout,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=None),
        # What one answer sets must not change what another one is.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


def secret_headers(names: dict[str, str]) -> dict[str, str]:
    """Return headers whose values the environment holds.

    :param names: each header with its environment variable.
    :raises SourceError: naming the variable that is not there, or the header that can have no such value.
    """
    headers = {}
    for header, variable in names.items():
        if variable not in os.environ:
            raise SourceError(f"source.headers_from_env: there is no environment variable {variable}")
        headers[header] = os.environ[variable].strip()
        if not (headers[header].isascii() and headers[header].isprintable()):
            raise SourceError(f"source.headers_from_env: {variable} has a value that no header can have")
    return headers


def redirected(url: str, request: httpx.Request, following: httpx.Request, secret: Collection[str]) -> httpx.Request:
    """Return the request that follows a redirect, without secret headers when it goes to another site.

    :param url: what was asked for at first.
    :param request: what was answered by a redirect.
    :param following: what follows by itself.
    :param secret: names of headers.
    :raises SourceError: when it leads to what is no plain http:// or https:// URL.
    """
    if following.url.scheme not in ("http", "https") or following.url.userinfo:
        raise SourceError(f"{url}: redirects to what is no plain http:// or https:// URL; correct the URL")
    if _site(following.url) != _site(request.url):
        for name in secret:
            following.headers.pop(name, None)
    return following


def _site(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
