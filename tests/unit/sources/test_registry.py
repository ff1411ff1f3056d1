import json
import subprocess
import sys

import pytest

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.sources.registry import plan_source, reader_for


def test_a_type_without_a_planner_is_refused(make_job, tmp_path):
    with pytest.raises(
        SourceError, match=r"source.type 'tape' is not available yet; the types are awk, command, csv, http, json, text"
    ):
        plan_source(make_job(type="tape"), 1, tmp_path / "spool")


@pytest.mark.parametrize("source", [{"type": "text"}, {"type": "csv", "quotechar": None, "header": ["line"]}])
def test_a_real_job_is_planned_and_its_plan_survives_json(tmp_path, source):
    (tmp_path / "a.txt").write_text("one\ntwo\n")
    job = BatchJob.from_dict(
        {
            "name": "lines",
            "source": {**source, "path": "*.txt"},
            "batch": {"batch_size": 1},
            "work": {"command": "cat"},
        },
        base_dir=tmp_path,
    )
    plan = plan_source(job, 2, tmp_path / "spool")
    reader = reader_for(json.loads(json.dumps(plan.manifest)), tmp_path / "spool")
    assert [reader.read(recipe).bytes() for recipe in json.loads(json.dumps(list(plan.recipes)))] == [
        b"one\n",
        b"two\n",
    ]


def test_a_worker_imports_nothing_heavy():
    code = (
        "import sys; from airflow_unifyweaver.sources.registry import reader_for;"
        "reader_for({'type': 'csv', 'delimiter': ',', 'quotechar': '', 'files': []}, None); print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not {"pydantic", "airflow", "pyarrow", "pandas", "numpy"} & set(loaded)
