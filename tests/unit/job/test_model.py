"""The job as a whole: made, resolved, written out, digested."""

import json
import pickle
from pathlib import Path

import pytest

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.job.source import CsvSource, TextSource
from airflow_unifyweaver.job.work import Work

MINIMAL = {"name": "x", "source": {"type": "text", "path": "a.log"}, "work": {"command": "wc -l"}}


def job(**fields):
    return BatchJob.from_dict({**MINIMAL, **fields})


def test_defaults_are_those_of_the_design():
    made = job()
    assert made.parallel.backend == "auto"
    assert made.parallel.workers == "auto"
    assert made.parallel.gnu_parallel.options == ()
    assert (made.retry.max_attempts, made.retry.backoff, made.retry.delay, made.retry.timeout) == (
        3,
        "exponential",
        1.0,
        None,
    )
    assert (made.failure.budget, made.failure.quarantine) == (None, "none")
    assert (made.aggregation.reduce, made.aggregation.by_key) == ("concat", False)
    assert made.output is None
    assert made.on_event == {}
    assert made.dag == {}


def test_parts_and_mappings_make_the_same_job():
    made = BatchJob(name="x", source=TextSource(path="a.log"), work=Work(command="wc -l"))
    assert made == BatchJob(**MINIMAL) == job()


def test_a_part_made_on_its_own_raises_the_same_error():
    with pytest.raises(JobError, match=r"^delimiter: wanted one character"):
        CsvSource(path="a.csv", delimiter=";;")


def test_a_job_is_frozen():
    with pytest.raises(Exception, match="frozen"):
        job().name = "y"


def test_relative_paths_mean_the_base_dir(tmp_path, monkeypatch):
    made = BatchJob.from_dict(MINIMAL, base_dir=tmp_path)
    assert made.base_dir == tmp_path
    assert made.resolve("logs/*.log") == f"{tmp_path}/logs/*.log"
    assert made.resolve("/var/log/x") == "/var/log/x"
    assert made.resolve("s3://bucket/x") == "s3://bucket/x"
    monkeypatch.chdir(tmp_path)
    assert job().base_dir == tmp_path
    assert BatchJob.from_dict(MINIMAL, base_dir="sub").base_dir == tmp_path / "sub"


def test_a_job_survives_pickling(tmp_path):
    made = BatchJob.from_dict(MINIMAL, base_dir=tmp_path)
    copy = pickle.loads(pickle.dumps(made))
    assert copy == made
    assert copy.base_dir == tmp_path


def test_to_dict_is_complete_and_says_nothing_empty():
    written = job(dag={"schedule": None}).to_dict()
    assert written["retry"] == {"max_attempts": 3, "backoff": "exponential", "delay": 1.0}
    assert written["dag"] == {"schedule": None}
    assert "batch" not in written
    assert "gnu_parallel" not in written["parallel"]
    assert json.loads(json.dumps(written)) == written


def test_digest_is_that_of_what_decides_the_result():
    same = [
        job(),
        job(parallel={"workers": 3}),
        job(retry={"max_attempts": 1}),
        job(output={"path": "a.csv"}),
        job(dag={"schedule": "@daily"}),
        job(on_event={"batch_ready": ["a:b"]}),
        job(source={"type": "text", "path": "a.log", "encoding": "UTF8"}),
        job(aggregation={"reduce": "concat"}),
    ]
    other = [
        job(batch={"batch_size": 3}),
        job(work={"command": "wc"}),
        job(aggregation="set_union"),
        job(source={"type": "csv", "path": "a.log"}),
    ]
    assert len({made.digest() for made in same}) == 1
    assert len({made.digest() for made in [job(), *other]}) == 5
    assert len(job().digest()) == 64


@pytest.mark.parametrize("data", [None, 3, "text", ["name"]])
def test_a_job_is_a_mapping(data):
    with pytest.raises(JobError, match="a job is a mapping of fields such as name, source and work, got"):
        BatchJob.from_dict(data)


def test_the_file_names_the_folder_and_every_line_of_an_error(tmp_path: Path):
    file = tmp_path / "job.json"
    file.write_text(json.dumps(MINIMAL))
    made = BatchJob.from_file(str(file), overrides={"parallel.workers": "4"})
    assert (made.base_dir, made.parallel.workers) == (tmp_path, 4)
    file.write_text(json.dumps({**MINIMAL, "batch": {"batch_sise": 3}, "retry": 1}))
    with pytest.raises(JobError) as caught:
        BatchJob.from_file(file)
    assert str(caught.value) == (
        f"{file}: batch.batch_sise: unknown field; did you mean batch_size?\n"
        f"{file}: retry: wanted a mapping of fields, got 1"
    )


def test_a_file_nested_without_end_is_an_error(tmp_path: Path):
    for text in ("[" * 7_000 + "]" * 900, "- " * 3_900, "[" * 300_000):
        file = tmp_path / "deep.yaml"
        file.write_text(text)
        with pytest.raises(JobError):
            BatchJob.from_file(file)


def test_batches_that_are_made_late_cannot_be_put_in_order_before():
    fields = MINIMAL | {"batch": {"adaptive": {}}, "parallel": {"priority": {"file": "newest"}}}
    with pytest.raises(JobError) as caught:
        BatchJob.from_dict(fields)
    assert str(caught.value) == (
        "parallel.priority: orders batches before they are handed out, batch.adaptive makes them only then; "
        "use batch_size or batch_bytes"
    )


def test_only_results_by_key_have_reducers():
    reducers = {"parallel": {"reducers": 2}}
    assert BatchJob.from_dict(MINIMAL | reducers | {"aggregation": {"reduce": "sum", "by_key": True}})
    with pytest.raises(JobError, match=r"^parallel.reducers: only results by key have reducers; set "):
        BatchJob.from_dict(MINIMAL | reducers)
