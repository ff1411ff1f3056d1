import time
from email.utils import formatdate

import pytest

from airflow_unifyweaver.sources.retry_after import FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, backoff, retry_after


@pytest.mark.parametrize(("value", "seconds"), [("0", 0), (" 17 ", 17), ("Wed, 21 Oct 2015 07:28:00 GMT", 0)])
def test_seconds_and_dates(value, seconds):
    assert retry_after(value) == seconds


def test_a_date_to_come():
    assert 98 < retry_after(formatdate(time.time() + 100, usegmt=True)) < 101


@pytest.mark.parametrize("value", [None, "", "soon", "-1", "1.5", "²"])
def test_anything_else_says_nothing(value):
    assert retry_after(value) is None


def test_waits_grow_up_to_a_limit():
    assert FIRST_WAIT_SECONDS / 2 <= backoff(1) <= FIRST_WAIT_SECONDS
    assert FIRST_WAIT_SECONDS <= backoff(2) <= FIRST_WAIT_SECONDS * 2
    assert backoff(1000) <= LONGEST_WAIT_SECONDS
