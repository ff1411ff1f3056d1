"""Why a streaming job failed, found in what its client, YARN and the mappers have written."""

from __future__ import annotations

import re
import subprocess
import time

from airflow_unifyweaver.backends.hadoop_programs import answer

LOG_SECONDS = 15.0
"""How long to wait for the logs of containers, which YARN collects when an application has ended."""
_UNTOLD = "its client's log does not tell why"
_MAPPER_EXIT = "subprocess failed with code"
_PATTERNS = (
    re.compile(r"^Caused by: (.+)$", re.MULTILINE),
    re.compile(r"^Error: (.+)$", re.MULTILINE),
    re.compile(r"failed with state \w+ due to: (.+)$", re.MULTILINE),
    re.compile(r"^(?:.* ERROR [\w.]+: |Exception in thread \S+ |ERROR: )(.+)$", re.MULTILINE),
)
"""What tells a cause in a client's log, the most telling first."""
_LAST_WORDS = re.compile(r"^((?:[\w.]*(?:Error|Exception)\b|.*: command not found|.*: No such file).*)$", re.MULTILINE)
_JAVA_CLASS = re.compile(r"^(?:[a-z]\w*\.)+[\w$]+: ")


def probable_cause(log: str, application: str | None) -> str:
    """Return the probable cause of a failure, in one line.

    :param log: what the job's client wrote.
    :param application: id of the application; None when there is none.
    """
    cause = cause_in_client(log)
    if application is None or (cause != _UNTOLD and _MAPPER_EXIT not in cause):
        return cause
    return cause_in_mappers(_container_logs(application)) or cause


def cause_in_client(log: str) -> str:
    """Return what a client's log tells of the failure."""
    for pattern in _PATTERNS:
        found = pattern.findall(log)
        if found:
            cause = found[-1].strip()
            while _JAVA_CLASS.match(cause):
                cause = _JAVA_CLASS.sub("", cause)
            return str(cause)
    return _UNTOLD


def cause_in_mappers(logs: str) -> str | None:
    """Return the last thing that mappers complained of; None when they did not."""
    found = _LAST_WORDS.findall(logs)
    return found[-1].strip() if found else None


def _container_logs(application: str) -> str:
    deadline = time.monotonic() + LOG_SECONDS
    while True:
        try:
            logs = answer("yarn", "logs", "-applicationId", application, "-log_files", "stderr").stdout
        except subprocess.TimeoutExpired:
            return ""
        if logs or time.monotonic() >= deadline:
            return logs
