"""The dashboard as a plugin names it: nothing of it is imported before the first request.

Plugins are loaded by every process of Airflow, and only the API server has a use for this one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from airflow.sdk.configuration import conf

PREFIX = "/unifyweaver"

_Message = MutableMapping[str, Any]


async def dashboard(
    scope: _Message, receive: Callable[[], Awaitable[_Message]], send: Callable[[_Message], Awaitable[None]]
) -> None:
    """Answer a request, as an ASGI application."""
    from airflow_unifyweaver.plugins.dashboard.app import app

    await app(scope, receive, send)


def address(query: str = "") -> str:
    """Return the path of a page of the dashboard as browsers see it, behind a proxy too."""
    base_url: str = conf.get("api", "base_url", fallback="/")
    return urlsplit(base_url).path.rstrip("/") + PREFIX + query
