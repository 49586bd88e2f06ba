"""The props of each function against the component's own schema, closed and completed."""

from __future__ import annotations

import copy
import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft7Validator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema.exceptions import ValidationError

_DATA = Path(__file__).parent / "data" / "fc3_schema.json"

# The component's schema takes any object as a trigger's configuration.
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

# And what it leaves open inside them:
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


@lru_cache(maxsize=1)
def _closed() -> dict[str, Any]:
    """Read the schema so that a misspelt property is an error."""
    schema: dict[str, Any] = json.loads(_DATA.read_text(encoding="utf-8"))
    # A property that the component takes, and its schema forgets.
    schema["properties"]["customDomain"] = {"type": "object"}
    schema["definitions"]["ITrigger"]["properties"]["triggerConfig"] = {"type": "object"}
    _close(schema)
    return schema


def _close(schema: dict[str, Any]) -> None:
    # Not into if, then and else: what they name is not all that there is.
    if "properties" in schema:
        schema.setdefault("additionalProperties", False)
    parts = [*schema.get("properties", {}).values(), *schema.get("definitions", {}).values()]
    items = schema.get("items", [])  # one schema for all, or a list of one each
    parts += items if isinstance(items, list) else [items]
    for part in [*parts, *schema.get("anyOf", [])]:
        _close(part)


def _configuration(kind: str) -> dict[str, Any]:
    schema = _closed()
    definition = copy.deepcopy(schema["definitions"][_CONFIGURATIONS[kind]])
    every = [definition, _COMPLETE.get(kind, {})]
    return {"definitions": schema["definitions"], "allOf": every}


def problems(where: str, props: dict[str, Any]) -> Iterator[str]:
    """Tell what the component, or FC behind it, would refuse or ignore, one line each."""
    yield from _errors(where, props, _closed())
    triggers = props.get("triggers")
    for number, trigger in enumerate(triggers if isinstance(triggers, list) else []):
        kind = trigger.get("triggerType") if isinstance(trigger, dict) else None
        if kind in _CONFIGURATIONS:
            path = f"{where}.triggers[{number}].triggerConfig"
            yield from _errors(path, trigger.get("triggerConfig", {}), _configuration(kind))


def _errors(where: str, instance: object, schema: dict[str, Any]) -> Iterator[str]:
    for error in Draft7Validator(schema).iter_errors(instance):
        path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.absolute_path)
        yield f"{where}{path}: {_reason(error)}"


def _reason(error: ValidationError) -> str:
    """Say what was expected; never the value, which may be anything."""
    instance: Any = error.instance
    expected: Any = error.validator_value
    if error.validator == "additionalProperties":
        schema: Any = error.schema
        unknown = sorted(set(instance) - set(schema["properties"]))
        return f"unknown property {', '.join(map(str, unknown))}"
    if error.validator == "required":
        lacking = [name for name in expected if name not in instance]
        return f"lacks {', '.join(lacking)}"
    if error.validator == "anyOf":
        return "matches none of the forms that it may have"
    return f"must have {error.validator} {json.dumps(expected)}"
