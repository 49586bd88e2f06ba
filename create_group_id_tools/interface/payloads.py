"""What the function takes, as schemas that a document can refer to by `#/components/schemas/`."""

from __future__ import annotations

import base64
import json
from typing import Any

from create_group_id import settings
from create_group_id_tools.project import SAMPLES, SOURCES

_SCHEMAS = SOURCES / "create_group_id" / "schemas"
SIGNUP_TYPE = min(settings.signup_types({}))

# The schema `false`, in the form that all generators of clients can read.
NOTHING: dict[str, Any] = {"not": {}}


def shipped(name: str) -> dict[str, Any]:
    """Return a schema of the function, without what makes it a file of its own.

    Its title becomes the description, since generators of clients name their types by titles.
    """
    schema: dict[str, Any] = json.loads((_SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    kept = {key: value for key, value in schema.items() if key not in ("$schema", "$id", "title")}
    return {"description": schema["title"], **kept} if "title" in schema else kept


def ref(name: str) -> dict[str, Any]:
    """Return a reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def schemas() -> dict[str, Any]:
    """Return the request and the signup as they ship, and their tag, which both have."""
    request, signup = shipped("request"), shipped("signup")
    tag = request["properties"]["Tags"]["items"]
    for properties, tags, region in (
        (request["properties"], "Tags", "RegionId"),
        (signup["properties"], "tags", "regionId"),
    ):
        properties[tags]["items"] = ref("Tag")
        properties[region]["anyOf"] = [ref("Region"), {"type": "string"}]
        del properties[region]["type"]
    return {
        "Request": request,
        "Signup": signup,
        "Tag": tag,
        "Region": {"description": "A region that the function knows.", "enum": _regions()},
    }


def _regions() -> list[str]:
    names: list[str] = shipped("regions")["regions"]
    return names


def event_type() -> dict[str, Any]:
    """Return the schema of a CloudEvent's type: the default's, or another that is configured."""
    return {
        "description": "A type that the deployment takes as a signup (TENANT_SIGNUP_EVENT_TYPES).",
        "anyOf": [{"enum": [SIGNUP_TYPE]}, {"type": "string"}],
    }


def cloud_event(*required: str, **properties: Any) -> dict[str, Any]:
    """Return the schema of a CloudEvent that carries a signup."""
    return {
        "description": "A CloudEvent that carries a signup.",
        "type": "object",
        "required": ["specversion", "type", *required],
        "properties": {
            "specversion": {"enum": ["1.0", "0.3"]},
            "type": event_type(),
            "id": {"description": "Names the event, together with source; the function logs it."},
            "source": {"description": "Who published the event; not read."},
            "data": ref("Signup"),
            "data_base64": {
                "description": "The signup in base64, in place of data.",
                "type": "string",
                "contentEncoding": "base64",
                "contentMediaType": "application/json",
                "contentSchema": ref("Signup"),
            },
            **properties,
        },
        "additionalProperties": True,
        # Not oneOf: generators of clients would make two types of it.
        "if": {"required": ["data_base64"]},
        "then": {"properties": {"data": NOTHING}},
        "else": {"required": ["data"]},
    }


def sample(name: str) -> Any:
    """Return a file of events/."""
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def sample_body(name: str) -> Any:
    """Return the body of an HTTP event of events/."""
    event = sample(name)
    body = event["body"]
    return json.loads(base64.b64decode(body) if event["isBase64Encoded"] else body)
