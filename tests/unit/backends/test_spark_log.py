"""The probable cause in logs that Spark has written."""

import pytest

from airflow_unifyweaver.backends.spark_log import TAIL_BYTES, is_starved, probable_cause

LOGGED = "26/11/25 10:48:58 INFO SparkContext: Starting job\n26/11/25 10:48:58 WARN Utils: Set SPARK_LOCAL_IP\n"
LOGS = {
    "an option": (
        (
            'Exception in thread "main" org.apache.spark.SparkException: Executor memory must be a positive number\n'
            "\tat org.apache.spark.deploy.SparkSubmitArguments.error(SparkSubmitArguments.scala:670)\n"
        ),
        "SparkException: Executor memory must be a positive number",
    ),
    "the virtual machine": (
        (
            "Invalid maximum heap size: -Xmxlots\nError: Could not create the Java Virtual Machine.\n"
            "Error: A fatal exception has occurred. Program will exit.\n"
        ),
        (
            "Invalid maximum heap size: -Xmxlots; Error: Could not create the Java Virtual Machine.; "
            "Error: A fatal exception has occurred. Program will exit."
        ),
    ),
    "a task": (
        (
            "26/11/25 10:48:58 ERROR TaskSetManager: Task 0 in stage 0.0 failed 4 times; aborting job\n"
            "Traceback (most recent call last):\n"
            '  File "/run/shards/0000/spark/driver.py", line 3, in <module>\n'
            "    main()\n"
            "py4j.protocol.Py4JJavaError: An error occurred while calling z:org.apache.spark.api.python.PythonRDD.c.\n"
            ": org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 in stage 0.0 failed 4 times, "
            "most recent failure: Lost task 0.3 in stage 0.0 (TID 3) (192.0.2.2 executor driver): "
            "org.apache.spark.api.python.PythonException: [PYTHON_EXCEPTION] An exception was thrown from the Python "
            "worker: Traceback (most recent call last):\n"
            '  File "/tmp/archive.zip/airflow_unifyweaver/backends/placement.py", line 48, in read_placement\n'
            "FileNotFoundError: [Errno 2] No such file or directory: '/run/shards/0000/work.pickle'\n"
            " SQLSTATE: 38000\n"
            "\tat org.apache.spark.api.python.BasePythonRunner$ReaderIterator.handle(PythonRunner.scala:665)\n"
            "Caused by: org.apache.spark.api.python.PythonException: [PYTHON_EXCEPTION] An exception was thrown from "
            "the Python worker: Traceback (most recent call last):\n"
            "FileNotFoundError: [Errno 2] No such file or directory: '/run/shards/0000/work.pickle'\n"
            " SQLSTATE: 38000\n"
        ),
        "FileNotFoundError: [Errno 2] No such file or directory: '/run/shards/0000/work.pickle'",
    ),
    "the cluster": (
        (
            "26/11/25 10:48:58 ERROR StandaloneSchedulerBackend: Application has been killed. Reason: Master removed "
            "our application: KILLED\n"
        ),
        "Application has been killed. Reason: Master removed our application: KILLED",
    ),
    "nothing": ("", "it was killed"),
}


@pytest.mark.parametrize("name", LOGS)
def test_the_probable_cause_is_found(name, tmp_path):
    text, cause = LOGS[name]
    log = tmp_path / "spark.log"
    log.write_text(LOGGED + text + LOGGED)
    assert probable_cause(log) == cause


def test_only_the_end_of_a_log_is_looked_at(tmp_path):
    log = tmp_path / "spark.log"
    log.write_text("java.lang.RuntimeException: early\n" + "26/11/25 10:48:58 INFO A: b\n" * (TAIL_BYTES // 20))
    assert probable_cause(log) == "it was killed"


def test_an_application_without_executors(tmp_path):
    log = tmp_path / "spark.log"
    log.write_text(LOGGED)
    assert not is_starved(log)
    log.write_text(LOGGED + "26/11/25 10:49:58 WARN TaskSchedulerImpl: Initial job has not accepted any resources; c\n")
    assert is_starved(log)
