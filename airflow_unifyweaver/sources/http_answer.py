"""The answer to a request: what is in it, and the records that it makes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.sources.encodings import LONGEST_MARK, codec_of, encoding_named
from airflow_unifyweaver.sources.pointed_value import value_at


@dataclass(frozen=True)
class Answer:
    """A whole answer.

    :param url: what was asked for.
    :param final_url: what answered, after redirects.
    :param headers: its headers, names in any case.
    :param charset: the text encoding that its content type names.
    :param links: what its header ``Link`` names: the ``url`` of each, and its parameters such as ``rel``.
    """

    url: str
    final_url: str
    status: int
    headers: Mapping[str, str]
    charset: str | None
    links: Sequence[Mapping[str, str]]
    body: bytes

    @property
    def reason(self) -> str:
        """The status in words."""
        known = self.status in set(HTTPStatus)
        return f"{self.status} {HTTPStatus(self.status).phrase}" if known else str(self.status)

    def record(self, encoding: str | None) -> dict[str, Any]:
        """Return the answer as one record.

        :param encoding: what its text is decoded by, whatever it says itself.
        :raises SourceError: when it cannot be decoded.
        """
        return {
            "url": self.url,
            "final_url": self.final_url,
            "status": self.status,
            "content_type": self.headers.get("content-type"),
            "etag": self.headers.get("etag"),
            "text": self._text(encoding or self.charset or "utf-8"),
        }

    def records(self, pointer: str) -> list[Any]:
        """Return the array of records in the answer; an answer without content (204) has none.

        :raises SourceError: when the answer is not JSON, or has no array there.
        """
        if self.status == HTTPStatus.NO_CONTENT:
            return []
        try:
            records = value_at(self._document, pointer)
        except LookupError:
            raise SourceError(f"{self.url}: there is nothing at {pointer!r}; check source.records") from None
        if not isinstance(records, list):
            raise SourceError(f"{self.url}: there is something else than an array at {pointer!r}; check source.records")
        return records

    def optional_value_at(self, pointer: str) -> Any:
        """Return the value that a JSON pointer points at, or None when there is nothing.

        :raises SourceError: when the answer is not JSON.
        """
        try:
            return value_at(self._document, pointer)
        except LookupError:
            return None

    @cached_property
    def _document(self) -> Any:
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise SourceError(f"{self.url}: the answer is not JSON: {error}; check the URL") from None

    def _text(self, encoding: str) -> str:
        try:
            "".encode(encoding)
        except (LookupError, ValueError):
            raise SourceError(
                f"{self.url}: the answer is in {encoding!r}, which Python does not know; set source.encoding"
            ) from None
        codec, start = codec_of(encoding, self.body[:LONGEST_MARK])
        return encoding_named(codec).decode(self.body[start:], self.url, start)
