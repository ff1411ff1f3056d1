"""Events of real runs against the schema of their payloads."""

from functools import cache

import jsonschema
from pydantic import TypeAdapter

from airflow_unifyweaver.events.payloads import PAYLOADS
from airflow_unifyweaver.events.schema import EventType


@cache
def _exact(event_type):
    schema = TypeAdapter(PAYLOADS[event_type]).json_schema()
    return jsonschema.Draft202012Validator(schema | {"additionalProperties": False})


def check_payload(event_type, payload):
    """Check that a payload has what its type of event must have, and nothing that it does not know."""
    _exact(EventType(event_type)).validate(payload)
