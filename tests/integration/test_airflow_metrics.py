"""Metrics, as Airflow sends them to a StatsD server: here, a socket that listens."""

import os
import re
import socket
import subprocess
import sys
from collections import Counter

DAG_FILE = """
    from airflow.sdk import DAG
    from airflow_unifyweaver.dags import batch_task_group

    job = {
        "name": "lines",
        "source": {"type": "text", "path": "in.txt"},
        "batch": {"batch_size": 1},
        "work": {"command": "grep -v bad"},
        "parallel": {"backend": "bash_fork", "workers": 2},
        "retry": {"max_attempts": 2, "delay": 0},
        "failure": {"budget": 1},
    }

    with DAG("measured"):
        batch_task_group(job)
"""
# The first lines are what Airflow's task process begins with, and dag.test() leaves out.
RUN = """
import sys
from airflow.sdk.configuration import conf
from airflow.sdk.observability import stats
from airflow.sdk.observability.metrics import stats_utils
stats.initialize(
    factory=stats_utils.get_stats_factory(), export_legacy_names=conf.getboolean("metrics", "legacy_names_on")
)
from airflow.dag_processing.dagbag import DagBag
assert DagBag(sys.argv[1]).dags["measured"].test().state == "success"
"""


def measure(airflow, **settings):
    """Run the DAG, and return the packets that it sent."""
    airflow.write("in.txt", "a\nb\nbad\nc\n")
    file = airflow.write("measured.py", DAG_FILE)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        settings |= {"STATSD_ON": "True", "STATSD_HOST": "127.0.0.1", "STATSD_PORT": str(listener.getsockname()[1])}
        environment = os.environ | {f"AIRFLOW__METRICS__{name}": value for name, value in settings.items()}
        subprocess.run([sys.executable, "-c", RUN, file], env=environment, check=True, stdout=subprocess.DEVNULL)
        listener.setblocking(False)
        return list(packets(listener))


def packets(listener):
    while True:
        try:
            yield listener.recv(65536).decode()
        except BlockingIOError:
            return


def test_a_statsd_server_hears_of_every_batch(airflow):
    received = [packet for packet in measure(airflow) if packet.startswith("airflow.unifyweaver.")]
    times = [packet for packet in received if ".batch_time:" in packet]
    assert len(times) == 3
    assert all(re.fullmatch(r"airflow\.unifyweaver\.batch_time:\d+\.\d+\|ms", packet) for packet in times)
    assert Counter(packet for packet in received if packet not in times) == {
        "airflow.unifyweaver.batch_complete:1|c": 3,
        "airflow.unifyweaver.results:1|c": 3,
        "airflow.unifyweaver.batch_failed:1|c": 2,
    }


def test_tags_tell_the_task_where_the_server_knows_tags(airflow):
    received = measure(airflow, STATSD_INFLUXDB_ENABLED="True")
    failed = [packet for packet in received if packet.startswith("airflow.unifyweaver.batch_failed")]
    assert len(failed) == 2
    assert all("dag_id=measured" in packet and "task_id=lines.map" in packet for packet in failed)
