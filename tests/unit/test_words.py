"""Numbers in messages."""

import pytest

from airflow_unifyweaver.words import duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (0.84, "0.8 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (200, "3 min 20 s"),
        (3599.7, "1 h 0 min"),
        (18180, "5 h 3 min"),
        (400000, "111 h 6 min"),
    ],
)
def test_a_duration_has_the_units_that_matter(seconds, text):
    assert duration(seconds) == text
