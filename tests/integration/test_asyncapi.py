"""The AsyncAPI document of the events is what the code says, and right.

``asyncapi-3.0.0.schema.json.gz`` is AsyncAPI's own schema, of the npm package ``@asyncapi/specs`` 6.11.1 (Apache-2.0).
"""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from airflow_unifyweaver.events.schema import EventType

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs" / "reference" / "asyncapi.yaml"
DOCUMENT = yaml.safe_load(FILE.read_text())
SCHEMA = Path(__file__).with_name("asyncapi-3.0.0.schema.json.gz")


def references(part):
    """Yield all references in a part of the document."""
    if isinstance(part, dict):
        yield from [part["$ref"]] if "$ref" in part else []
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from references(inner)


def envelope_validator(event_type):
    """Return what checks envelopes with events of a type."""
    schema = {"$ref": f"#/components/schemas/{event_type}", "components": DOCUMENT["components"]}
    return jsonschema.Draft7Validator(schema, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)


def test_the_file_is_what_the_code_says():
    printed = subprocess.run(
        [sys.executable, ROOT / "tools" / "asyncapi.py"], capture_output=True, text=True, check=True
    )
    assert FILE.read_text() == printed.stdout, "python tools/asyncapi.py > docs/reference/asyncapi.yaml"


def test_it_is_a_valid_document():
    jsonschema.Draft7Validator(json.loads(gzip.decompress(SCHEMA.read_bytes()))).validate(DOCUMENT)


def test_references_lead_somewhere():
    found = set(references(DOCUMENT))
    assert len(found) > len(EventType)
    for reference in found:
        place = DOCUMENT
        for name in reference.removeprefix("#/").split("/"):
            place = place[name]


@pytest.mark.parametrize("event_type", EventType)
def test_examples_fit(event_type):
    message = DOCUMENT["components"]["messages"][event_type]
    for example in message["examples"]:
        envelope_validator(event_type).validate(example["payload"])


def test_another_payload_does_not_fit():
    example = DOCUMENT["components"]["messages"]["batch_failed"]["examples"][0]["payload"]
    wrong = example | {"data": example["data"] | {"payload": {"error": 3}}}
    with pytest.raises(jsonschema.ValidationError):
        envelope_validator("batch_failed").validate(wrong)
