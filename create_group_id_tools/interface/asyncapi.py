"""The AsyncAPI 3 description of the signup events that the function receives.

AsyncAPI has no binding for EventBridge, so the pattern that selects the events is an extension:
https://www.alibabacloud.com/help/en/eventbridge/user-guide/event-patterns
"""

from __future__ import annotations

from typing import Any

from create_group_id import __version__
from create_group_id_tools.interface import payloads
from create_group_id_tools.interface.payloads import SIGNUP_TYPE, ref, sample
from create_group_id_tools.project import ACCOUNT_ID, REGION_ID

PATTERN = "x-eventbridge-filter-pattern"
_BULK_TYPE = f"{SIGNUP_TYPE}.bulk"
_DESCRIPTION = """\
A service publishes an event when a tenant signs up, and the function creates the tenant's MQTT
group ID. The same event twice creates one group. Events that fail, also after Function Compute's
retries, go to the failure destination.

Names of buses, queues and types are the defaults of template.yml and infra/ros.yml."""


def document() -> dict[str, Any]:
    """Return the document."""
    schemas = payloads.schemas()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "create-group-id",
            "version": __version__,
            "description": _DESCRIPTION,
            "license": {
                "name": "Apache-2.0",
                "url": "https://www.apache.org/licenses/LICENSE-2.0",
            },
        },
        "defaultContentType": "application/cloudevents+json",
        "servers": {
            "bus": _server("eventbridge", "EventBridge, where PutEvents publishes."),
            "queues": _server("mns", "Simple Message Queue (formerly MNS)."),
        },
        "channels": {
            "signups": {
                "address": "saas",
                "description": "A custom bus of EventBridge.",
                "servers": [{"$ref": "#/servers/bus"}],
                "messages": _messages("tenantSignup", "tenantSignups"),
            },
            "bulkSignups": {
                "address": "create-group-id-signups",
                "description": "A queue for imports of many tenants.",
                "servers": [{"$ref": "#/servers/queues"}],
                "messages": _messages("bulkSignup"),
            },
        },
        "operations": {
            "createGroup": _operation(
                "signups",
                "A rule of the bus selects the events by this pattern, and invokes the function "
                "with each of them.",
                SIGNUP_TYPE,
                "tenantSignup",
                "tenantSignups",
            ),
            "createGroups": _operation(
                "bulkSignups",
                "An event stream reads the queue in batches. An import sends its messages to the "
                "queue, or a rule leads events there by this pattern.",
                _BULK_TYPE,
                "bulkSignup",
            ),
        },
        "components": {
            "messages": {
                "tenantSignup": _message("A tenant signed up.", "CloudEvent", "cloudevent"),
                "tenantSignups": {
                    **_message(
                        "Signups in a batch, as an event stream delivers them.",
                        "CloudEvents",
                        "batch-cloudevents",
                    ),
                    "contentType": "application/cloudevents-batch+json",
                },
                "bulkSignup": {
                    **_message("A tenant of an import.", "BulkSignup", "mns-topic-stream"),
                    "contentType": "application/json",
                },
            },
            "schemas": {
                "CloudEvent": _cloud_event(SIGNUP_TYPE),
                "CloudEvents": {"type": "array", "minItems": 1, "items": ref("CloudEvent")},
                "BulkSignup": {"anyOf": [ref("BulkCloudEvent"), ref("Signup")]},
                "BulkCloudEvent": _cloud_event(SIGNUP_TYPE, _BULK_TYPE),
                **{name: schemas[name] for name in ("Signup", "Tag", "Region")},
            },
        },
    }


def _server(service: str, description: str) -> dict[str, Any]:
    return {
        "host": f"{{account}}.{service}.{{region}}.aliyuncs.com",
        "protocol": "https",
        "description": description,
        "variables": {"account": {"default": ACCOUNT_ID}, "region": {"default": REGION_ID}},
    }


def _messages(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/messages/{name}"} for name in names}


def _operation(channel: str, description: str, event_type: str, *messages: str) -> dict[str, Any]:
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{channel}"},
        "description": description,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in messages],
        PATTERN: {"type": [event_type]},
    }


def _message(summary: str, schema: str, file: str) -> dict[str, Any]:
    examples = [{"name": file, "payload": sample(file)}]
    return {"summary": summary, "payload": ref(schema), "examples": examples}


def _cloud_event(*types: str) -> dict[str, Any]:
    """Return the schema of a CloudEvent with all that CloudEvents 1.0 requires of its publisher."""
    return payloads.cloud_event(
        "id",
        "source",
        type={"description": "What the pattern selects.", "enum": [*types]},
        id={
            "description": "Names the event, together with source; the function logs it.",
            "type": "string",
            "minLength": 1,
        },
        source={"description": "The publisher.", "type": "string", "minLength": 1},
    )
