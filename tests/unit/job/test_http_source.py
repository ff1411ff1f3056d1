"""Fields of the http source that have to fit each other, and URLs that are refused."""

import pytest

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.http_source import HttpSource

PAGES = {"url": "https://x/?p={{page}}", "paginated": True}
OFFSETS = {"url": "https://x/?o={{offset}}", "paginated": True, "page_size": 10}
CURSORS = {"url": "https://x/?c={{cursor}}", "paginated": True, "next_page": "/next"}
LINKS = {"url": "https://x/", "paginated": True, "next_page": "link"}


@pytest.mark.parametrize(
    "fields",
    [
        {"url": "https://x/"},
        {"urls": "urls.txt", "parallel_requests": 4, "rate_limit": 2.5},
        {"urls": ["https://x/", "HTTP://[::1]:8080/é"], "ok_statuses": [404]},
        {"urls": "{{ params.urls }}"},
        {"url": "https://{{ var.value.host }}/?p={{ page }}", "paginated": True},
        PAGES | {"first_page": 0, "pages": 3, "parallel_pages": 2},
        OFFSETS | {"pages": 3},
        CURSORS | {"records": "/data"},
        {"url": "https://x/?page_token={{cursor}}", "paginated": True, "next_page": "/next"},
        LINKS,
    ],
)
def test_fields_that_fit(fields):
    HttpSource(**fields)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (PAGES | {"url": "https://x/"}, "paginated needs {{page}} or {{offset}} in url, or next_page"),
        (
            PAGES | {"url": "https://x/{{pages}}"},
            "paginated needs {{page}} or {{offset}} in url, or next_page; did you mean {{page}}?",
        ),
        (
            PAGES | {"url": "https://x/{{ ofset }}"},
            "paginated needs {{page}} or {{offset}} in url, or next_page; did you mean {{offset}}?",
        ),
        (PAGES | {"url": "https://x/{{page}}/{{offset}}"}, "paginated needs {{page}} or {{offset}} in url"),
        (PAGES | {"url": "https://x/{{cursor}}"}, "paginated needs {{page}} or {{offset}} in url"),
        (PAGES | {"page_size": 3}, "{{offset}} in url and page_size go together"),
        (OFFSETS | {"page_size": None}, "{{offset}} in url and page_size go together"),
        (OFFSETS | {"first_page": 1}, "first_page goes with {{page}}; an offset starts at 0"),
        (PAGES | {"parallel_requests": 2}, "parallel_requests is for urls; pages that are asked for at the same time"),
        (PAGES | {"next_page": "link"}, "{{page}} in url and next_page are two ways to the next page; give one"),
        (
            CURSORS | {"parallel_pages": 2},
            "parallel_pages does not go with next_page: each page tells which one follows",
        ),
        (CURSORS | {"pages": 2}, "pages does not go with next_page: each page tells which one follows"),
        (CURSORS | {"next_page": "link"}, "{{cursor}} in url needs a JSON pointer as next_page"),
        (CURSORS | {"next_page": "next"}, "next_page: wanted link, or a JSON pointer such as /meta/next, got 'next'"),
        ({"urls": "urls.txt", "paginated": True}, "paginated goes with url, not with urls"),
        ({"urls": "urls.txt", "parallel_pages": 2}, "parallel_pages goes with paginated: true only"),
        ({"url": "https://x/{{page}}"}, "{{page}} in url goes with paginated: true only"),
        ({"url": "https://x/", "records": "", "ok_statuses": [404]}, "ok_statuses does not go with records"),
        ({"url": "https://x/", "records": "", "encoding": "latin-1"}, "encoding does not go with records, for JSON"),
        ({"url": "https://x/", "ok_statuses": [99]}, "ok_statuses[0]: wanted an HTTP status, a whole number from 200"),
        ({"url": "https://x/", "ok_statuses": 404}, "ok_statuses: wanted a list of HTTP statuses"),
        ({"url": "https://x/", "rate_limit": 0}, "rate_limit: wanted a number of requests a second above 0, got 0"),
        ({"url": "https://x/", "headers_from_env": {"A B": "C"}}, "headers_from_env.A B: wanted a name"),
    ],
)
def test_fields_that_do_not_fit(fields, message):
    with pytest.raises(JobError) as caught:
        HttpSource(**fields)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("url", ["ftp://x/", "x", "/x", "https:///", "https://x:0/", "https://x/a b", "https://x:y/"])
def test_what_is_no_http_url_is_refused(url):
    for fields in ({"url": url}, {"urls": ["https://x/", url]}, {"url": url + "{{page}}", "paginated": True}):
        with pytest.raises(JobError, match=r"^wanted http:// or https:// URLs"):
            HttpSource(**fields)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:very-secret@x/",
        "https://very-secret@x/{{ ds }}",
        "https://x/?api_key=very-secret",
        "https://x/?a=1&Access-Token=very-secret",
        "https://x/?token={{ var.value.very_secret }}",
        "https://x/?X-Amz-Signature=very-secret",
        "https://x/?sv=1&sig=very-secret",
    ],
)
def test_a_secret_in_a_url_is_refused_and_not_shown(url):
    for fields in ({"url": url}, {"urls": [url]}):
        with pytest.raises(JobError, match=r"^no (user and password|secret such as \S+) in a URL") as caught:
            HttpSource(**fields)
        assert "very" not in str(caught.value)
