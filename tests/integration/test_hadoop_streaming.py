"""A job on YARN, beside its result: what it brings there, and what it leaves behind."""

from airflow_unifyweaver import BatchJob, run_job

WORK = """
import airflow_unifyweaver

def place(batch):
    return airflow_unifyweaver.__file__
"""


def test_mappers_have_the_package_from_the_archive_and_nothing_is_left(yarn, tmp_path, monkeypatch):
    for name, value in yarn.env.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "lines.txt").write_text("line\n" * 4)
    (tmp_path / "work.py").write_text(WORK)
    fields = {
        "name": "hadoop",
        "source": {"type": "text", "path": "lines.txt"},
        "batch": {"batch_size": 1},
        "work": {"python": "work:place"},
        "aggregation": "set_union",
        "parallel": {"backend": "hadoop_streaming", "workers": 2, "strict": True},
    }
    places = run_job(BatchJob.from_dict(fields, base_dir=tmp_path), tmp_path / "run").file.read_text().splitlines()
    assert len(places) in (1, 2)  # one mapper may have done all before the other one starts
    assert all(place.endswith('/unifyweaver/airflow_unifyweaver/__init__.py"') for place in places)
    files = {path.name for path in (tmp_path / "run" / "cluster" / "0000" / "hadoop").iterdir()}
    assert files == {"client.log", "code.zip", "mappers"}  # neither output nor an application that may still run
