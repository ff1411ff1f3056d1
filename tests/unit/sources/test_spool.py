import json

import pytest

from airflow_unifyweaver.sources.base import SourcePlan
from airflow_unifyweaver.sources.planning import list_entries
from airflow_unifyweaver.sources.registry import reader_for
from airflow_unifyweaver.sources.spool import spooled

ORIGIN = {"type": "tape", "version": 7}


@pytest.fixture
def spool(tmp_path):
    return tmp_path / "spool"


@pytest.fixture
def plan(spool):
    def fill(folder):
        (folder / "lines").write_text("a\nb\nc\n")
        entries = list_entries(str(folder / "lines"), str, "utf-8")
        manifest = {"type": "text", "exact": True, "files": entries}
        recipes = ({"file": 0, "start": start, "stop": start + 2} for start in (0, 2, 4))
        return SourcePlan(manifest, 6, recipes)

    return spooled(ORIGIN, spool, fill)


def test_nothing_is_spooled_before_a_batch_is_asked_for(plan, spool):
    assert plan.manifest == {"type": "spooled", "origin": ORIGIN}
    assert not spool.exists()


def test_batches_are_read_from_the_spool(plan, spool):
    recipes = list(plan.recipes)
    assert plan.size == 6
    reader = reader_for(json.loads(json.dumps(plan.manifest)), spool)
    assert [list(reader.read(recipe)) for recipe in recipes] == [["a"], ["b"], ["c"]]


def test_what_an_earlier_attempt_left_in_the_spool_is_removed(plan, spool):
    (spool / "records").mkdir(parents=True)
    (spool / "records" / "half").touch()
    list(plan.recipes)
    assert {path.name for path in (spool / "records").iterdir()} == {"lines", "manifest.json"}
