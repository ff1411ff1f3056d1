"""The events that brokers get, as an AsyncAPI document: ``python tools/asyncapi.py > docs/reference/asyncapi.yaml``.

It is made from the schema of events in the code; a test sees to it that the file is what this prints.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import version
from typing import Any

import yaml
from pydantic import TypeAdapter

from airflow_unifyweaver.events.handlers.cloud_event import TYPE_PREFIX, cloud_event, event_source
from airflow_unifyweaver.events.payloads import PAYLOADS
from airflow_unifyweaver.events.schema import Event, EventType

Json = dict[str, Any]
CONTENT_TYPE = "application/cloudevents+json"
JOB, RUN_ID = "log_errors", "manual__2026-11-23T16:03:19+00:00"
EXAMPLES: dict[EventType, Json] = {
    EventType.BATCH_READY: {},
    EventType.BATCH_CLAIMED: {},
    EventType.BATCH_STARTED: {},
    EventType.BATCH_COMPLETE: {
        "results_count": 1,
        "processing_time_ms": 18.833,
        "memory_mb": 16.5,
        "segment": "slot_02_86ee13b37a3d.segment",
        "offset": 0,
        "length": 12,
        "checksum": 1706462252,
    },
    EventType.BATCH_FAILED: {
        "error": "exit code 3",
        "retry_count": 0,
        "processing_time_ms": 1.231,
        "memory_mb": 25.1,
    },
    EventType.BATCHES_COMPLETE: {
        "batches": 4,
        "completed": 4,
        "failed": 0,
        "results_count": 9,
        "quarantined": 0,
        "processing_time_ms": 460.27,
    },
    EventType.BACKEND_DEGRADED: {
        "requested": "gnu_parallel",
        "chosen": "bash_fork",
        "reason": "GNU Parallel is not installed (Debian's package is called parallel)",
    },
}
"""A payload of each type."""


def document() -> Json:
    """Return the AsyncAPI 3.0 document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "airflow-unifyweaver batch events",
            "version": version("airflow-unifyweaver"),
            "description": "What happens to the batches of a job, as its on_event sends it to Kafka and RabbitMQ: "
            "CloudEvents 1.0 in structured mode.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {
            "kafkaTopic": _channel("{topic}", "topic", "The topic in the job.", {"kafka": {"topic": "{topic}"}}),
            "rabbitmqQueue": _channel(
                "{queue}", "queue", "The queue in the job.", {"amqp": {"is": "queue", "queue": {"name": "{queue}"}}}
            ),
            "rabbitmqExchange": _channel(
                "{routingKey}",
                "routingKey",
                "The type of the event, a dot, the name of the job.",
                {"amqp": {"is": "routingKey", "exchange": {"type": "topic"}}},
            ),
        },
        "operations": {
            name: {"action": "send", "channel": _reference("channels", channel)}
            for name, channel in {
                "sendToKafka": "kafkaTopic",
                "sendToQueue": "rabbitmqQueue",
                "sendToExchange": "rabbitmqExchange",
            }.items()
        },
        "components": {
            "messages": {event_type.value: _message(event_type) for event_type in EventType},
            "schemas": _schemas(),
        },
    }


def _schemas() -> Json:
    return {"CloudEvent": _envelope_schema(), "Event": _event_schema()} | {
        event_type.value: {
            "allOf": [
                _reference("components/schemas", "CloudEvent"),
                _object({"type": {"const": TYPE_PREFIX + event_type}, "data": _data_schema(event_type)}),
            ]
        }
        for event_type in EventType
    }


def _envelope_schema() -> Json:
    return _object(
        {
            "specversion": {"const": "1.0"},
            "id": _text("Unique; an event that is sent again has the same.", format="uuid"),
            "source": _text(f"The shard: {event_source('JOB', 'RUN_ID', 0)[:-1]}SHARD.", format="uri-reference"),
            "type": _text(f"The type of the event, with {TYPE_PREFIX} before it."),
            "subject": _text("The batch; absent in an event of the whole shard."),
            "time": _text("When it happened, in UTC.", format="date-time"),
            "datacontenttype": {"const": "application/json"},
            "data": {"type": "object"},
        },
        optional="subject",
    )


def _event_schema() -> Json:
    """Return the schema of what all events have; what their fields mean is in the docstring of the class."""
    fields = TypeAdapter(Event).json_schema()["properties"]
    docstring = re.sub(r"\n {8,}", " ", str(Event.__doc__)).replace("``", "`").replace("None", "null")
    for name, meaning in re.findall(r":param (\w+): (.*)\.", docstring):
        fields[name]["description"] = f"{meaning[0].upper()}{meaning[1:]}."
        fields[name].pop("title")
        fields[name].pop("default", None)
    fields["timestamp"]["format"] = "date-time"
    return _object({**fields, "job": _text("Name of the job.")})


def _data_schema(event_type: EventType) -> Json:
    own = _object({"event_type": {"const": event_type.value}, "payload": payload_schema(event_type)})
    return {"allOf": [_reference("components/schemas", "Event"), own]}


def payload_schema(event_type: EventType) -> Json:
    """Return the JSON Schema (draft 7) of the payload of a type of event."""
    schema = TypeAdapter(PAYLOADS[event_type]).json_schema()
    for field in schema["properties"].values():
        del field["title"]
    del schema["title"]
    return schema


def _message(event_type: EventType) -> Json:
    return {
        "name": TYPE_PREFIX + event_type,
        "summary": PAYLOADS[event_type].__doc__,
        "contentType": CONTENT_TYPE,
        "payload": _reference("components/schemas", event_type),
        "bindings": {"kafka": {"key": _text("The source of the envelope, so that a shard's events stay in order.")}},
        "examples": [{"payload": _example(event_type)}],
    }


def _example(event_type: EventType) -> Json:
    of_batch = event_type not in (EventType.BATCHES_COMPLETE, EventType.BACKEND_DEGRADED)
    event = Event(
        event_type,
        "worker.2" if event_type in (EventType.BATCH_STARTED, EventType.BATCH_COMPLETE) else "coordinator",
        "batch_00001" if of_batch else None,
        EXAMPLES[event_type],
        RUN_ID,
        0,
        1 if of_batch and event_type != EventType.BATCH_READY else 0,
        "2026-11-23T16:03:19.631081+00:00",
    )
    envelope = cloud_event(event, JOB)
    attributes = {**envelope.get_attributes(), "time": event.timestamp.replace("+00:00", "Z")}
    return {**attributes, "data": envelope.get_data()}


def _channel(address: str, parameter: str, meaning: str, bindings: Json) -> Json:
    return {
        "address": address,
        "parameters": {parameter: {"description": meaning}},
        "messages": {event_type.value: _reference("components/messages", event_type) for event_type in EventType},
        "bindings": bindings,
    }


def _reference(place: str, name: str) -> Json:
    return {"$ref": f"#/{place}/{name}"}


def _text(description: str, **more: str) -> Json:
    return {"type": "string", "description": description, **more}


def _object(fields: Json, optional: str = "") -> Json:
    return {"type": "object", "properties": fields, "required": [name for name in fields if name != optional]}


if __name__ == "__main__":
    yaml.safe_dump(document(), sys.stdout, sort_keys=False, allow_unicode=True, width=120)
