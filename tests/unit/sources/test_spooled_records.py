from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.sources.registry import reader_for
from airflow_unifyweaver.sources.spooled_records import plan_spooled


def test_lines_of_json_are_records(tmp_path):
    file = tmp_path / "records.jsonl"
    file.write_text('{"id":1,"name":"\u2028é"}\n[2]\n"three"\nnull\n', encoding="utf-8")
    job = BatchJob.from_dict(
        {"name": "x", "source": {"type": "text", "path": "x"}, "batch": {"batch_size": 3}, "work": {"command": "cat"}}
    )
    plan = plan_spooled(file, job, 2, tmp_path)
    reader = reader_for(plan.manifest, tmp_path)
    first, second = (reader.read(recipe) for recipe in plan.recipes)
    assert list(first) == [{"id": 1, "name": "\u2028é"}, [2], "three"]
    assert list(second) == [None]
    assert first.describe(first.records()[1])["content"] == "[2]"
    assert second.arrow().to_pydict() == {"value": [None]}
    assert list(second.pandas()["value"]) == [None]
