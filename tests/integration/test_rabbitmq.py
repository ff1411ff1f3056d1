"""The rabbitmq source on a real broker: what it reads, what it promises, and how it fails."""

import json
import logging
import os
import re
import subprocess
import sys
import time
from contextlib import closing
from textwrap import dedent

import pytest
from rabbitmq_queues import Queue, queue_on

from airflow_unifyweaver import runner
from airflow_unifyweaver.exceptions import JobError, JobFailedError, RunChangedError, SourceError
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.operators.storage import supersede
from airflow_unifyweaver.preview import preview
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.runner import run_job
from airflow_unifyweaver.sources import rabbitmq_queue
from airflow_unifyweaver.sources.kept_window import KeptWindow
from airflow_unifyweaver.sources.registry import backlog_of

WINDOW = {"seconds": 2}
WORK = """
    def lines(batch):
        yield from batch

    def size(batch):
        yield len(list(batch))

    def total(batch):
        yield sum(record["n"] for record in batch)
"""


@pytest.fixture(params=["classic", "quorum"])
def any_queue(request, rabbitmq):
    """A queue of each kind."""
    with queue_on(rabbitmq, request.param) as queue:
        yield queue


@pytest.fixture
def queue(rabbitmq):
    with queue_on(rabbitmq) as queue:
        yield queue


@pytest.fixture
def make_job(rabbitmq, tmp_path, monkeypatch):
    """Makes a job over a queue, whose work is a function of :data:`WORK`."""
    (tmp_path / "work.py").write_text(dedent(WORK))
    monkeypatch.setenv("BROKER", rabbitmq.url)

    def make_job(queue, work="lines", batch=None, source=None, **fields):
        return BatchJob.from_dict(
            {
                "name": "messages",
                "source": {"type": "rabbitmq", "url_from_env": "BROKER", "queue": queue.name} | (source or {}),
                "batch": {"batch_size": 10} if batch is None else batch,
                "work": {"python": f"work.py:{work}"},
                "parallel": {"backend": "sequential", "preserve_order": True},
            }
            | fields,
            base_dir=tmp_path,
        )

    return make_job


def results(result):
    return [json.loads(line) for line in result.file.read_text().splitlines()]


def numbers(*ranges):
    return [b"%d" % number for part in ranges for number in part]


def test_each_message_is_in_one_run_and_the_queue_is_empty(any_queue, make_job, tmp_path):
    any_queue.publish(numbers(range(2500)))
    job = make_job(any_queue, batch={"batch_size": 100})
    result = run_job(job, tmp_path / "1")
    assert result.batches == 25
    assert results(result) == [str(number) for number in range(2500)]
    assert any_queue.count == 0
    any_queue.publish(numbers(range(2500, 2600)))
    assert results(run_job(job, tmp_path / "2")) == [str(number) for number in range(2500, 2600)]
    assert run_job(job, tmp_path / "3").batches == 0


def test_a_run_takes_what_is_there_when_it_begins(queue, make_job, tmp_path, monkeypatch):
    queue.publish(numbers(range(30)))
    kept = KeptWindow.keep

    def keep_while_more_comes(window, name, messages):
        queue.publish(numbers(range(30, 40)), ids=map(str, range(30, 40)))
        kept(window, name, messages)

    monkeypatch.setattr(KeptWindow, "keep", keep_while_more_comes)
    job = make_job(queue, source={"prefetch": 7})
    assert results(run_job(job, tmp_path / "1")) == [str(number) for number in range(30)]
    assert queue.count == 50
    with queue.broker.channel() as channel:
        assert not channel.basic_get(queue.name)[0].redelivered


CUTS = {
    "the default": ({}, [25]),
    "batch_size": ({"batch_size": 10}, [10, 10, 5]),
    "batch_bytes": ({"batch_bytes": 120}, None),
    "batch_key": ({"batch_key": "even"}, [13, 12]),
    "batch_key and batch_size": ({"batch_key": "n", "batch_size": 20}, [20, 5]),
    "a window by a column": ({"batch_window": {"seconds": 10, "column": "n"}}, [10, 10, 5]),
    "a window by the messages' times": ({"batch_window": {"seconds": 5}}, [5, 5, 5, 5, 5]),
    "adaptive": ({"adaptive": {}}, None),
}


