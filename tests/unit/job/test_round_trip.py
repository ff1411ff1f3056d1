"""Any right job, written out and read back, is the same job, and fits the JSON Schema."""

import json

import jsonschema
from hypothesis import given, settings
from job_mappings import jobs

from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.job.schema import schema


@given(jobs)
@settings(deadline=None)
def test_written_out_and_read_back_a_job_is_the_same(data):
    job = BatchJob.from_dict(data)
    written = json.loads(json.dumps(job.to_dict()))
    assert BatchJob.from_dict(written) == job
    assert BatchJob.from_dict(written).digest() == job.digest()


VALIDATOR = jsonschema.Draft202012Validator(schema())


@given(jobs)
@settings(deadline=None)
def test_a_right_job_fits_the_schema(data):
    VALIDATOR.validate(data)
    VALIDATOR.validate(BatchJob.from_dict(data).to_dict())
