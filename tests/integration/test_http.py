"""The http source against real servers, which answer late, wrongly, by halves or not at all."""

import json
import os
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.exceptions import JobError, JobFailedError, RunChangedError, SourceError
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.runner import load_job, plan_run
from airflow_unifyweaver.sources import http_client
from airflow_unifyweaver.sources.http_fetch import Fetcher
from airflow_unifyweaver.sources.registry import plan_source, reader_for

SECRET = "Bearer very-secret"
URLS = int(os.environ.get("UNIFYWEAVER_HTTP_URLS", "2000"))
"""How many URLs the faulty server is asked for."""
OPTIONS = {
    "rate_limit": None,
    "request_timeout": 10.0,
    "request_attempts": 1,
    "max_response_bytes": 1000,
    "ok_statuses": [],
    "headers_from_env": {},
}
WORK = """
import json


def rows(batch):
    return list(batch)


def texts(batch):
    return [page["text"] for page in batch]


def picky(batch):
    for record in batch:
        if record["id"] % 7 == 3:
            raise ValueError("no number for me")
        yield record["id"]
"""


@pytest.fixture
def job(tmp_path):
    (tmp_path / "work.py").write_text(WORK)

    def make(source, work="rows", **fields):
        own = {"name": "fetch", "source": {"type": "http"} | source, "work": {"python": f"work.py:{work}"}}
        return BatchJob.from_dict(own | {"retry": {"delay": 0.0}} | fields, base_dir=tmp_path)

    return make


@pytest.fixture
def run(job, tmp_path):
    """Runs a job, and returns its results."""

    def run_it(source, **fields):
        fields = {"parallel": {"backend": "bash_fork", "workers": 2}} | fields
        return lines(run_job(job(source, **fields), tmp_path / "run").file)

    return run_it


@pytest.fixture
def fetcher(tmp_path):
    made = []

    def make(**options):
        made.append(Fetcher(OPTIONS | options, tmp_path))
        return made[-1]

    yield make
    for one in made:
        one.close()


def lines(file):
    return [json.loads(line) for line in file.read_text().splitlines()]


def log(server):
    with urllib.request.urlopen(f"{server}/log") as answer:
        return json.load(answer)


def pages(server, number):
    return [f"{server}/pages/{name}" for name in range(number)]


