"""The engines that other tests run on are real: each does its work, shows it, loses a part and gets it back."""

import io
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import hdfs_native
import pika
import psutil
import pytest
from distributed import Client
from hdfs import InsecureClient
from services.guard import members

TESTS = Path(__file__).resolve().parents[1]
TWO_EXECUTORS = """
    import os, time
    from pyspark.sql import SparkSession

    def where(_):
        time.sleep(1)
        yield os.getppid()      # each executor has one process that forks its workers

    spark = SparkSession.builder.appName("two executors").getOrCreate()
    executors = set(spark.sparkContext.parallelize(range(4), 4).mapPartitions(where).collect())
    assert len(executors) == 2, executors
"""
ENDLESS = """
    import time
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.appName("endless").getOrCreate()
    spark.sparkContext.parallelize(range(2), 2).foreach(lambda _: time.sleep(600))
"""


def test_dask_works_on_both_workers(dask_cluster):
    with Client(dask_cluster.address) as client:
        assert set(client.run(os.getpid).values()) == {
            dask_cluster.daemons[name].pid for name in ("worker0", "worker1")
        }
        assert client.gather(client.map(abs, [-1, 2, -3])) == [1, 2, 3]


def test_dask_goes_on_with_one_worker_and_gets_the_other_back(dask_cluster):
    with Client(dask_cluster.address) as client:
        slow = client.map(lambda number: time.sleep(0.3) or number, range(6))
        dask_cluster.kill("worker0")
        assert client.gather(slow) == list(range(6))
        dask_cluster.restart("worker0")
        assert len(client.run(os.getpid)) == 2


@pytest.fixture
def start(tmp_path):
    """Starts a client of a service, which writes to a log."""
    clients = []
    log = tmp_path / "client.log"

    def start(service, *command):
        with log.open("wb") as opened:
            clients.append(subprocess.Popen(command, env=service.env, stdout=opened, stderr=opened))
        return clients[-1], log

    yield start
    for client in clients:
        client.kill()
        client.wait()


@pytest.fixture
def submit(start, spark_standalone, tmp_path):
    """Submits a script to Spark."""

    def submit(script):
        (tmp_path / "script.py").write_text(dedent(script))
        options = ["--conf", "spark.scheduler.minRegisteredResourcesRatio=1.0"]
        return start(spark_standalone, spark_standalone.home / "bin" / "spark-submit", *options, tmp_path / "script.py")

    return submit


def test_spark_works_on_two_executors(spark_standalone, submit):
    driver, log = submit(TWO_EXECUTORS)
    assert driver.wait() == 0, log.read_text()
    ended, *_ = spark_standalone.applications()
    assert (ended["name"], ended["state"]) == ("two executors", "FINISHED")


def wait_for_others(service, processes, before=()):
    """Return the processes that ``processes`` finds, as soon as there is one that is not among those before."""
    service.wait_until(lambda: set(processes()) - set(before), "had put others in their place", seconds=120)
    return processes()


def test_spark_loses_an_executor_a_worker_and_an_application(spark_standalone, submit):
    driver, _ = submit(ENDLESS)
    first = wait_for_others(spark_standalone, spark_standalone.executors)
    first[0].kill()
    second = wait_for_others(spark_standalone, spark_standalone.executors, first)
    spark_standalone.kill("worker0")
    wait_for_others(spark_standalone, spark_standalone.executors, [*first, *second])
    spark_standalone.restart("worker0")
    (running,) = [app for app in spark_standalone.applications() if app["state"] == "RUNNING"]
    spark_standalone.kill_application(running["id"])
    assert driver.wait() != 0
    ended, *_ = spark_standalone.applications()
    assert (ended["id"], ended["state"]) == (running["id"], "KILLED")
    spark_standalone.wait_until(lambda: not spark_standalone.executors(), "ended the executors", seconds=60)


@pytest.fixture
def hdfs_client(hdfs):
    return hdfs_native.Client(hdfs.url)


def write(client, path, data):
    with client.create(path, hdfs_native.WriteOptions(overwrite=True)) as file:
        file.write(data)


def read(client, path):
    with client.read(path) as file:
        return file.read()