@pytest.mark.parametrize("cut", CUTS)
def test_messages_are_cut_as_lines_of_a_file_are(queue, make_job, tmp_path, cut):
    batch, sizes = CUTS[cut]
    queue.publish([json.dumps({"n": n, "even": n % 2 == 0}).encode() for n in range(25)], times=range(25))
    job = make_job(queue, "size", batch, {"format": "json", "prefetch": 10})
    found = results(run_job(job, tmp_path / "run"))
    assert sum(found) == 25
    assert sizes is None or sorted(found) == sorted(sizes)


BODIES = {
    "text": [b"plain", b"", b"with an end\n", b"two\nlines", b"two\r\nlines\r\n", "ä€😀".encode(), b"  blanks "],
    "json": [b'{"n": 1}', b" [1,\n2]\n", b"", b'"\\n"', b"null", b"1e2", '"ä€😀"'.encode(), b'{"a":\r\n{}}'],
}


@pytest.mark.parametrize("form", BODIES)
def test_a_file_of_the_same_messages_gives_the_same(queue, make_job, tmp_path, form):
    bodies = BODIES[form]
    queue.publish(bodies)
    lines = [body.replace(b"\n", b" ") if form == "json" else body.removesuffix(b"\n") for body in bodies]
    (tmp_path / "messages").write_bytes(b"".join(line + b"\n" for line in lines))
    job = make_job(queue, source={"format": form}).to_dict()
    of_file = BatchJob.from_dict(job | {"source": {"type": form, "path": "messages"}}, base_dir=tmp_path)
    of_queue = run_job(BatchJob.from_dict(job, base_dir=tmp_path), tmp_path / "queue").file.read_bytes()
    assert of_queue == run_job(of_file, tmp_path / "file").file.read_bytes()
    by_command = {"work": {"command": "cat"}}
    queue.publish(bodies)
    of_queue = run_job(BatchJob.from_dict(job | by_command, base_dir=tmp_path), tmp_path / "3").file.read_bytes()
    of_file = BatchJob.from_dict(of_file.to_dict() | by_command, base_dir=tmp_path)
    assert of_queue == run_job(of_file, tmp_path / "4").file.read_bytes()


class Killed(BaseException):
    """Stands for the end of the process; nothing that is caught for other reasons catches it."""


def die_before(monkeypatch, target, name):
    """Let the process end instead of doing something, once."""
    original = getattr(target, name)

    def die(*_, **__):
        monkeypatch.setattr(target, name, original)
        raise Killed

    monkeypatch.setattr(target, name, die)


def die_after(monkeypatch, target, name):
    """Let the process end right after it did something, once."""
    original = getattr(target, name)

    def die(*arguments, **more):
        monkeypatch.setattr(target, name, original)
        original(*arguments, **more)
        raise Killed

    monkeypatch.setattr(target, name, die)


DEATHS = {
    "before the first message is kept": (die_before, KeptWindow, "keep"),
    "between keeping and acknowledging": (die_after, KeptWindow, "keep"),
    "after the last is acknowledged": (die_before, KeptWindow, "close"),
    "when the window is closed": (die_after, KeptWindow, "close"),
    "when batches are planned": (die_before, runner, "write_plan"),
    "when all is planned": (die_after, runner, "write_plan"),
}


@pytest.mark.parametrize("death", DEATHS)
def test_a_planner_that_dies_loses_nothing_and_doubles_nothing(any_queue, make_job, tmp_path, monkeypatch, death):
    any_queue.publish(numbers(range(50)))
    job = make_job(any_queue, source={"prefetch": 20})
    run = RunDirectory(tmp_path / "run")
    die, target, name = DEATHS[death]
    die(monkeypatch, target, name)
    with pytest.raises(Killed):
        runner.plan_run(job, run, map_tasks=1)
    assert sorted(map(int, results(run_job(job, run.path)))) == list(range(50))
    assert run_job(job, tmp_path / "next").batches == 0
    assert any_queue.count == 0


