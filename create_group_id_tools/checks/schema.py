"""Check the props of each function against the component's schema, with gaps in it filled."""

from __future__ import annotations

import copy
import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from create_group_id_tools.checks import validation

if TYPE_CHECKING:
    from collections.abc import Iterator

_DATA = Path(__file__).parent / "data" / "fc3_schema.json"

# The component's schema accepts any object as the configuration of a trigger.
_CONFIGURATIONS = {
    "cdn_events": "ICdnTriggerConfig",
    "eventbridge": "IEventBridge",
    "http": "IHttpTriggerConfig",
    "log": "ILogTriggerConfig",
    "mns_topic": "IMnsTriggerConfig",
    "oss": "IOssTriggerConfig",
    "tablestore": "IOtsConfig",
    "timer": "ITimerTriggerConfig",
}

# Rules that the schemas of these configurations lack:
# https://www.alibabacloud.com/help/en/functioncompute/api-fc-2023-03-30-struct-eventbridgetriggerconfig
_COMPLETE: dict[str, dict[str, Any]] = {
    "http": {
        "if": {"properties": {"authType": {"const": "jwt"}}},
        "then": {"required": ["authConfig"]},
    },
    "eventbridge": {
        "properties": {
            "eventSourceConfig": {
                "properties": {
                    "eventSourceType": {
                        "enum": ["Default", "MNS", "RocketMQ", "RabbitMQ", "Kafka", "MQTT", "DTS"]
                    }
                }
            },
            "eventSinkConfig": {
                "properties": {
                    "deliveryOption": {
                        "required": ["eventSchema"],
                        "properties": {"eventSchema": {"enum": ["CloudEvents", "RawData"]}},
                    }
                }
            },
            "runOptions": {
                "required": ["mode", "errorsTolerance", "retryStrategy"],
                "properties": {
                    "mode": {"enum": ["event-driven", "event-streaming"]},
                    "maximumTasks": {"type": "integer"},
                    "batchWindow": {
                        "type": "object",
                        "additionalProperties": {"type": "integer"},
                    },
                    "deadLetterQueue": {
                        "type": "object",
                        "additionalProperties": {"type": "string"},
                    },
                    "errorsTolerance": {"enum": ["ALL", "NONE"]},
                    "retryStrategy": {
                        "required": ["PushRetryStrategy"],
                        "properties": {
                            "PushRetryStrategy": {
                                "enum": ["BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY"]
                            }
                        },
                    },
                },
            },
        }
    },
}


_DOCUMENT: dict[str, Any] = {
    "type": "object",
    "required": ["edition", "resources"],
    "properties": {
        # The edition whose properties these checks know.
        "edition": {"const": "3.0.0"},
        "vars": {"type": "object", "additionalProperties": {"type": "string"}},
        "resources": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "type": "object",
                "required": ["component", "props"],
                "properties": {
                    # With a version, so that every deployment uses the same program.
                    "component": {"type": "string", "pattern": r"^fc3@\d+\.\d+\.\d+$"},
                    "props": {"type": "object"},
                },
            },
        },
    },
}


@lru_cache(maxsize=1)
def _closed() -> dict[str, Any]:
    """Read the schema, and make every unknown property an error."""
    schema: dict[str, Any] = json.loads(_DATA.read_text(encoding="utf-8"))
    # The component accepts this property, but its schema lacks it.
    schema["properties"]["customDomain"] = {"type": "object"}
    schema["definitions"]["ITrigger"]["properties"]["triggerConfig"] = {"type": "object"}
    _close(schema)
    return schema


def _close(schema: dict[str, Any]) -> None:
    # Not in `if`, `then` and `else`, which name only some of the properties.
    if "properties" in schema:
        schema.setdefault("additionalProperties", False)
    parts = [*schema.get("properties", {}).values(), *schema.get("definitions", {}).values()]
    items = schema.get("items", [])  # one schema for all items, or a list with one for each
    parts += items if isinstance(items, list) else [items]
    for part in [*parts, *schema.get("anyOf", [])]:
        _close(part)


def _configuration(kind: str) -> dict[str, Any]:
    schema = _closed()
    definition = copy.deepcopy(schema["definitions"][_CONFIGURATIONS[kind]])
    every = [definition, _COMPLETE.get(kind, {})]
    return {"definitions": schema["definitions"], "allOf": every}


def problems(where: str, props: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each property that the component or FC would reject or ignore."""
    yield from validation.problems(where, props, _closed())
    triggers = props.get("triggers")
    for number, trigger in enumerate(triggers if isinstance(triggers, list) else []):
        kind = trigger.get("triggerType") if isinstance(trigger, dict) else None
        if isinstance(kind, str) and kind in _CONFIGURATIONS:
            path = f"{where}.triggers[{number}].triggerConfig"
            configuration = trigger.get("triggerConfig", {})
            yield from validation.problems(path, configuration, _configuration(kind))


def document_problems(document: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each problem of the document outside the functions' props."""
    yield from validation.problems("", document, _DOCUMENT)
