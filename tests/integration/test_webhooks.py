"""Webhooks against a real HTTP server, which may also refuse, redirect, or never answer."""

import base64
import json
import logging
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.events import bus
from airflow_unifyweaver.events.handlers.webhook import WebhookHandler
from airflow_unifyweaver.events.schema import Event
from airflow_unifyweaver.exceptions import JobError

SECRET = "Bearer very-secret"
EVENT = Event("batch_failed", "worker.0", "batch_00001", {"error": "exit code 3"}, "run", 2, 1)
DAG_FILE = """
    from airflow.sdk import DAG
    from airflow_unifyweaver.dags import batch_task_group

    job = {
        "name": "lines",
        "source": {"type": "text", "path": "in.txt"},
        "work": {"command": "wc -l"},
        "on_event": {"batch_complete": [{"conn_id": "alerts"}]},
    }

    with DAG("connected"):
        batch_task_group(job)
"""


class Server(ThreadingHTTPServer):
    """Remembers what is posted to it, and answers as it is told to."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server_port}/hooks/x"
        self.status = 204
        self.answers = threading.Event()
        self.answers.set()
        self.requests = []

    @property
    def posted(self):
        return [json.loads(body) for _, body in self.requests]


class Answer(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((dict(self.headers), body))
        self.server.answers.wait()
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.answers.set()
    server.shutdown()
    thread.join()
    server.server_close()


def job(tmp_path, *handlers, event="batch_complete", command="wc -l"):
    (tmp_path / "in.txt").write_text("a\nb\nc\n")
    fields = {
        "name": "lines",
        "source": {"type": "text", "path": "in.txt"},
        "batch": {"batch_size": 1},
        "work": {"command": command},
        "aggregation": "sum",
        "parallel": {"backend": "sequential"},
        "retry": {"max_attempts": 1},
        "failure": {"budget": "100%"},
        "on_event": {event: list(handlers)},
    }
    return BatchJob.from_dict(fields, base_dir=tmp_path)


def test_an_event_is_posted_as_json(server):
    WebhookHandler(server.url, {"X-Key": "secret"}, 10, "lines")(EVENT)
    ((headers, _),) = server.requests
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Key"] == "secret"
    assert server.posted == [EVENT.to_dict() | {"job": "lines"}]


@pytest.mark.parametrize("status", [302, 307, 404, 500])
def test_any_other_answer_than_success_is_an_error(server, status):
    server.status = status
    with pytest.raises(OSError, match=str(status)):
        WebhookHandler(server.url, {}, 10, "lines")(EVENT)
    assert len(server.requests) == 1


def test_a_server_that_does_not_answer_is_given_up_on(server):
    server.answers.clear()
    with pytest.raises(TimeoutError):
        WebhookHandler(server.url, {}, 0.2, "lines")(EVENT)


def test_reports_do_not_tell_the_path(server):
    assert WebhookHandler(server.url, {}, 10, "lines").name == "webhook 127.0.0.1"


def test_a_url_in_a_job_is_a_webhook(server, tmp_path):
    result = run_job(job(tmp_path, server.url), tmp_path / "run")
    assert result.results == 3
    assert [event["batch_id"] for event in server.posted] == ["batch_00000", "batch_00001", "batch_00002"]
    assert {event["job"] for event in server.posted} == {"lines"}


def test_a_header_comes_from_the_environment_and_is_written_nowhere(server, tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("HOOK_TOKEN", SECRET)
    webhook = {"url": server.url, "headers_from_env": {"Authorization": "HOOK_TOKEN"}}
    run_job(job(tmp_path, webhook, event="batch_failed", command="exit 3"), tmp_path / "run")
    assert {headers["Authorization"] for headers, _ in server.requests} == {SECRET}
    assert SECRET not in caplog.text
    written = [file for file in (tmp_path / "run").rglob("*") if file.is_file()]
    assert written
    assert not [file for file in written if SECRET.encode() in file.read_bytes()]


def test_a_newline_behind_a_secret_does_not_matter(server):
    WebhookHandler(server.url, {"Authorization": SECRET + "\n"}, 10, "lines")(EVENT)
    assert server.requests[0][0]["Authorization"] == SECRET


@pytest.mark.parametrize("value", ["very\nsecret", "very-s\u00e9cret", "very\0secret"])
def test_an_impossible_header_is_refused_without_showing_its_value(value):
    with pytest.raises(JobError) as caught:
        WebhookHandler("http://127.0.0.1/x", {"Authorization": value}, 10, "lines")
    assert str(caught.value) == "webhook 127.0.0.1: the header Authorization has a value that no header can have"


def test_a_variable_that_is_not_there_is_named_before_anything_runs(tmp_path):
    webhook = {"url": "http://127.0.0.1/x", "headers_from_env": {"Authorization": "NO_SUCH_TOKEN"}}
    with pytest.raises(JobError, match="there is no environment variable NO_SUCH_TOKEN"):
        run_job(job(tmp_path, webhook), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_server_that_answers_500_is_counted_and_the_run_goes_on(server, tmp_path, caplog):
    server.status = 500
    assert run_job(job(tmp_path, server.url), tmp_path / "run").results == 3
    assert len(server.requests) == 3
    assert "webhook 127.0.0.1: raised 3 times, missed 0 events" in caplog.text
    assert "/hooks/x" not in caplog.text


def test_a_server_that_hangs_is_reported_and_the_run_goes_on(server, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(bus, "CLOSE_SECONDS", 0.5)
    server.answers.clear()
    started = time.monotonic()
    assert run_job(job(tmp_path, server.url), tmp_path / "run").results == 3
    assert time.monotonic() - started < 20
    assert "webhook 127.0.0.1 is still busy; it is left behind" in caplog.text


def test_without_airflow_a_connection_is_passed_over_aloud(tmp_path, caplog):
    assert run_job(job(tmp_path, {"conn_id": "alerts"}), tmp_path / "run").results == 3
    assert "on_event.batch_complete: connection alerts is Airflow's" in caplog.text


def connect(monkeypatch, **fields):
    monkeypatch.setenv("AIRFLOW_CONN_ALERTS", json.dumps({"conn_type": "http", **fields}))


def test_a_connection_holds_place_and_secret(airflow, server, monkeypatch):
    port = server.server_port
    connect(
        monkeypatch, host="127.0.0.1", port=port, login="user", password="secret", extra={"X-Key": "k", "verify": False}
    )
    airflow.write("in.txt", "a\n")
    run = airflow.run(airflow.write("connected.py", DAG_FILE), "connected")
    assert run.state == "success"
    ((headers, _),) = server.requests
    assert headers["Authorization"] == "Basic " + base64.b64encode(b"user:secret").decode()
    assert headers["X-Key"] == "k"
    assert [(event["batch_id"], event["job"]) for event in server.posted] == [("batch_00000", "lines")]
    assert "secret" not in (airflow.folder(run, "lines") / "job.json").read_text()


@pytest.mark.parametrize("fields", [{}, {"host": "ftp://x"}, {"host": "x", "schema": "file"}])
def test_a_connection_without_a_usable_url_is_refused(airflow, monkeypatch, tmp_path, fields):
    from airflow_unifyweaver.hooks.event_handlers import connected_handlers

    connect(monkeypatch, **fields)
    with pytest.raises(JobError, match="connection alerts: a webhook is an http:// or https:// URL"):
        list(connected_handlers(job(tmp_path, {"conn_id": "alerts"})))
