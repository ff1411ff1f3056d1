import copy
import json

import pytest

from airflow_unifyweaver import BatchJob
from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.operators.job_argument import JobFields, job_fields, load_job

FIELDS = {"name": "lines", "source": {"type": "text", "path": "in.txt"}, "work": {"command": "wc -l"}}


def test_a_dictionary_means_the_given_folder(tmp_path):
    assert load_job(FIELDS, tmp_path).base_dir == tmp_path


def test_a_file_means_its_own_folder(tmp_path):
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "lines.json").write_text(json.dumps(FIELDS))
    assert load_job("jobs/lines.json", tmp_path).base_dir == tmp_path / "jobs"


def test_a_job_stays_as_it_is(tmp_path):
    job = BatchJob.from_dict(FIELDS, base_dir=tmp_path)
    assert load_job(job, tmp_path / "elsewhere") is job


@pytest.mark.parametrize("job", [{"name": "x"}, None, ["x"]])
def test_a_wrong_job_is_refused(job, tmp_path):
    with pytest.raises(JobError):
        load_job(job, tmp_path)


def test_fields_are_plain_json_and_remember_the_folder(tmp_path):
    fields = JobFields(BatchJob.from_dict(FIELDS, base_dir=tmp_path))
    assert str(tmp_path) not in json.dumps(fields)
    assert copy.deepcopy(fields).base_dir == tmp_path
    assert job_fields(fields, None) is fields


@pytest.mark.parametrize(
    ("source", "rendered"),
    [
        ({"type": "command", "command": "echo {{ ds }}"}, {}),
        ({"type": "awk", "program": "{{ print }}", "path": "{{ ds }}.txt"}, {"path": "{{ DS }}.TXT"}),
    ],
)
def test_programs_keep_their_braces(source, rendered):
    fields = job_fields({"name": "lines", "source": source, "work": {"command": "cat"}}, None)
    assert fields.rendered(str.upper, {})["source"] == fields["source"] | rendered


AUTHORS = {"source_path": "logs/{{ ds }}.log"}


@pytest.mark.parametrize(
    ("values", "own", "rendered"),
    [
        (AUTHORS, AUTHORS, "LOGS/{{ DS }}.LOG"),
        ({"source_path": "{{ conn.db.password }}"}, AUTHORS, "{{ conn.db.password }}"),
        ({"source_path": "{{ conn.db.password }}"}, {}, "{{ conn.db.password }}"),
        ({"source_path": ""}, AUTHORS, "IN.TXT"),
    ],
)
def test_a_template_is_the_authors_and_never_of_whoever_triggers(values, own, rendered):
    fields = JobFields(BatchJob.from_dict(FIELDS | {"output": {"path": "out.txt"}}), parameters=own)
    made = fields.rendered(str.upper, values)
    assert (made["source"]["path"], made["output"]["path"]) == (rendered, "OUT.TXT")


def test_without_parameters_a_job_is_its_own():
    fields = JobFields(BatchJob.from_dict(FIELDS))
    assert fields.rendered(str.upper, {"source_path": "other.txt"})["source"]["path"] == "IN.TXT"


def test_what_stands_for_pages_is_the_jobs_own():
    url = "https://x/{{ ds }}?p={{page}}"
    paged = FIELDS | {"source": {"type": "http", "url": url, "paginated": True}}
    assert JobFields(BatchJob.from_dict(paged)).own_names["page"] == "{{page}}"
    assert JobFields(BatchJob.from_dict(FIELDS)).own_names == {}
