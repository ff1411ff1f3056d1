import json
import subprocess
import sys

import pytest

from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.sources.registry import plan_source, reader_for


@pytest.mark.parametrize(
    ("source", "content", "batches"),
    [
        ({"type": "text"}, "one\ntwo\n", [b"one\n", b"two\n"]),
        ({"type": "csv", "quotechar": None, "header": ["line"]}, "one\ntwo\n", [b"one\n", b"two\n"]),
        ({"type": "json"}, "1\n{}\n", [b"1\n", b"{}\n"]),
        ({"type": "json", "pointer": "/a"}, '{"a": [1, {}]}', [b"1", b"{}"]),
    ],
)
def test_a_real_job_is_planned_and_its_plan_survives_json(tmp_path, source, content, batches):
    (tmp_path / "a.txt").write_text(content)
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
    assert [reader.read(recipe).bytes() for recipe in json.loads(json.dumps(list(plan.recipes)))] == batches


@pytest.mark.parametrize(
    "manifest",
    [
        {"type": "csv", "delimiter": ",", "quotechar": "", "files": []},
        {"type": "json", "pointer": "", "files": []},
        {"type": "json", "pointer": None, "exact": True, "files": []},
    ],
)
def test_a_worker_imports_nothing_heavy(manifest):
    code = (
        "import sys; from airflow_unifyweaver.sources.registry import reader_for;"
        f"reader_for({manifest!r}, None); print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not {"pydantic", "airflow", "pyarrow", "pandas", "numpy"} & set(loaded)