@pytest.mark.parametrize("death", DEATHS)
def test_another_run_meanwhile_gets_only_what_the_first_has_not(
    any_queue, make_job, tmp_path, monkeypatch, death, caplog
):
    any_queue.publish(numbers(range(50)))
    job = make_job(any_queue, source={"prefetch": 20})
    run = RunDirectory(tmp_path / "1")
    die, target, name = DEATHS[death]
    die(monkeypatch, target, name)
    with pytest.raises(Killed):
        runner.plan_run(job, run, map_tasks=1)
    second = results(run_job(job, tmp_path / "2"))
    any_queue.publish(numbers(range(50, 60)), ids=map(str, range(50, 60)))
    first = results(run_job(job, run.path))
    third = results(run_job(job, tmp_path / "3"))
    assert sorted(map(int, first + second + third)) == list(range(60))
    assert "count twice" not in caplog.text


def test_without_ids_nothing_is_lost_and_what_may_be_double_is_said(queue, make_job, tmp_path, monkeypatch, caplog):
    queue.publish(numbers(range(50)), ids=[None] * 50)
    job = make_job(queue, source={"prefetch": 20})
    die_after(monkeypatch, KeptWindow, "keep")
    with pytest.raises(Killed):
        runner.plan_run(job, RunDirectory(tmp_path / "run"))
    found = sorted(map(int, results(run_job(job, tmp_path / "run"))))
    assert found == sorted([*range(50), *range(20)])
    assert f"source.queue {queue.name}: 20 messages without an id delivered again" in caplog.text


def test_ids_that_are_not_utf_8_tell_messages_apart_as_others_do(queue, make_job, tmp_path, monkeypatch, caplog):
    queue.publish(numbers(range(4)), ids=[b"\xff", b"\xfe", "\\xff", "ÿ"])
    job = make_job(queue, source={"prefetch": 2})
    die_after(monkeypatch, KeptWindow, "keep")
    with pytest.raises(Killed):
        runner.plan_run(job, RunDirectory(tmp_path / "run"))
    caplog.set_level(logging.INFO)
    assert sorted(map(int, results(run_job(job, tmp_path / "run")))) == list(range(4))
    assert "2 messages delivered again, and dropped, as their ids were known" in caplog.text


def test_a_broker_that_dies_has_its_messages_taken_once(queue, make_job, tmp_path, monkeypatch):
    broker = queue.broker
    broker.settle()
    queue.publish(numbers(range(50)))
    job = make_job(queue, source={"prefetch": 20})
    kept = KeptWindow.keep

    def keep_and_kill(window, name, messages):
        monkeypatch.undo()
        monkeypatch.setenv("BROKER", broker.url)
        kept(window, name, messages)
        broker.kill("broker")

    monkeypatch.setattr(KeptWindow, "keep", keep_and_kill)
    with pytest.raises(SourceError, match=r"^source\.url_from_env BROKER: .*; check the address and that the server"):
        run_job(job, tmp_path / "run")
    broker.restart("broker")
    assert sorted(map(int, results(run_job(job, tmp_path / "run")))) == list(range(50))


def test_a_run_whose_work_has_changed_begins_afresh_with_the_same_messages(queue, make_job, tmp_path):
    queue.publish(numbers(range(50)))
    run = RunDirectory(tmp_path / "run" / "messages")
    assert len(results(run_job(make_job(queue), run.path))) == 50
    queue.publish(numbers(range(50, 60)))
    changed = make_job(queue, "size")
    with pytest.raises(RunChangedError):
        runner.plan_run(changed, run)
    supersede(run)
    assert sum(results(run_job(changed, run.path))) == 50
    assert queue.count == 10


def test_a_run_at_a_url_is_taken_up_on_another_machine(queue, make_job, tmp_path, monkeypatch, bucket):
    queue.publish(numbers(range(50)))
    job = make_job(queue, source={"prefetch": 20})
    for machine, (die, target, name) in enumerate(
        [(die_after, KeptWindow, "keep"), (die_before, KeptWindow, "close"), (die_before, runner, "write_plan")]
    ):
        monkeypatch.setenv("UNIFYWEAVER_STAGING", str(tmp_path / f"machine{machine}"))
        die(monkeypatch, target, name)
        with pytest.raises(Killed):
            run_job(job, f"{bucket.url}/runs/1")
    monkeypatch.setenv("UNIFYWEAVER_STAGING", str(tmp_path / "last machine"))
    found = results(run_job(job, f"{bucket.url}/runs/1"))
    assert sorted(map(int, found)) == list(range(50))
    assert run_job(job, f"{bucket.url}/runs/2").batches == 0


