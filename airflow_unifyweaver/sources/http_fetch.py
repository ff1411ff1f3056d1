"""Fetching URLs: with attempts, at a pace, within limits."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.http_answer import Answer
from airflow_unifyweaver.sources.http_client import make_client, redirected, secret_headers
from airflow_unifyweaver.sources.rate_limit import RateLimit
from airflow_unifyweaver.sources.retry_after import backoff, retry_after

if TYPE_CHECKING:
    import httpx

MAX_REDIRECTS = 20
LONGEST_RETRY_AFTER_SECONDS = 300.0
"""A server that wants to be left alone for longer makes the request fail."""

_TRANSIENT = frozenset({408, 425, 429})
_PACE = "pace"


class FetchOptions(TypedDict):
    """What a manifest says of requests; the names are those of the source's fields."""

    rate_limit: float | None
    request_timeout: float
    request_attempts: int
    max_response_bytes: int
    ok_statuses: list[int]
    headers_from_env: dict[str, str]


class Fetcher:
    """Fetches URLs; any number of threads may do so at a time.

    Its client, which keeps connections, is made with the first request, and so after all forks.

    :param options: how to ask.
    :param folder: where all processes that share the rate limit find it.
    """

    def __init__(self, options: FetchOptions, folder: Path) -> None:
        self._options = options
        rate = options["rate_limit"]
        self._pace = RateLimit(rate, folder / _PACE) if rate else None
        self._client: httpx.Client | None = None
        self._making = threading.Lock()

    def fetch(self, url: str, *, own_site: bool = True, accept: Collection[int] = ()) -> Answer:
        """Return the answer to a GET request.

        :param url: with http or https.
        :param own_site: it is one that the job names, so that its headers may go there.
        :param accept: statuses that are no errors, besides 2xx and those of the options.
        :raises SourceError: naming the URL and the last of the reasons why there is none.
        """
        attempts = self._options["request_attempts"]
        for attempt in range(1, attempts + 1):
            answer = self._try(url, own_site)
            if isinstance(answer, Answer) and self._is_good(answer, accept):
                return answer
            if isinstance(answer, Answer) and not _is_transient(answer.status):
                raise self._refused(answer)
            if attempt < attempts:
                time.sleep(_wait(url, answer, attempt))
        reason = f"answered {answer.reason}" if isinstance(answer, Answer) else answer
        raise SourceError(
            f"{url}: {reason}, at the last of {attempts} attempts; see whether the server is well, "
            "or set source.rate_limit, request_timeout or request_attempts"
        )

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        if self._client is not None:
            self._client.close()

    def _is_good(self, answer: Answer, accept: Collection[int]) -> bool:
        return 200 <= answer.status < 300 or answer.status in accept or answer.status in self._options["ok_statuses"]

    def _refused(self, answer: Answer) -> SourceError:
        return SourceError(
            f"{answer.url}: answered {answer.reason}; correct the URL, let the status count by source.ok_statuses, "
            "or have it set aside by failure.quarantine: record"
        )

    def _try(self, url: str, own_site: bool) -> Answer | str:
        """Return the answer, or why there was none."""
        import httpx

        headers = secret_headers(self._options["headers_from_env"]) if own_site else {}
        try:
            return self._follow(url, self._connected().build_request("GET", url, headers=headers), headers)
        except httpx.TimeoutException:
            return f"did not answer within {self._options['request_timeout']:g} s"
        except (httpx.TransportError, httpx.DecodingError) as error:
            return f"failed with {type(error).__name__}: {error}"
        except httpx.InvalidURL as error:
            raise SourceError(f"{url}: this is no URL: {error}") from None

    def _connected(self) -> httpx.Client:
        with self._making:
            if self._client is None:
                self._client = make_client(self._options["request_timeout"])
            return self._client

    def _follow(self, url: str, request: httpx.Request, secret: Collection[str]) -> Answer:
        deadline = time.monotonic() + self._options["request_timeout"]
        for _ in range(MAX_REDIRECTS + 1):
            if self._pace is not None:
                self._pace.wait()
                deadline = time.monotonic() + self._options["request_timeout"]
            response = self._connected().send(request, stream=True)
            try:
                body = self._read(url, response, deadline)
            finally:
                response.close()
            if response.next_request is None:
                return _answer(url, request, response, body)
            request = redirected(url, request, response.next_request, secret)
        raise SourceError(f"{url}: more than {MAX_REDIRECTS} redirects; correct the URL")

    def _read(self, url: str, response: httpx.Response, deadline: float) -> bytes:
        import httpx

        body, limit = bytearray(), self._options["max_response_bytes"]
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > limit:
                raise SourceError(f"{url}: the answer has more than {limit} bytes; raise source.max_response_bytes")
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout("the answer as a whole takes too long")
        return bytes(body)


def _answer(url: str, request: httpx.Request, response: httpx.Response, body: bytes) -> Answer:
    return Answer(
        url=url,
        final_url=str(request.url),
        status=response.status_code,
        headers=response.headers,
        charset=response.charset_encoding,
        links=list(response.links.values()),
        body=body,
    )


def _is_transient(status: int) -> bool:
    return status in _TRANSIENT or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _wait(url: str, answer: Answer | str, attempt: int) -> float:
    """Return for how many seconds to wait before another attempt.

    :raises SourceError: when the server wants that to be too long.
    """
    asked = retry_after(answer.headers.get("retry-after")) if isinstance(answer, Answer) else None
    if asked is None:
        return backoff(attempt)
    if asked > LONGEST_RETRY_AFTER_SECONDS:
        raise SourceError(f"{url}: the server wants to be asked again in {asked:.0f} s only; resume the run then")
    return asked
