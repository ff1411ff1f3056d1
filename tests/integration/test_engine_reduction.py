"""Results by key, reduced by the engine itself: the same bytes as on one machine."""

import pytest

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.reduced import Reduced

WORK = """
def lengths(batch):
    for line in batch:
        for word in line.split():
            yield word, len(line)

def joined(earlier, later):
    return f"{earlier} {later}"
"""


@pytest.fixture
def reduced(tmp_path):
    """Runs a job on a backend and on the sequential one, and returns the run on the former."""
    (tmp_path / "text.txt").write_text("".join(f"w{n % 7} {n} é\n" for n in range(100)))
    (tmp_path / "work.py").write_text(WORK)

    def run(backend, reduce, **options):
        job = {
            "name": "reduced",
            "source": {"type": "text", "path": "text.txt"},
            "batch": {"batch_size": 9},
            "work": {"python": "work:lengths"},
            "aggregation": {"reduce": reduce, "by_key": True},
        }
        there = {"backend": backend, "workers": 2, "strict": True, "reducers": 2, **options}
        results = [
            run_job(BatchJob.from_dict(job | {"parallel": parallel}, base_dir=tmp_path), tmp_path / parallel["backend"])
            for parallel in (there, {"backend": "sequential"})
        ]
        assert results[0].file.read_bytes() == results[1].file.read_bytes()
        return RunDirectory(tmp_path / backend)

    return run


@pytest.mark.parametrize("reduce", ["sum", "work:joined"])
def test_hadoop_has_reducers(reduced, yarn, monkeypatch, reduce):
    for name, value in yarn.env.items():
        monkeypatch.setenv(name, value)
    run = reduced("hadoop_streaming", reduce)
    assert Reduced.load(run).is_valid(run, len(Plan.require(run).shards))
    assert "Launched reduce tasks=2" in (run.path / "cluster" / "0000" / "hadoop" / "client.log").read_text()


@pytest.mark.parametrize("reduce", ["sum", "work:joined"])
def test_spark_has_its_shuffle(reduced, spark_client, reduce):
    run = reduced("spark", reduce, spark={"master": spark_client.master_url})
    assert Reduced.load(run).is_valid(run, len(Plan.require(run).shards))
