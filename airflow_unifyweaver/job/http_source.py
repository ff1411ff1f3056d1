"""The http source: answers of web servers."""

from typing import Annotated, Literal, Self

from pydantic import Field, Strict, model_validator

from airflow_unifyweaver.job.encoding import Encoding
from airflow_unifyweaver.job.http_pages import CURSOR, LINK, PLACEHOLDERS, check_pages, put, without_parameter
from airflow_unifyweaver.job.http_url import check_http
from airflow_unifyweaver.job.part import require_one
from airflow_unifyweaver.job.source_part import SourcePart
from airflow_unifyweaver.job.values import (
    HEADERS_FROM_ENV,
    IN_ORDER,
    Count,
    Flag,
    HeadersFromEnv,
    Paths,
    Pointer,
    PositiveCount,
    Seconds,
    Text,
    wanted,
)

_Rate = Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False), wanted("a number of requests a second above 0")]
_NextPage = Annotated[Literal["link"] | Pointer, wanted(f"{LINK}, or a JSON pointer such as /meta/next")]
_Status = Annotated[int, Strict(), Field(ge=200, le=599), wanted("an HTTP status, a whole number from 200 to 599")]
_Statuses = Annotated[tuple[_Status, ...], IN_ORDER, wanted("a list of HTTP statuses, whole numbers from 200 to 599")]


class HttpSource(SourcePart):
    """Answers of web servers: to a list of URLs, or page after page of one."""

    type: Literal["http"] = Field(default="http", description="Kind of source.")
    url: Text | None = Field(
        default=None, description="One URL, in which {{page}}, {{offset}} or {{cursor}} stands for what tells pages."
    )
    urls: Paths | None = Field(default=None, description="URLs: a list, or the path of a file with one a line.")
    records: Pointer | None = Field(
        default=None,
        description="Where in each answer, which is JSON then, the array of records is (RFC 6901); absent: an answer "
        "is one record.",
    )
    paginated: Flag = Field(default=False, description="Whether the URL is asked for page after page.")
    first_page: Count | None = Field(default=None, description="Number of the first page; 1 if absent.")
    pages: PositiveCount | None = Field(
        default=None, description="How many pages there are; absent: as many as come before an empty page or a 404."
    )
    page_size: PositiveCount | None = Field(default=None, description="How far one {{offset}} is from the next.")
    next_page: _NextPage | None = Field(
        default=None,
        description="Where a page tells which one follows: link for the header Link (RFC 8288), or a JSON pointer to "
        "what takes the place of {{cursor}}, or to a URL.",
    )
    parallel_pages: PositiveCount | None = Field(
        default=None, description="Pages that one process asks for at the same time; 1 if absent."
    )
    parallel_requests: PositiveCount | None = Field(
        default=None, description="Of a list of URLs, how many one worker asks for at the same time; 1 if absent."
    )
    rate_limit: _Rate | None = Field(
        default=None, description="Most requests a second, over all workers of the run on a machine."
    )
    request_timeout: Seconds = Field(default=30.0, description="Longest time for one whole answer, in seconds.")
    request_attempts: PositiveCount = Field(
        default=4,
        description="How often a request is made at most when the answer is 408, 425, 429 or 5xx, late or cut short, "
        "or does not come; each attempt at a batch counts anew.",
    )
    max_response_bytes: PositiveCount = Field(
        default=64 << 20, description="Most bytes of an answer, unpacked; a longer one is an error."
    )
    ok_statuses: _Statuses = Field(default=(), description="Statuses that make a record, besides 200 to 299.")
    encoding: Encoding | None = Field(
        default=None, description="Text encoding of the answers; absent: as each one says, or else utf-8."
    )
    headers_from_env: HeadersFromEnv = HEADERS_FROM_ENV

    @model_validator(mode="after")
    def _check(self) -> Self:
        require_one(self, "url", "urls")
        for url in (self.url,) if self.url is not None else self.urls if isinstance(self.urls, tuple) else ():
            _check_url(url)
        check_pages(self)
        if self.records is not None and self.ok_statuses:
            raise ValueError("ok_statuses does not go with records, which other answers do not have")
        if self.records is not None and self.encoding is not None:
            raise ValueError("encoding does not go with records, for JSON is UTF-8; it is for answers as text")
        return self


def _check_url(url: str) -> None:
    """Check a URL as far as it is known before Airflow has rendered the templates in it."""
    url = without_parameter(url, CURSOR)
    for name in PLACEHOLDERS:
        url = put(url, name, "1")
    check_http(url, template="{{" in url or "{%" in url)
