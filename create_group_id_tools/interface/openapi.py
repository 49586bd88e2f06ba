"""The OpenAPI 3.1 description of the HTTP trigger.

What Function Compute itself responds with:
https://www.alibabacloud.com/help/en/functioncompute/configure-an-http-trigger-for-a-function-and-invoke-the-function-by-using-http-requests
https://www.alibabacloud.com/help/en/functioncompute/api-fc-2023-03-30-errorcodes
"""

from __future__ import annotations

from typing import Any

from create_group_id import __version__
from create_group_id_tools.interface import envelope, payloads, responses
from create_group_id_tools.interface.payloads import ref, sample_body
from create_group_id_tools.project import REGION_ID

_JSON, _CLOUD_EVENT = "application/json", "application/cloudevents+json"
_DESCRIPTION = """\
Creates the MQTT group ID of a tenant, or one by name, in an instance of ApsaraMQ for MQTT.

The body is a request (`GroupId`), a signup (`tenantId`) or a CloudEvent that carries a signup. At
most 64 KiB, in UTF-8 and not compressed. Every response of the function is a `Success` or a
`Failure`. Responses without `Success` come from Function Compute itself.

Retry where `Error.Retryable` is true, after the seconds of `Retry-After` if that header is present.
Where `Error.OutcomeUnknown` is true, or where no response arrived, the group may exist: send a
request again with `"OnExisting": "Succeed"`, a signup as it was.

Some rules depend on the deployment, or no schema can express them: which instances, regions and
types of CloudEvents are allowed, and that the keys of tags are unique. Breaking one is a 400 or a
403, too."""

_SERVERS = [
    {
        "url": "https://{trigger}.{region}.fcapp.run",
        "description": "The HTTP trigger. `npx s info -t template.yml` prints its URL.",
        "variables": {
            "trigger": {"default": "example", "description": "What FC chose for the trigger."},
            "region": {"default": REGION_ID, "description": "The region of the function."},
        },
    },
    {
        "url": "http://127.0.0.1:{port}",
        "description": "A local Function Compute: `make serve`.",
        "variables": {"port": {"default": "9000"}},
    },
]

_SECURITY_SCHEMES = {
    "signature": {
        "type": "http",
        "scheme": "ACS3-HMAC-SHA256",
        "description": (
            "Function Compute's signature, which template.yml demands (`authType: function`). "
            "Needs the headers `x-acs-date` and, for temporary credentials, "
            "`x-acs-security-token`; docs/callers.md shows how to sign."
        ),
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token of your identity provider, for a trigger with `authType: jwt`.",
    },
}


def document() -> dict[str, Any]:
    """Return the document."""
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "create-group-id",
            "summary": "Creates MQTT group IDs of ApsaraMQ for MQTT.",
            "description": _DESCRIPTION,
            "version": __version__,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": _SERVERS,
        # Anonymous where neither is demanded, such as on a local server.
        "security": [{}, {"signature": []}, {"token": []}],
        "tags": [{"name": "groups", "description": "MQTT group IDs"}],
        "paths": {"/": {"post": _operation()}},
        "components": {
            "schemas": {
                **payloads.schemas(),
                "CloudEvent": payloads.cloud_event(),
                **envelope.schemas(),
                **responses.schemas(),
            },
            "headers": responses.HEADERS,
            "securitySchemes": _SECURITY_SCHEMES,
        },
    }


def _operation() -> dict[str, Any]:
    # A signup takes any property; one with `specversion` is a CloudEvent.
    signup = {**ref("Signup"), "properties": {"specversion": payloads.NOTHING}}
    any_payload = {"anyOf": [ref("Request"), signup, ref("CloudEvent")]}
    return {
        "operationId": "createGroupId",
        "tags": ["groups"],
        "summary": "Create a group ID",
        "description": "Other methods are refused: by FC with 403, where the trigger does not "
        "enable them, otherwise by the function with 405.",
        "parameters": _parameters(),
        "requestBody": {
            "required": True,
            "content": {
                _JSON: {"schema": any_payload, "examples": _json_examples()},
                _CLOUD_EVENT: {
                    "schema": ref("CloudEvent"),
                    "examples": {
                        "CloudEvent": {
                            "summary": "A signup in a CloudEvent, structured mode",
                            "value": sample_body("http-cloudevent"),
                        }
                    },
                },
            },
        },
        "responses": responses.responses(),
    }


def _json_examples() -> dict[str, Any]:
    return {
        name: {"summary": summary, "value": sample_body(file)}
        for name, summary, file in (
            ("request", "A request", "http-create-group-id"),
            ("tags", "A request with all that it may have", "http-create-group-id-with-tags"),
            ("signup", "A tenant's signup; also the data of a binary CloudEvent", "http-signup"),
            ("CloudEvent", "A signup in a CloudEvent, structured mode", "http-cloudevent"),
        )
    }


def _parameters() -> list[dict[str, Any]]:
    """Return the headers that are read; no header and no query string is a part of the payload."""
    return [
        _header(
            "ce-specversion",
            "Makes the request a CloudEvent in binary mode, together with `application/json`: the "
            "body is its data. Ignored in `application/cloudevents+json`.",
            {"enum": ["1.0", "0.3"]},
        ),
        _header(
            "ce-type",
            "Required in binary mode. `ce-` headers are percent-encoded UTF-8.",
            payloads.event_type(),
        ),
        _header("ce-id", "The event's ID, for the log.", {"type": "string"}),
        _header("ce-source", "Required by CloudEvents; not read.", {"type": "string"}),
        _header("traceparent", "W3C trace context, for the log.", {"type": "string"}),
        _header(
            "X-Fc-Invocation-Type",
            "`Async` lets FC respond at once with 202. The function runs later, and nobody gets "
            "its response: send such a request to a function with `ON_FAILURE=raise`.",
            {"type": "string", "examples": ["Sync", "Async"]},
        ),
    ]


def _header(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": description, "schema": schema}
