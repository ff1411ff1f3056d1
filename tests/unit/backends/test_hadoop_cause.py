"""What a user is told of a streaming job's failure, by logs that real ones have left."""

import pytest

from airflow_unifyweaver.backends.hadoop_cause import cause_in_client, cause_in_mappers

ATTEMPT = "2026-11-25 10:50:43,000 INFO mapreduce.Job: Task Id : attempt_1_0003_m_000001_0, Status : FAILED\n"
EXIT = "Error: java.lang.RuntimeException: PipeMapRed.waitOutputThreads(): subprocess failed with code 2\n\tat a.b(C)\n"
ENDED = "INFO mapreduce.Job: Job job_1_0003 failed with state {} due to: {}\n"
STREAM_JOB = "2026-11-25 10:50:49,936 ERROR streaming.StreamJob: Job not successful!\nStreaming Command Failed!"
NO_PYTHON = (
    "Error: java.lang.RuntimeException: Error in configuring object\n\tat a.b(C.java:1)\n"
    "Caused by: java.lang.reflect.InvocationTargetException\n\t... 9 more\n"
    'Caused by: java.lang.RuntimeException: java.io.IOException: Cannot run program "/no/python": error=2, None\n'
)
CONTAINER = (
    "Container: container_1_0003_01_00000{} on localhost_1\nLogType:stderr\nLogContents:\n{}\nEnd of LogType:stderr\n\n"
)
TRACEBACK = (
    "Traceback (most recent call last):\n  File\nModuleNotFoundError: No module named 'x'\nTraceback\nRuntimeError: y"
)


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        (ATTEMPT + EXIT + ENDED.format("FAILED", "Task failed task_1\n") + STREAM_JOB, EXIT.split(": ", 2)[2]),
        (ATTEMPT + NO_PYTHON + STREAM_JOB, 'Cannot run program "/no/python": error=2, None'),
        (ATTEMPT + EXIT + ENDED.format("KILLED", "Application killed by user."), "Application killed by user."),
        (ENDED.format("FAILED", "AM Container exited with exitCode: 1"), "AM Container exited with exitCode: 1"),
        ("ERROR: JAVA_HOME is not set and could not be found.\n", "JAVA_HOME is not set and could not be found."),
        ("", "its client's log does not tell why"),
    ],
)
def test_a_clients_log(log, cause):
    assert cause_in_client(log) == cause.partition("\n")[0]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (TRACEBACK, "ModuleNotFoundError: No module named 'x'"),
        ("python: can't open file 'x'\nlog4j:WARN no appenders\n", "python: can't open file 'x'"),
        ("log4j:WARN no appenders", None),
    ],
)
def test_mappers_logs(text, cause):
    master = CONTAINER.format(1, "INFO: Binding\nError: of the master")
    assert cause_in_mappers(master + CONTAINER.format(2, text) + CONTAINER.format(3, "")) == cause