def test_hdfs_writes_appends_reads_and_renames(hdfs_client):
    data = os.urandom(3_000_000)
    write(hdfs_client, "/native/file", data)
    with hdfs_client.append("/native/file") as file:
        file.write(b"appended")
    hdfs_client.rename("/native/file", "/native/renamed")
    assert read(hdfs_client, "/native/renamed") == data + b"appended"
    assert [status.path for status in hdfs_client.list_status("/native")] == ["/native/renamed"]


def test_hdfs_serves_the_web(hdfs, hdfs_client):
    web = InsecureClient(hdfs.web_url)
    web.write("/web/file", io.BytesIO(b"by the web"))
    web.write("/web/file", io.BytesIO(b", twice"), append=True)
    assert read(hdfs_client, "/web/file") == b"by the web, twice"


def test_hdfs_loses_its_nodes_but_no_data(hdfs, hdfs_client):
    write(hdfs_client, "/kept", b"kept")
    for name in ("datanode", "namenode"):
        hdfs.kill(name)
        hdfs.restart(name)
        assert read(hdfs_client, "/kept") == b"kept"


@pytest.fixture
def stream(start, yarn):
    """Starts a streaming job over ``/streaming``."""
    (jar,) = (yarn.home / "share" / "hadoop" / "tools" / "lib").glob("hadoop-streaming-*.jar")

    def stream(mapper, output):
        generic = ["-D", "mapreduce.job.maps=1", "-D", "mapreduce.job.reduces=1"]
        job = ["-input", "/streaming", "-output", output, "-mapper", mapper, "-reducer", "uniq -c"]
        return start(yarn, yarn.home / "bin" / "hadoop", "jar", jar, *generic, *job)

    return stream


def application_id(yarn, log):
    yarn.wait_until(lambda: "Submitted application" in log.read_text(), "took an application", seconds=60)
    return re.search(r"application_\d+_\d+", log.read_text()).group()


def test_yarn_runs_a_streaming_job(yarn, hdfs_client, stream):
    write(hdfs_client, "/streaming", b"b\na\nb\n")
    client, log = stream("cat", "/counted")
    assert client.wait() == 0, log.read_text()
    state = yarn.application(application_id(yarn, log))
    assert (state["state"], state["finalStatus"]) == ("FINISHED", "SUCCEEDED")
    assert [line.split() for line in read(hdfs_client, "/counted/part-00000").splitlines()] == [
        [b"1", b"a"],
        [b"2", b"b"],
    ]


def test_yarn_loses_a_container_its_node_and_an_application(yarn, hdfs_client, stream):
    write(hdfs_client, "/streaming", b"line\n")
    client, log = stream("sleep 600", "/never")
    application = application_id(yarn, log)
    first = wait_for_others(yarn, lambda: yarn.tasks(application))
    first[0].kill()
    wait_for_others(yarn, lambda: yarn.tasks(application), first)
    masters = yarn.masters(application)
    yarn.kill("nodemanager")
    yarn.restart("nodemanager")
    wait_for_others(yarn, lambda: yarn.masters(application), masters)
    yarn.kill_application(application)
    assert client.wait() != 0
    assert yarn.application(application)["state"] == "KILLED"


def test_a_service_ends_with_a_session_that_is_killed(tmp_path):
    script = "from services.dask import DaskCluster; s = DaskCluster(); s.start(); print(s.folder, flush=True); input()"
    session = subprocess.Popen(
        [sys.executable, "-c", script], cwd=TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    folder = Path(session.stdout.readline().strip())
    processes = members(folder)
    assert len(processes) == 3
    session.kill()
    session.communicate()
    deadline = time.monotonic() + 20
    while folder.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert not [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def test_rabbitmq_loses_its_broker_but_nothing_durable(rabbitmq):
    persistent = pika.BasicProperties(delivery_mode=pika.DeliveryMode.Persistent)
    with rabbitmq.channel() as channel:
        channel.queue_declare("kept", durable=True)
        channel.basic_publish("", "kept", b"kept", persistent)
        channel.tx_commit()
    rabbitmq.restart("broker")
    with rabbitmq.channel() as channel:
        delivered, _, body = channel.basic_get("kept", auto_ack=True)
        channel.queue_delete("kept")
    assert (delivered.redelivered, body) == (True, b"kept")