def test_what_is_no_json_is_an_error_or_set_aside(queue, make_job, tmp_path):
    bodies = [b'{"n": 1}', b"{broken\n}", b'{"n": "\xff"}', b'{"n": 3}']
    queue.publish(bodies)
    job = make_job(queue, "total", source={"format": "json"}, retry={"max_attempts": 1}, aggregation={"reduce": "sum"})
    with pytest.raises(JobFailedError, match=r"window/.*\.messages: the message at byte \d+ is not .*; with fail"):
        run_job(job, tmp_path / "1")
    queue.publish(bodies)
    quarantine = {"quarantine": "record"}
    forgiving = BatchJob.from_dict(job.to_dict() | {"failure": quarantine}, base_dir=tmp_path)
    result = run_job(forgiving, tmp_path / "2")
    assert (results(result), result.quarantined) == ([4], 2)
    set_aside = (tmp_path / "2" / "shards" / "0000" / "quarantine.jsonl").read_text()
    assert "{broken }" in set_aside


def test_text_that_is_not_utf_8_is_an_error(queue, make_job, tmp_path):
    queue.publish([b"fine", b"not \xff"])
    with pytest.raises(JobFailedError, match=r"the message at byte 9 is not UTF-8 \(invalid start byte\)"):
        run_job(make_job(queue, retry={"max_attempts": 1}), tmp_path / "run")


