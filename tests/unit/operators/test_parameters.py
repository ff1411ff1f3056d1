import pytest
from airflow.sdk.exceptions import ParamValidationError

from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.operators.job_argument import JobFields
from airflow_unifyweaver.operators.parameters import job_parameters, with_parameters

FIELDS = {
    "name": "lines",
    "source": {"type": "text", "path": "logs/{{ ds }}.log"},
    "batch": {"batch_bytes": 1000, "max_batch_memory": 10**9},
    "work": {"command": "wc -l"},
    "parallel": {"workers": 4, "map_tasks": 2},
}


def job(**parts):
    return BatchJob.from_dict(FIELDS | parts)


def test_a_job_has_its_own_values_as_parameters():
    values = {name: parameter.value for name, parameter in job_parameters(job()).items()}
    assert values == {"source_path": "logs/{{ ds }}.log", "batch_size": None, "backend": "auto", "workers": 4}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"type": "http", "urls": "urls.txt"}, {"source_urls"}),
        ({"type": "http", "url": "http://x/{{page}}", "paginated": True}, {"source_url"}),
        ({"type": "command", "command": "date"}, set()),
    ],
)
def test_each_source_has_what_says_where_it_is(source, expected):
    assert {name for name in job_parameters(job(source=source)) if name.startswith("source")} == expected


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("source_path", ""),
        ("source_path", None),
        ("batch_size", 0),
        ("batch_size", "ten"),
        ("backend", "sprak"),
        ("workers", -1),
    ],
)
def test_a_wrong_value_is_refused_before_the_run(name, wrong):
    with pytest.raises(ParamValidationError):
        job_parameters(job())[name].resolve(wrong)


def test_what_a_run_is_triggered_with_wins():
    values = {"source_path": "other.log", "batch_size": 10, "backend": "sequential", "workers": 2}
    changed = BatchJob.from_dict(with_parameters(JobFields(job()), values))
    assert changed.source.path == "other.log"
    assert (changed.batch.batch_size, changed.batch.batch_bytes, changed.batch.max_batch_memory) == (10, None, 10**9)
    assert (changed.parallel.backend, changed.parallel.workers, changed.parallel.map_tasks) == ("sequential", 2, 2)


def test_the_jobs_own_values_change_nothing():
    values = {name: parameter.value for name, parameter in job_parameters(job()).items()}
    assert with_parameters(JobFields(job()), values) == job().to_dict()