def self_signed(folder):
    """Make a certificate for 127.0.0.1 that nobody has signed but itself, and return the file of it and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = Encoding.PEM
    file = folder / "server.pem"
    file.write_bytes(certificate.public_bytes(pem) + key.private_bytes(pem, PrivateFormat.PKCS8, NoEncryption()))
    return file


def items(server, by, count=45, size=10, **more):
    query = {"count": count, "size": size, "by": by} | more
    return f"{server}/items?" + "&".join(f"{name}={value}" for name, value in query.items())


def test_all_pages_of_a_faulty_server_are_fetched_and_none_twice(start_web_server, run, tmp_path):
    server = start_web_server("--faults", 0.05, "--seed", 11)
    (tmp_path / "urls.txt").write_text("".join(f"{url}\n" for url in pages(server, URLS)))
    results = run(
        {"urls": "urls.txt", "request_timeout": 2.0}, work="texts", parallel={"backend": "bash_fork", "workers": 20}
    )
    assert results == [f"<h1>Page {name}</h1>" for name in range(URLS)]
    told = log(server)
    assert len(told["answered"]) == URLS
    assert len(told["starts"]) > URLS * 1.04


def test_a_list_of_urls(web_server, run):
    first, second = run({"urls": [f"{web_server}/pages/a", f"{web_server}/moved?to=/pages/b"]})
    assert first == {
        "url": f"{web_server}/pages/a",
        "final_url": f"{web_server}/pages/a",
        "status": 200,
        "content_type": "text/html",
        "etag": '"a"',
        "text": "<h1>Page a</h1>",
    }
    assert second["url"].endswith("/moved?to=/pages/b")
    assert second["final_url"] == f"{web_server}/pages/b"


def test_a_batch_has_so_many_urls_and_a_file_of_them_may_have_comments(web_server, job, tmp_path):
    (tmp_path / "urls.txt").write_bytes(b"\xef\xbb\xbf# mine\r\n\r\n" + "\r\n".join(pages(web_server, 7)).encode())
    plan = plan_source(job({"urls": "urls.txt"}, batch={"batch_size": 3}), 2, tmp_path / "spool")
    recipes = list(plan.recipes)
    reader = reader_for(plan.manifest, tmp_path / "spool")
    batches = [[page["url"] for page in reader.read(recipe)] for recipe in recipes]
    assert batches == [pages(web_server, 7)[start : start + 3] for start in (0, 3, 6)]
    assert round(plan.unit * recipes[-1]["stop"]) == plan.size


def test_no_url_makes_no_batch(run, tmp_path):
    (tmp_path / "urls.txt").touch()
    assert run({"urls": "urls.txt"}) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"http://x/\nftp://x/", "urls.txt: line 2: wanted http:// or https:// URLs"),
        (b"http://me:very-secret@x/", "urls.txt: line 1: no user and password in a URL"),
        (b"http://x/{{ ds }}", "urls.txt: line 1: .* has a template in it, which only Airflow renders"),
        (b"\xff", "urls.txt: byte 0 is not UTF-8; a file of source.urls has one URL a line"),
    ],
)
def test_a_wrong_url_in_a_file_is_named_by_its_line(run, tmp_path, content, message):
    (tmp_path / "urls.txt").write_bytes(content)
    with pytest.raises(SourceError, match=message) as caught:
        run({"urls": "urls.txt"})
    assert "very-secret" not in str(caught.value)


def test_a_missing_file_of_urls_is_named(run):
    with pytest.raises(SourceError, match=r"urls.txt cannot be read: No such file or directory; check source.urls"):
        run({"urls": "urls.txt"})


def test_batches_by_bytes_are_refused_as_long_as_there_are_none(run):
    with pytest.raises(
        JobError, match=r"batch.batch_bytes: answers have no size before they are there; use batch_size"
    ):
        run({"urls": ["http://x/"]}, batch={"batch_bytes": 100})


def test_a_worker_asks_for_several_urls_at_a_time_if_told_to(start_web_server, run):
    server = start_web_server("--latency", 0.2)
    parallel = {"backend": "sequential"}
    batch = {"batch_size": 12}
    results = run({"urls": pages(server, 12), "parallel_requests": 4}, work="texts", parallel=parallel, batch=batch)
    assert results == [f"<h1>Page {name}</h1>" for name in range(12)]
    assert log(server)["most_busy"] == 4


def test_one_request_at_a_time_is_what_a_worker_makes_if_not_told(start_web_server, run):
    server = start_web_server("--latency", 0.05)
    run({"urls": pages(server, 6)}, parallel={"backend": "sequential"}, batch={"batch_size": 6})
    assert log(server)["most_busy"] == 1


def test_all_workers_keep_one_pace(start_web_server, run):
    server = start_web_server()
    parallel = {"backend": "bash_fork", "workers": 4, "map_tasks": 2}
    run({"urls": pages(server, 30), "rate_limit": 20.0}, parallel=parallel, batch={"batch_size": 2})
    starts = log(server)["starts"]
    assert starts[-1] - starts[0] > 29 / 20 - 0.2


def test_a_status_that_is_no_success_is_set_aside_with_its_url(web_server, run, tmp_path):
    urls = [*pages(web_server, 2), f"{web_server}/status/404", f"{web_server}/pages/last"]
    results = run({"urls": urls}, work="texts", failure={"quarantine": "record"}, batch={"batch_size": 4})
    assert results == ["<h1>Page 0</h1>", "<h1>Page 1</h1>", "<h1>Page last</h1>"]
    (aside,) = lines(tmp_path / "run" / "shards" / "0000" / "quarantine.jsonl")
    assert aside["url"] == f"{web_server}/status/404"
    assert aside["content"] == ""
    assert aside["error"].startswith(
        f"{web_server}/status/404: answered 404 Not Found; correct the URL, let the status"
    )


def test_without_a_quarantine_it_fails_the_job(web_server, run):
    with pytest.raises(JobFailedError, match=r"/status/410: answered 410 Gone"):
        run({"urls": [f"{web_server}/status/410"]})


def test_a_status_may_be_a_record_like_others(web_server, run):
    (record,) = run({"urls": [f"{web_server}/status/404"], "ok_statuses": [404]})
    assert (record["status"], record["text"]) == (404, "[]")


def test_single_records_of_an_answer_are_set_aside_and_looked_for_in_what_was_fetched_once(
    start_web_server, run, tmp_path
):
    server = start_web_server()
    source = {"urls": [items(server, "page", count=10, page=1), items(server, "page", count=20, page=2)]}
    results = run(
        source | {"records": "/data/items"},
        work="picky",
        failure={"quarantine": "record"},
        retry={"max_attempts": 1},
        batch={"batch_size": 2},
    )
    assert results == [number for number in range(20) if number % 7 != 3]
    aside = lines(tmp_path / "run" / "shards" / "0000" / "quarantine.jsonl")
    assert [(one["record"], one["url"], one["content"]) for one in aside] == [
        (3, source["urls"][0], '{"id":3}'),
        (10, source["urls"][1], '{"id":10}'),
        (17, source["urls"][1], '{"id":17}'),
    ]
    first, second = (url.removeprefix(server) for url in source["urls"])
    assert log(server)["answered"] == {first: 2, second: 1}  # the first attempt ended before the second page


WAYS = {
    "page": {"url": "&page={{page}}"},
    "page, 404 at the end": {"url": "&page={{ page }}&end=404"},
    "page, several at a time": {"url": "&page={{page}}", "parallel_pages": 4},
    "page, their number known": {"url": "&page={{page}}", "pages": 5, "parallel_pages": 2},
    "offset": {"url": "&offset={{offset}}", "page_size": 10},
    "offset, their number known": {"url": "&offset={{offset}}", "page_size": 10, "pages": 5},
    "cursor": {"url": "&cursor={{cursor}}", "next_page": "/next"},
    "next": {"url": "", "next_page": "/next"},
    "link": {"url": "", "next_page": "link"},
}


@pytest.mark.parametrize("way", WAYS)
def test_pages_come_one_after_another(web_server, run, way):
    url = items(web_server, way.partition(",")[0]) + WAYS[way]["url"]
    source = WAYS[way] | {"url": url, "paginated": True, "records": "/data/items"}
    assert run(source) == [{"id": number} for number in range(45)]


def test_a_page_may_be_a_record(web_server, run):
    url = items(web_server, "page", page="{{page}}", end="404")
    texts = [page["text"] for page in run({"url": url, "paginated": True})]
    assert [json.loads(text)["data"]["items"][0] for text in texts] == [{"id": number} for number in range(0, 50, 10)]


def test_commands_get_records_as_lines(web_server, tmp_path):
    source = {"type": "http", "url": items(web_server, "page", page=1), "records": "/data/items"}
    fields = {"name": "lines", "source": source, "work": {"command": "tail -n 2"}}
    result = run_job(BatchJob.from_dict(fields, base_dir=tmp_path), tmp_path / "run")
    assert result.file.read_text() == '{"id":8}\n{"id":9}\n'


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"url": "/status/404?{{page}}"}, "the first page answered 404 Not Found; correct source.url"),
        ({"url": "/status/403?{{page}}", "pages": 3}, "answered 403 Forbidden; correct the URL"),
        ({"url": "/pages/{{page}}", "records": ""}, "/pages/1: the answer is not JSON"),
        ({"url": "/echo?{{page}}", "records": "/items"}, "there is nothing at '/items'; check source.records"),
        (
            {"url": "/say?body=%7B%22n%22:%22ftp://x/%22%7D", "next_page": "/n"},
            "the page that it says is next cannot be asked: wanted http://",
        ),
        ({"url": "/echo", "next_page": ""}, "there is no cursor or URL at ''; check source.next_page"),
        ({"url": "/items?count=9&size=0&by=next", "next_page": "/next"}, "the pages go in circles"),
    ],
)
def test_pages_that_cannot_be_followed(web_server, run, source, message):
    with pytest.raises(SourceError, match=message):
        run(source | {"url": web_server + source["url"], "paginated": True})


def test_what_was_fetched_while_planning_is_not_fetched_again(start_web_server, job, tmp_path):
    server = start_web_server()
    source = {"url": items(server, "page") + "&page={{page}}", "paginated": True, "records": "/data/items"}
    again = RunDirectory(tmp_path / "run")
    plan_run(job(source), again)
    asked = len(log(server)["starts"])
    assert len(lines(run_job(load_job(again), again.path).file)) == 45
    assert len(log(server)["starts"]) == asked


def test_another_version_of_the_first_page_is_another_input(web_server, job, tmp_path):
    source = {"url": f"{web_server}/versions/a?{{{{page}}}}", "paginated": True, "pages": 2, "records": ""}
    run = RunDirectory(tmp_path / "run")
    plan_run(job(source), run)
    with pytest.raises(RunChangedError, match="the input has changed since this run was planned"):
        plan_run(job(source), run)


def test_a_first_page_that_changed_since_it_was_planned_fails(web_server, run):
    url = f"{web_server}/versions/b?{{{{page}}}}"
    with pytest.raises(JobFailedError, match=r"changed since it was planned: its ETag was .* plan the run again"):
        run({"url": url, "paginated": True, "pages": 2, "records": ""})


@pytest.mark.parametrize(
    ("path", "options", "message"),
    [
        ("/status/503", {"request_attempts": 2}, "answered 503 Service Unavailable, at the last of 2 attempts"),
        ("/status/429?after=301", {"request_attempts": 2}, "the server wants to be asked again in 301 s only"),
        ("/slow", {"request_timeout": 0.5}, "did not answer within 0.5 s, at the last of 1 attempts"),
        ("/bytes/1001", {}, "the answer has more than 1000 bytes; raise source.max_response_bytes"),
        ("/moved?to=ftp://x/", {}, "redirects to what is no plain http:// or https:// URL"),
        ("/moved?to=http://a:very-secret@x/", {}, "redirects to what is no plain http:// or https:// URL"),
        ("/loop", {}, "more than 20 redirects; correct the URL"),
    ],
)
def test_answers_that_cannot_be_had(web_server, fetcher, path, options, message):
    with pytest.raises(SourceError, match=message) as caught:
        fetcher(**options).fetch(web_server + path)
    assert str(caught.value).startswith(f"{web_server}{path}: ")


def test_a_server_that_is_not_there(fetcher):
    with pytest.raises(
        SourceError, match=r"^http://127.0.0.1:1/: failed with ConnectError: .*refused, at the last of 1"
    ):
        fetcher().fetch("http://127.0.0.1:1/")


def test_certificates_are_verified(fetcher, start_web_server, tmp_path, monkeypatch):
    server = start_web_server("--tls", self_signed(tmp_path)).replace("http:", "https:")
    with pytest.raises(SourceError, match=r"failed with ConnectError: .*certificate verify failed"):
        fetcher().fetch(f"{server}/pages/1")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    monkeypatch.setattr(http_client, "tls_context", http_client.tls_context.__wrapped__)
    assert fetcher().fetch(f"{server}/pages/1").body == b"<h1>Page 1</h1>"


def test_the_server_says_when_to_come_again(web_server, fetcher):
    started = time.monotonic()
    with pytest.raises(SourceError, match="429 Too Many Requests"):
        fetcher(request_attempts=2).fetch(f"{web_server}/status/429?after=1")
    assert time.monotonic() - started >= 1


def test_a_header_comes_from_the_environment_and_is_written_nowhere(web_server, run, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("API_TOKEN", SECRET + "\n")
    headers = {"Authorization": "API_TOKEN"}
    urls = [f"{web_server}/guarded", f"{web_server}/status/404"]
    run({"urls": urls, "headers_from_env": headers}, failure={"quarantine": "record"}, batch={"batch_size": 1})
    written = [file for file in (tmp_path / "run").rglob("*") if file.is_file()]
    assert written
    assert not [file for file in written if b"very-secret" in file.read_bytes()]
    assert "very-secret" not in caplog.text


@pytest.mark.parametrize("header", ["Authorization", "X-Api-Key"])
def test_it_goes_to_no_other_site(web_server, fetcher, monkeypatch, header):
    monkeypatch.setenv("API_TOKEN", SECRET)
    elsewhere = web_server.replace("127.0.0.1", "localhost")
    ask = fetcher(headers_from_env={header: "API_TOKEN"}).fetch
    assert SECRET in ask(f"{web_server}/moved?to=/echo").body.decode()
    assert SECRET not in ask(f"{web_server}/moved?to={elsewhere}/echo").body.decode()
    assert SECRET not in ask(f"{web_server}/echo", own_site=False).body.decode()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "source.headers_from_env: there is no environment variable API_TOKEN"),
        ("very\nsecret", "source.headers_from_env: API_TOKEN has a value that no header can have"),
    ],
)
def test_a_header_without_a_value_is_found_before_anything_is_asked(run, monkeypatch, value, message):
    if value is not None:
        monkeypatch.setenv("API_TOKEN", value)
    with pytest.raises(SourceError) as caught:
        run({"urls": ["http://127.0.0.1:1/"], "headers_from_env": {"Authorization": "API_TOKEN"}})
    assert str(caught.value) == message


def test_cookies_of_one_answer_do_not_go_to_another(web_server, fetcher):
    one = fetcher()
    assert "set-cookie" in one.fetch(f"{web_server}/pages/1").headers
    assert b"Cookie" not in one.fetch(f"{web_server}/echo").body


def test_templates_are_airflows(run):
    with pytest.raises(SourceError, match=r"source.url: .* has a template in it, which only Airflow renders"):
        run({"url": "http://x/{{ ds }}"})


def test_the_newest_file_cannot_go_first_where_there_are_no_files(web_server, run):
    parallel = {"backend": "sequential", "priority": {"file": "newest"}}
    with pytest.raises(JobError, match=r"parallel.priority.file: the batches of this job are not parts of files"):
        run({"urls": pages(web_server, 1)}, parallel=parallel)


def test_adaptive_batches_are_made_of_single_urls(web_server, run):
    results = run({"urls": pages(web_server, 40)}, work="texts", batch={"adaptive": {"target_seconds": 0.05}})
    assert results == [f"<h1>Page {name}</h1>" for name in range(40)]
