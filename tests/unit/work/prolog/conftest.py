"""Prolog work over a program that a test writes."""

import pytest

from airflow_unifyweaver import BatchJob
from airflow_unifyweaver.work.registry import work_for


@pytest.fixture
def job_of(tmp_path):
    """Return a job whose work is a predicate of a program."""

    def job_of(program, predicate, of="text", aggregation="concat", **options):
        (tmp_path / "program.pl").write_text(program)
        fields = {
            "name": "prolog",
            "source": {"type": of, "path": "records"},
            "work": {"prolog": {"file": "program.pl", "predicate": predicate} | options},
            "aggregation": aggregation,
        }
        return BatchJob.from_dict(fields, base_dir=tmp_path)

    return job_of


@pytest.fixture
def results(job_of):
    """Return what a predicate makes of records."""

    def results(records, *arguments, **options):
        return list(work_for(job_of(*arguments, **options)).run(records))

    return results
