"""What the kernel tells of a process and its descendants."""

import os
import signal
import subprocess
import sys
import time

from airflow_unifyweaver.backends.health import is_stopped, resident_bytes

HUNDRED_MB = "data = bytearray(b'x' * 100_000_000); print('ready', flush=True); import time; time.sleep(60)"


def wait_until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_memory_of_descendants_counts():
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HUNDRED_MB!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdout=subprocess.PIPE, start_new_session=True, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        assert 100e6 < resident_bytes(process.pid) < 200e6
        os.killpg(process.pid, signal.SIGKILL)
    assert resident_bytes(process.pid) == 0


def test_stopped_processes_are_told_from_sleeping_ones():
    with subprocess.Popen(["sleep", "60"]) as process:
        assert not is_stopped(process.pid)
        process.send_signal(signal.SIGSTOP)
        wait_until(lambda: is_stopped(process.pid))
        process.send_signal(signal.SIGCONT)
        wait_until(lambda: not is_stopped(process.pid))
        process.kill()
    assert not is_stopped(process.pid)


def test_what_a_command_has_written_to_a_memory_file_counts():
    script = f"import os; file = os.memfd_create('output'); os.write(file, bytes(50_000_000)); {HUNDRED_MB}"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        assert 150e6 < resident_bytes(process.pid) < 200e6
        process.kill()
