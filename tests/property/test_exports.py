"""A job, exported to any front end and read back, is the same job."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from job_mappings import jobs

from airflow_unifyweaver.job.export import export_job
from airflow_unifyweaver.job.model import BatchJob

# SWI-Prolog is started once for a folder, so many jobs are exported at a time.
many_jobs = st.lists(jobs, min_size=1, max_size=20)


def exported(jobs, folder, form):
    files = [folder / f"{number}.{form}" for number in range(len(jobs))]
    for job, file in zip(jobs, files, strict=True):
        file.write_text(export_job(job, form), "utf-8")
    return BatchJob.from_files(files)


@given(many_jobs)
@settings(deadline=None, max_examples=15)
def test_from_prolog_to_yaml_to_prolog_a_job_is_the_same(mappings):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        expected = [BatchJob.from_dict(mapping, folder) for mapping in mappings]
        in_prolog = exported(expected, folder, "pl")
        assert in_prolog == expected
        in_yaml = exported(in_prolog, folder, "yaml")
        assert in_yaml == expected
        assert exported(in_yaml, folder, "pl") == expected


@given(jobs)
@settings(deadline=None)
def test_in_python_a_job_is_the_same(mapping):
    job = BatchJob.from_dict(mapping)
    names = {}
    exec(export_job(job, "python"), names)
    assert names["job"] == job
