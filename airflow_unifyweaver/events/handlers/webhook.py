"""The webhook: posts events to an HTTP server.

It is made with the standard library: to post one small body needs no client of its own, and of those that come with
Airflow none is promised to stay.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from airflow_unifyweaver.events.schema import Event
from airflow_unifyweaver.exceptions import JobError


class WebhookHandler:
    """Posts each event as a JSON object; any answer but a 2xx is an error, which the bus counts and reports.

    :param url: where to; ``http`` or ``https``.
    :param headers: further headers, which may be secret.
    :param timeout: seconds to wait for the server, each time that it is waited for.
    :param job: name of the job, which goes into every event.
    :raises JobError: when a header has a value that no header can have.
    """

    def __init__(self, url: str, headers: Mapping[str, str], timeout: float, job: str) -> None:
        self._url = url
        self._headers = {"Content-Type": "application/json", "User-Agent": "airflow-unifyweaver"}
        self._timeout = timeout
        self._job = job
        for name, value in headers.items():
            self._headers[name] = value.strip()
            if not (value.isascii() and value.strip().isprintable()):  # http.client's own error would show the value
                raise JobError(f"{self.name}: the header {name} has a value that no header can have")

    @property
    def name(self) -> str:
        """How reports call it. Of the URL it tells only the host, for many have a secret in their path."""
        return f"webhook {urlsplit(self._url).hostname}"

    def __call__(self, event: Event) -> None:
        """Post an event.

        :raises OSError: when the server cannot be reached, is too slow, or does not accept it.
        """
        body = json.dumps(event.to_dict() | {"job": self._job}).encode()
        request = Request(self._url, body, self._headers)  # noqa: S310 - the job accepts http and https only
        with _OPENER.open(request, timeout=self._timeout) as answer:
            answer.read()


class _NoRedirects(HTTPRedirectHandler):
    """Leaves a redirection the error that it is: following it would get instead of post, and take secrets along."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = build_opener(_NoRedirects)
