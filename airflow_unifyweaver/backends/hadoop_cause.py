"""Why a streaming job failed, found in what its client, YARN and the mappers have written."""

from __future__ import annotations

import re
import subprocess
import time

from airflow_unifyweaver.backends.hadoop_programs import answer

LOG_SECONDS = 15.0
"""How long to wait for the logs of containers, which YARN collects when an application has ended."""
CHECK_SECONDS = 1.0
_UNTOLD = "its client's log does not tell why"
_MAPPER_EXIT = "subprocess failed with code"
_IN_CLIENT = (
    re.compile(r"failed with state KILLED due to: (.+)$", re.MULTILINE),
    re.compile(r"^Caused by: (.+)$", re.MULTILINE),
    re.compile(r"^Error: (.+)$", re.MULTILINE),
    re.compile(r"failed with state \w+ due to: (.+)$", re.MULTILINE),
    re.compile(r"^(?:.* ERROR [\w.]+: |Exception in thread \S+ |ERROR: )(.+)$", re.MULTILINE),
)
"""What tells a cause in a client's log, the most telling first."""
_JAVA_CLASS = re.compile(r"^(?:[a-z]\w*\.)+[\w$]+: ")
_CONTAINER = re.compile(r"^Container: \S+_(\d+) on .*?^LogContents:\n(.*?)^End of LogType", re.MULTILINE | re.DOTALL)
_MASTER = 1
_PYTHON_ERROR = re.compile(r"^[\w.]*(?:Error|Exception)\b.*$", re.MULTILINE)


def probable_cause(log: str, application: str | None) -> str:
    """Return the probable cause of a failure, in one line.

    :param log: what the job's client wrote.
    :param application: id of the application; None when there is none.
    """
    cause = cause_in_client(log)
    if application is None or _MAPPER_EXIT not in cause:
        return cause
    return cause_in_mappers(_container_logs(application)) or cause


def cause_in_client(log: str) -> str:
    """Return what a client's log tells of the failure."""
    for pattern in _IN_CLIENT:
        found = pattern.findall(log)
        if found:
            cause = found[-1].strip()
            while _JAVA_CLASS.match(cause):
                cause = _JAVA_CLASS.sub("", cause)
            return str(cause)
    return _UNTOLD


def cause_in_mappers(logs: str) -> str | None:
    """Return what the first of the mappers that complained says: the first error in a traceback, or its last line.

    :param logs: what ``yarn logs`` prints of the containers' standard error.
    """
    for number, text in _CONTAINER.findall(logs):
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("log4j:")]
        if int(number) != _MASTER and lines:
            error = _PYTHON_ERROR.search(text)
            return error[0] if error else lines[-1].strip()
    return None


def _container_logs(application: str) -> str:
    deadline = time.monotonic() + LOG_SECONDS
    while True:
        try:
            logs = answer("yarn", "logs", "-applicationId", application, "-log_files", "stderr").stdout
        except subprocess.TimeoutExpired:
            return ""
        if logs or time.monotonic() >= deadline:
            return logs
        time.sleep(CHECK_SECONDS)
