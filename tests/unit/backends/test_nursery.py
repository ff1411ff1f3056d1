"""The nursery forks slots, tells how they died, and leaves none behind."""

import faulthandler
import os
import signal
import time
from pathlib import Path

import pytest

from airflow_unifyweaver.backends.nursery import Nursery, killed_or_exited
from airflow_unifyweaver.exceptions import BackendError


def wait_for(path):
    deadline = time.monotonic() + 10
    while not path.exists() or not path.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return int(path.read_text())


def write_pid(folder, number):
    new = folder / f"{number}.new"
    new.write_text(str(os.getpid()))
    new.rename(folder / str(number))


@pytest.mark.parametrize(
    ("end", "cause"),
    [
        (lambda: os._exit(3), "exited with code 3"),
        (lambda: os._exit(255), "exited with code 255"),
        (lambda: os.kill(os.getpid(), signal.SIGRTMIN + 5), f"killed by signal {signal.SIGRTMIN + 5}"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "killed by SIGKILL"),
        (lambda: (faulthandler.disable(), os.kill(os.getpid(), signal.SIGSEGV)), "killed by SIGSEGV"),
        (lambda: None, "exited with code 0"),
    ],
    ids=["exit", "high code", "nameless signal", "kill", "crash", "return"],
)
def test_cause_of_death(tmp_path, end, cause):
    nursery = Nursery(lambda number: (write_pid(tmp_path, number), end()))
    nursery.start(1)
    assert nursery.cause_of_death(1, wait_for(tmp_path / "1")) == cause
    nursery.close()


def test_handlers_of_the_parent_are_forgotten(tmp_path):
    """Airflow sets one for SIGSEGV, with which a crash would never end."""
    before = signal.signal(signal.SIGSEGV, lambda *_: None)
    try:
        nursery = Nursery(lambda number: (write_pid(tmp_path, number), os.kill(os.getpid(), signal.SIGSEGV)))
        nursery.start(1)
        assert nursery.cause_of_death(1, wait_for(tmp_path / "1")) == "killed by SIGSEGV"
        nursery.close()
    finally:
        signal.signal(signal.SIGSEGV, before)


def test_closing_takes_the_slots_with_it(tmp_path):
    nursery = Nursery(lambda number: (write_pid(tmp_path, number), time.sleep(60)))
    for number in (1, 2, 3):
        nursery.start(number)
    pids = [wait_for(tmp_path / str(number)) for number in (1, 2, 3)]
    nursery.close()
    assert not any(Path(f"/proc/{pid}").exists() and Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids)


def test_a_killed_nursery_is_noticed():
    nursery = Nursery(lambda _: None)
    os.kill(nursery._pid, signal.SIGKILL)
    os.waitid(os.P_PID, nursery._pid, os.WEXITED | os.WNOWAIT)
    with pytest.raises(BackendError, match="was killed"):
        nursery.check()
    nursery.start(1)  # too late, and no error either
    nursery.close()


def test_killed_or_exited():
    assert killed_or_exited(-11) == "killed by SIGSEGV"
    assert killed_or_exited(0) == "exited with code 0"
