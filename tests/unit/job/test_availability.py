"""What is not built yet is refused, and what to use instead is said."""

import pytest

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.availability import NOT_YET_FIELDS, NOT_YET_VALUES
from airflow_unifyweaver.job.model import BatchJob

MINIMAL = {"name": "x", "source": {"type": "text", "path": "a.log"}, "work": {"command": "wc -l"}}
SOURCE = "use a text, csv, json, parquet, http, sql, awk or command source"

LATER = [
    ({"source": {"type": "kafka", "conn_id": "a", "topic": "t"}}, f"source.type: kafka is not available yet; {SOURCE}"),
    (
        {"source": {"type": "rabbitmq", "url": "a", "queue": "q"}},
        f"source.type: rabbitmq is not available yet; {SOURCE}",
    ),
    (
        {"work": {"prolog": {"file": "a.pl", "predicate": "p"}}},
        "work.prolog: is not available yet; use python or command",
    ),
]


@pytest.mark.parametrize(("fields", "message"), LATER, ids=[message.partition(" is")[0] for _, message in LATER])
def test_what_is_not_built_is_refused(fields, message):
    with pytest.raises(JobError) as caught:
        BatchJob.from_dict({**MINIMAL, **fields})
    assert str(caught.value) == message


def test_the_table_is_tested_whole():
    assert len(LATER) == len(NOT_YET_FIELDS) + len(NOT_YET_VALUES)


def test_all_of_it_is_said_at_once():
    with pytest.raises(JobError) as caught:
        BatchJob.from_dict(
            {
                **MINIMAL,
                "work": {"prolog": {"file": "a.pl", "predicate": "p"}},
                "source": {"type": "kafka", "conn_id": "a", "topic": "t"},
            }
        )
    assert len(str(caught.value).splitlines()) == 2
