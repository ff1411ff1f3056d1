"""Jobs over a Kafka topic: each message is in one published result, whatever is interrupted."""

import json
import time
import uuid
from pathlib import Path

import pytest
from kafka_topics import TestTopic

from airflow_unifyweaver import runner
from airflow_unifyweaver.exceptions import JobError, JobFailedError, RunChangedError, RunError, SourceError
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.run.remote.addresses import run_at


@pytest.fixture
def job(tmp_path):
    def make(source, command="cat", **fields):
        return BatchJob.from_dict(
            {"name": "clicks", "source": source, "work": {"command": command}, **fields}, base_dir=tmp_path
        )

    return make


@pytest.fixture
def run(tmp_path):
    def start(job, name="run"):
        return runner.run_job(job, tmp_path / name).file.read_text().splitlines()

    return start


def test_runs_take_what_has_come_since(kafka, job, run):
    topic = TestTopic(kafka)
    topic.send([b"a", b"b", b"c"])
    clicks = job(topic.source(), batch={"batch_size": 2})
    assert run(clicks, "first") == ["a", "c", "b"]
    topic.send([b"d", b"e"])
    assert run(clicks, "second") == ["d", "e"]
    assert run(clicks, "third") == []
    assert run(clicks, "second") == ["d", "e"]


@pytest.mark.parametrize("kind", ["text", "json"])
def test_a_file_of_the_same_messages_gives_the_same_answer(kafka, job, run, tmp_path, kind):
    values = [json.dumps({"number": number, "text": "ö" * (number % 7)}).encode() for number in range(500)]
    topic = TestTopic(kafka, partitions=1)
    topic.send(values)
    (tmp_path / "values").write_bytes(b"".join(value + b"\n" for value in values))
    same = {"batch": {"batch_size": 70}, "command": "sha256sum", "parallel": {"preserve_order": True}}
    answer = run(job({"type": kind, "path": "values"}, **same), "file")
    assert run(job(topic.source(format=kind), **same), "topic") == answer


def test_a_run_that_was_left_is_taken_over(kafka, job, run, tmp_path):
    topic = TestTopic(kafka)
    clicks = job(topic.source())
    topic.send([b"a", b"b"])
    left = run_at(tmp_path / "left")
    plan = runner.plan_run(clicks, left)
    topic.send([b"c"])
    assert sorted(run(clicks, "next")) == ["a", "b", "c"]
    with pytest.raises(RunChangedError, match="another run has published, or taken over"):
        runner.finish_run(clicks, left, plan)
    with pytest.raises(RunChangedError, match="start a fresh run in another directory"):
        runner.resume(left.path)


