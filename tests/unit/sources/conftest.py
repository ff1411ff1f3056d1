from types import SimpleNamespace

import pytest

from airflow_unifyweaver.job.batch import Batch
from airflow_unifyweaver.sources.registry import plan_source, reader_for


@pytest.fixture
def make_job(tmp_path):
    def make(path="*", batch=None, batch_size=None, batch_bytes=None, **source):
        source = {"type": "text", "encoding": "utf-8"} | source
        if source["type"] == "csv":
            source = {"delimiter": ",", "quotechar": '"', "header": True} | source
        return SimpleNamespace(
            source=SimpleNamespace(path=path, **source),
            batch=batch or Batch(batch_size=batch_size, batch_bytes=batch_bytes),
            resolve=lambda given: given if "://" in given else str(tmp_path / given),
        )

    return make


@pytest.fixture
def read(make_job, tmp_path):
    """The batches of all files in the test's folder."""

    def read_batches(**job):
        plan = plan_source(make_job(**job), 2, tmp_path.parent / "spool")
        recipes = list(plan.recipes)
        reader = reader_for(plan.manifest, tmp_path.parent / "spool")
        return [reader.read(recipe) for recipe in recipes]

    return read_batches
