import os
import time

import pytest

from airflow_unifyweaver.exceptions import RunError
from airflow_unifyweaver.sources.rate_limit import RateLimit

RATE = 100
EACH = 10


def forked(act):
    pid = os.fork()
    if pid == 0:
        try:
            act()
        finally:
            os._exit(0)
    return pid


def test_processes_and_threads_keep_one_pace(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    def ask():
        limit = RateLimit(RATE, tmp_path / "pace")
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: limit.wait(), range(EACH)))

    started = time.monotonic()
    for pid in [forked(ask) for _ in range(3)]:
        os.waitpid(pid, 0)
    assert time.monotonic() - started >= (3 * EACH - 1) / RATE


def test_a_process_that_is_killed_in_the_queue_holds_nobody_up(tmp_path):
    def wait_long():
        for _ in range(2):
            RateLimit(0.01, tmp_path / "pace").wait()

    pid = forked(wait_long)
    while not (tmp_path / "pace").exists() or not (tmp_path / "pace").stat().st_size:
        time.sleep(0.01)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    RateLimit(1000, tmp_path / "pace").wait()


def test_a_time_before_the_machine_was_started_anew_means_nothing(tmp_path):
    limit = RateLimit(0.001, tmp_path / "pace")
    limit.wait()
    os.pwrite(os.open(tmp_path / "pace", os.O_WRONLY), b"\x00\x00\x00\x00\x00\x00\xf0\x7f", 0)  # for ever from now
    limit.wait()


def test_a_folder_that_is_gone_is_named(tmp_path):
    with pytest.raises(RunError, match=f"cannot write {tmp_path}/gone/pace: No such file"):
        RateLimit(1, tmp_path / "gone" / "pace").wait()