ERRORS = {
    "there is no queue": ({"queue": "nowhere"}, r"^source\.queue nowhere: NOT_FOUND - no queue 'nowhere' .*; declare"),
    "nobody listens": ({"port": 1}, r"^source\.url_from_env BROKER: Connection refused; check the address and that"),
    "there is no such host": ({"host": "no.such.host.invalid"}, r"^source\.url_from_env BROKER: .*not known; check"),
    "the password is wrong": ({"password": "s3cr%40t"}, r"^source\.url_from_env BROKER: the login was refused; check"),
    "there is no virtual host": (
        {"vhost": "nowhere"},
        r"^source\.url_from_env BROKER: .*vhost nowhere not found.*; check the virtual host",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_what_is_wrong_is_said_in_one_line(rabbitmq, queue, make_job, tmp_path, monkeypatch, name, caplog):
    wrong, message = ERRORS[name]
    place = {"password": "guest", "host": "127.0.0.1", "port": rabbitmq.port, "vhost": "", "queue": queue.name} | wrong
    monkeypatch.setenv("BROKER", "amqp://guest:{password}@{host}:{port}/{vhost}".format(**place))
    job = make_job(queue, source={"queue": place["queue"]})
    with pytest.raises(SourceError, match=message) as caught:
        run_job(job, tmp_path / "run")
    assert "\n" not in str(caught.value)
    assert "s3cr" not in str(caught.value) + caplog.text


def test_a_queue_that_is_deleted_meanwhile_is_said(rabbitmq, make_job, tmp_path, monkeypatch):
    queue = Queue(rabbitmq)
    queue.publish(numbers(range(50)))
    kept = KeptWindow.keep

    def keep_and_delete(window, name, messages):
        kept(window, name, messages)
        queue.delete()

    monkeypatch.setattr(KeptWindow, "keep", keep_and_delete)
    with pytest.raises(SourceError, match=rf"^source\.queue {queue.name}: .*no queue.*; declare it, or correct"):
        run_job(make_job(queue, source={"prefetch": 20}), tmp_path / "run")


def test_others_that_take_messages_are_not_waited_for(queue, make_job, tmp_path, monkeypatch):
    monkeypatch.setattr(rabbitmq_queue, "IDLE_SECONDS", 0.5)
    queue.publish(numbers(range(50)))
    kept = KeptWindow.keep

    def keep_while_another_takes(window, name, messages):
        with queue.broker.channel() as channel:
            channel.queue_purge(queue.name)
        kept(window, name, messages)

    monkeypatch.setattr(KeptWindow, "keep", keep_while_another_takes)
    found = results(run_job(make_job(queue, source={"prefetch": 20}), tmp_path / "run"))
    assert found == [str(number) for number in range(20)]


def test_a_password_gets_to_the_broker_and_nowhere_else(rabbitmq, queue, make_job, tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("BROKER", rabbitmq.url.replace("guest:guest", "guest:%67uest"))
    queue.publish(numbers(range(50)))
    assert run_job(make_job(queue), tmp_path / "run").batches == 5
    written = [file.read_bytes() for file in (tmp_path / "run").rglob("*") if file.is_file()]
    assert written
    assert not [data for data in written if b"uest" in data]
    assert "uest" not in caplog.text


def test_a_preview_takes_nothing(queue, make_job):
    queue.publish(numbers(range(50)))
    with pytest.raises(SourceError, match=r"^source\.type rabbitmq: what is read is gone from there"):
        preview(make_job(queue))
    assert queue.count == 50


def test_a_connection_is_airflows(queue, make_job, tmp_path):
    job = make_job(queue, source={"url_from_env": None, "conn_id": "broker"})
    with pytest.raises(JobError, match=r"^source\.conn_id: connection broker is Airflow's.*; set it where"):
        run_job(job, tmp_path / "run")


def test_memory_does_not_grow_with_the_messages(rabbitmq, queue, tmp_path):
    queue.publish(b"x" * 100_000 for _ in range(3000))
    code = f"""
        import re
        from pathlib import Path
        from airflow_unifyweaver.job.model import BatchJob
        from airflow_unifyweaver.runner import plan_run
        from airflow_unifyweaver.run.directory import RunDirectory
        source = {{"type": "rabbitmq", "url_from_env": "BROKER", "queue": {queue.name!r}, "prefetch": 100}}
        job = BatchJob.from_dict({{"name": "x", "source": source, "work": {{"command": "cat"}}}})
        plan = plan_run(job, RunDirectory(Path({str(tmp_path / "run")!r})))
        peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
        print(plan.size, int(peak[1]) * 1024)
    """
    done = subprocess.run(
        [sys.executable, "-c", dedent(code)],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"BROKER": rabbitmq.url},
    )
    size, memory = map(int, re.findall(r"\d+", done.stdout))
    assert size > 300_000_000
    assert memory < 200_000_000


def test_a_run_is_due_when_there_is_a_batch_or_messages_have_waited(queue, make_job):
    def backlog(batch):
        return closing(backlog_of(make_job(queue, batch=batch), None))

    with backlog({}) as any_message, backlog({"batch_size": 3}) as whole, backlog({"batch_window": WINDOW}) as waited:
        backlogs = any_message, whole, waited
        assert [one.ready() for one in backlogs] == [None] * 3
        queue.publish([b"1", b"2"])
        began = time.time()
        first, *others = [one.ready() for one in backlogs]
        assert (first["messages"], others) == (2, [None, None])
        assert any_message.ready() == first
        queue.publish([b"3"])
        assert whole.ready()["messages"] == 3
        while waited.ready() is None:
            time.sleep(0.05)
        assert time.time() - began >= WINDOW["seconds"]
        with queue.broker.channel() as channel:
            channel.queue_purge(queue.name)
        assert [one.ready() for one in backlogs] == [None] * 3
        queue.publish([b"4", b"5"])
        assert any_message.ready() != first


def test_a_broker_that_dies_is_looked_at_again(queue, make_job):
    queue.publish([b"1"])
    with closing(backlog_of(make_job(queue, batch={}), None)) as backlog:
        assert backlog.ready()
        queue.broker.settle()
        queue.broker.kill("broker")
        for _ in range(2):
            with pytest.raises(SourceError, match=r"^source\.url_from_env BROKER: "):
                backlog.ready()
        queue.broker.restart("broker")
        assert backlog.ready()["messages"] == 1
