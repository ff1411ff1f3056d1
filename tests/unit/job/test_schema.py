"""The JSON Schema says what a job is to editors and to the reference."""

import jsonschema
import pytest

from airflow_unifyweaver.job.schema import schema

DESIGN_EXAMPLE = {
    "name": "log_errors",
    "source": {"type": "text", "path": "logs/*.log"},
    "batch": {"batch_size": 100_000},
    "work": {"command": "grep -c ERROR", "ok_exit_codes": [0, 1]},
    "parallel": {"backend": "auto", "workers": 8, "preserve_order": False, "map_tasks": "auto"},
    "retry": {"max_attempts": 3, "backoff": "exponential", "timeout": 300},
    "failure": {"budget": "2%", "quarantine": "none"},
    "aggregation": "set_union",
    "output": {"path": "out/errors.jsonl", "format": "jsonl"},
    "on_event": {"batch_complete": ["pkg.mod:handler"]},
    "dag": {"schedule": "@daily"},
}


def test_it_is_a_schema_and_the_example_of_the_design_fits():
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(DESIGN_EXAMPLE, schema())


@pytest.mark.parametrize(
    "change",
    [{"batch": {"batch_sise": 1}}, {"aggregation": {"reduce": "som"}}, {"parallel": {"backend": "x"}}, {"source": {}}],
)
def test_a_wrong_job_does_not_fit(change):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**DESIGN_EXAMPLE, **change}, schema())


def test_every_field_is_described():
    described = schema()
    models = [described, *described["$defs"].values()]
    for model in models:
        assert model["title"]
        assert model["description"]
        for name, field in model["properties"].items():
            assert field.get("description"), (model["title"], name)
