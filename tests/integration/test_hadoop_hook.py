"""Airflow's connections for hadoop_streaming."""

import json
import os
import subprocess
import sys

from airflow_unifyweaver import BatchJob

JOB = {"name": "lines", "source": {"type": "text", "path": "in.txt"}, "work": {"command": "wc -l"}}
TEST = (
    "from airflow_unifyweaver.hooks.hadoop_streaming import HadoopStreamingHook\n"
    "print(HadoopStreamingHook().test_connection())"
)


def asked(environment):
    command = [sys.executable, "-c", TEST]
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[
        -1
    ]


def test_a_connection_fills_in_what_the_job_leaves_open(airflow, monkeypatch):
    from airflow_unifyweaver.hooks.registry import hook_for

    extra = {"workers": 3, "hadoop_opts": "-D mapreduce.job.queuename='by night'"}
    monkeypatch.setenv(
        "AIRFLOW_CONN_CLUSTER", json.dumps({"conn_type": "unifyweaver_hadoop_streaming", "extra": extra})
    )
    hook = hook_for("hadoop_streaming", "cluster")
    parallel = hook.with_options(BatchJob.from_dict(JOB)).parallel
    assert parallel.workers == 3
    assert parallel.hadoop_streaming.hadoop_opts == ("-D", "mapreduce.job.queuename=by night")
    own = {"workers": 7, "hadoop_streaming": {"hadoop_opts": ["-D", "a=b"]}}
    decided = hook.with_options(BatchJob.from_dict(JOB | {"parallel": own})).parallel
    assert (decided.workers, decided.hadoop_streaming.hadoop_opts) == (7, ("-D", "a=b"))


def test_a_connection_test_asks_yarn(airflow, yarn):
    assert asked(yarn.env) == "(True, 'YARN answers')"
    assert asked(os.environ | {"PATH": "/nowhere"}).startswith(
        "(False, \"Hadoop's programs hadoop and yarn are neither"
    )