def test_a_run_is_finished_that_was_killed_between_result_and_offsets(kafka, job, run, tmp_path, monkeypatch):
    topic = TestTopic(kafka)
    clicks = job(topic.source(), output={"path": "out/{name}", "format": "jsonl"})
    topic.send([b"a", b"b"])
    with monkeypatch.context() as patched:
        patched.setattr(runner, "send_result", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run(clicks, "killed")
    topic.send([b"c"])
    assert run(clicks, "next") == ["c"]
    assert sorted((tmp_path / "killed" / "result" / "result.txt").read_text().split()) == ["a", "b"]


def test_a_resumed_run_reads_the_same_messages(kafka, job, tmp_path):
    topic = TestTopic(kafka)
    clicks = job(topic.source())
    topic.send([b"a", b"b"])
    runner.plan_run(clicks, run_at(tmp_path / "run"))
    topic.send([b"c"])
    assert sorted(runner.resume(tmp_path / "run").file.read_text().split()) == ["a", "b"]


def test_of_two_that_plan_at_the_same_time_one_is_refused(kafka, job, tmp_path):
    topic = TestTopic(kafka)
    topic.send([b"a"])
    clicks = job(topic.source())
    run = run_at(tmp_path / "first")
    runner.plan_run(clicks, run)
    with runner._claim_of(clicks, run) as first, runner._claim_of(clicks, run_at(tmp_path / "second")) as second:
        first.prepare(None)
        second.position.enter()
        with pytest.raises(RunError, match="another run is being planned or published at the same time"):
            first.make()


def threads_of_clients():
    names = [(task / "comm").read_text() for task in Path("/proc/self/task").iterdir()]
    return sum(name.startswith("rdk:") for name in names)


def test_what_fails_leaves_no_client_that_would_be_there_when_slots_are_forked(kafka, job, tmp_path):
    topic = TestTopic(kafka)
    topic.send([b"a"])
    clicks, run = job(topic.source()), run_at(tmp_path / "run")
    plan = runner.plan_run(clicks, run)
    before = threads_of_clients()
    with pytest.raises(RunError, match="is not finished") as unfinished:
        runner.publish_run(clicks, run)
    with pytest.raises(RunChangedError) as changed:
        runner.plan_run(job(topic.source(), "tac"), run)
    assert threads_of_clients() == before
    del unfinished, changed
    runner.finish_run(clicks, run, plan)


@pytest.mark.parametrize("backend", ["sequential", "bash_fork", "gnu_parallel"])
def test_local_backends(kafka, job, run, backend):
    topic = TestTopic(kafka, partitions=3)
    topic.send([b"%d" % number for number in range(3_000)])
    summed = job(
        topic.source(),
        command="awk '{ s += $1 } END { print s }'",
        batch={"batch_bytes": 2_000},
        parallel={"backend": backend, "workers": 2},
        aggregation="sum",
    )
    assert run(summed) == [str(sum(range(3_000)))]


def test_windows_of_the_brokers_time(kafka, job, run):
    topic = TestTopic(kafka, retention_ms=-1)
    for second in (100, 103, 107, 100_000_000):
        topic.send([b"x"] * 4, at=1_000 * second)
    topic.send([b"x"], at=1_000 * (int(time.time()) + 1_800))
    counted = job(topic.source(), command="wc -l", batch={"batch_window": {"seconds": 5}})
    assert run(counted, "first") == ["8", "4", "4"]
    assert run(counted, "second") == []


def test_adaptive_batches_fit_into_memory(kafka, job, run):
    topic = TestTopic(kafka, partitions=1)
    topic.send([b"x" * 400_000] * 200)
    adaptive = {"adaptive": {}, "max_batch_memory": 320_000_000}  # a thirty-second is 25 messages, less their newlines
    counts = list(map(int, run(job(topic.source(), command="wc -l", batch=adaptive, parallel={"workers": 1}))))
    assert sum(counts) == 200
    assert 1 < max(counts) < 25


def test_no_broker_answers(job, run):
    with pytest.raises(SourceError, match=r"^source: Kafka at 127.0.0.1:1: .*; check that its brokers run"):
        run(job({"type": "kafka", "bootstrap_servers": "127.0.0.1:1", "topic": "t"}))


def test_there_is_no_such_topic(kafka, job, run):
    topic = TestTopic(kafka)
    missing = topic.name.replace("topic", "topik")
    with pytest.raises(SourceError, match=rf"^source.topic: there is no topic '{missing}'.*did you mean {topic.name}"):
        run(job(topic.source() | {"topic": missing}))


def test_messages_that_kafka_has_deleted_unread(kafka, job, run):
    topic = TestTopic(kafka, partitions=1)
    topic.send([b"a"] * 3)
    clicks = job(topic.source())
    run(clicks, "first")
    topic.send([b"b"] * 3)
    topic.delete_before(5)
    with pytest.raises(SourceError) as raised:
        run(clicks, "second")
    text = str(raised.value)
    assert f"topic {topic.name}, partition 0, offset 3: Kafka's retention has deleted messages" in text
    assert "2 of them, the first that is left is 5" in text
    assert text.endswith(f"--group unifyweaver.clicks --topic {topic.name} --reset-offsets --to-earliest --execute")
    topic.reset("unifyweaver.clicks", 5)
    assert run(clicks, "third") == ["b"]


def test_messages_that_kafka_deletes_during_a_run(kafka, job, tmp_path):
    topic = TestTopic(kafka, partitions=1)
    topic.send([b"a"] * 3)
    run = run_at(tmp_path / "run")
    clicks = job(topic.source(), retry={"max_attempts": 1})
    plan = runner.plan_run(clicks, run)
    topic.delete_before(2)
    with pytest.raises(JobFailedError, match="Kafka's retention has deleted messages from here on that were not read"):
        runner.finish_run(clicks, run, plan)


WORDS = [b"fine", b"\xff", b"good"]
VALUES = [b'{"a": 1}', b'{"a":', b"", None, b'{"a":\n 2}']


def test_messages_that_cannot_be_decoded_fail(kafka, job, run, tmp_path):
    topic = TestTopic(kafka, partitions=1)
    topic.send(WORDS)
    (tmp_path / "own.py").write_text("def each(batch):\n    return list(batch)\n")
    fields = {"work": {"python": "own:each"}, "retry": {"max_attempts": 1}}
    with pytest.raises(JobFailedError, match=r"partition 0, offset 1: the value is not UTF-8 \(invalid start byte\)"):
        run(job(topic.source(), **fields), "failed")
    aside = fields | {"failure": {"quarantine": "record", "budget": 1}}
    assert run(job(topic.source(), **aside), "aside") == ['"fine"', '"good"']
    (line,) = (tmp_path / "aside" / "shards" / "0000" / "quarantine.jsonl").read_text().splitlines()
    kept = json.loads(line)
    assert (kept["file"], kept["partition"], kept["offset"], kept["content"]) == (
        f"topic {topic.name}",
        0,
        1,
        "\\xff",
    )


def test_messages_that_are_no_json_fail(kafka, job, run, tmp_path):
    topic = TestTopic(kafka, partitions=1)
    topic.send(VALUES)
    (tmp_path / "own.py").write_text("def each(batch):\n    return [record['a'] for record in batch]\n")
    fields = {"work": {"python": "own:each"}, "retry": {"max_attempts": 1}}
    with pytest.raises(JobFailedError, match="partition 0, offset 1: the value is not JSON"):
        run(job(topic.source(format="json"), **fields), "failed")
    aside = fields | {"failure": {"quarantine": "record", "budget": 1}}
    assert run(job(topic.source(format="json"), **aside), "aside") == ["1", "2"]


@pytest.mark.parametrize("cut", [{"batch_key": "a"}, {"batch_window": {"seconds": 1, "column": "a"}}])
def test_messages_that_are_no_json_have_a_batch_of_their_own_where_keys_cut(kafka, job, run, tmp_path, cut):
    topic = TestTopic(kafka, partitions=1)
    topic.send(VALUES)
    (tmp_path / "own.py").write_text("def each(batch):\n    return [record['a'] for record in batch]\n")
    fields = {"work": {"python": "own:each"}, "batch": cut, "retry": {"max_attempts": 1}}
    with pytest.raises(JobFailedError, match="the message at byte 0 is not JSON"):
        run(job(topic.source(format="json"), **fields), "failed")
    aside = fields | {"failure": {"quarantine": "record", "budget": 1}}
    assert run(job(topic.source(format="json"), **aside), "aside") == ["1", "2"]


def test_a_connection_is_in_the_environment_only(kafka, job, run, tmp_path, monkeypatch):
    topic = TestTopic(kafka)
    topic.send([b"a", b"b"])
    source = {"type": "kafka", "conn_id": "my-kafka", "topic": topic.name}
    with pytest.raises(JobError, match="environment variable UNIFYWEAVER_CONNECTION_MY_KAFKA is not set here"):
        run(job(source))
    monkeypatch.setenv("UNIFYWEAVER_CONNECTION_MY_KAFKA", '{"sasl.password": "hidden"}')
    with pytest.raises(JobError, match=r"wants the settings of librdkafka as JSON, with bootstrap.servers among them"):
        run(job(source))
    settings = {"bootstrap.servers": kafka.bootstrap_servers, "sasl.password": "hidden", "client.id": "me"}
    monkeypatch.setenv("UNIFYWEAVER_CONNECTION_MY_KAFKA", json.dumps(settings))
    assert run(job(source, parallel={"backend": "gnu_parallel"})) == ["a", "b"]
    written = b"".join(file.read_bytes() for file in (tmp_path / "run").rglob("*") if file.is_file())
    assert b"hidden" not in written


@pytest.mark.parametrize("kind", ["text", "json"])
def test_batches_by_a_column(kafka, job, run, kind):
    topic = TestTopic(kafka)
    records = [(number % 3, number) for number in range(30)]
    topic.send([b"%d %d" % pair if kind == "text" else b'{"key": %d, "number": %d}' % pair for pair in records])
    grouped = job(
        topic.source(format=kind),
        command="grep -oE '[0-9]+' | sed -n 2~2p | paste -sd+ | bc",
        batch={"batch_key": 1 if kind == "text" else "key"},
    )
    assert run(grouped, "first") == [
        str(sum(number for key, number in records if key == wanted)) for wanted in range(3)
    ]
    assert run(grouped, "second") == []


def test_windows_of_a_column_group_what_a_run_has_taken(kafka, job, run):
    topic = TestTopic(kafka)
    topic.send([b'{"at": %d}' % at for at in (3, 12, 4, 11, 1)], at=1_000 * int(time.time()) - 20_000)
    windows = job(
        topic.source(format="json"),
        command="tr -dc '0-9\\n' | sort -n | paste -sd,",
        batch={"batch_window": {"seconds": 10, "column": "at"}},
    )
    assert run(windows, "first") == ["1,3,4", "11,12"]


def test_lineage_names_the_topic(job):
    from airflow_unifyweaver.operators.lineage import _inputs

    source = {"type": "kafka", "bootstrap_servers": "one:9092,two:9092", "topic": "clicks"}
    (dataset,) = _inputs(job(source))
    assert (dataset.namespace, dataset.name) == ("kafka://one:9092", "clicks")


def test_batches_in_another_order_are_read_before_slots_are_forked(kafka, job, run):
    topic = TestTopic(kafka)
    topic.send([b'{"number": %d}' % number for number in range(20)])
    first = job(
        topic.source(format="json"),
        batch={"batch_size": 3},
        parallel={"backend": "bash_fork", "workers": 2, "priority": {"column": "number"}},
    )
    assert len(run(first)) == 20


def test_a_run_at_a_url_is_taken_over_from_another_machine(kafka, job, tmp_path, monkeypatch):
    topic = TestTopic(kafka)
    clicks = job(topic.source(), parallel={"backend": "sequential"})
    topic.send([b"a", b"b"])
    url = f"memory://{uuid.uuid4().hex}"
    left = run_at(f"{url}/left")
    plan = runner.plan_run(clicks, left)
    monkeypatch.setenv("UNIFYWEAVER_STAGING", str(tmp_path / "other machine"))
    assert runner.run_job(clicks, f"{url}/next").results == 2
    with pytest.raises(RunChangedError, match="another run has published, or taken over"):
        runner.finish_run(clicks, left, plan)
