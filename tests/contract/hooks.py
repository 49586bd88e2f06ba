"""What schemathesis checks besides its own checks; it runs in `.venv-contract`.

The document cannot express every rule of the function. Here is each rule that refuses a request
although the document allows it; any other refusal of such a request is a failure.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import requests
import schemathesis  # type: ignore[import-not-found] # only in .venv-contract
from jsonschema.exceptions import best_match

from create_group_id_tools.remote import acs3
from create_group_id_tools.runtime.context import AccessCredentials

_SCHEMAS = Path(__file__).parents[2] / "src" / "create_group_id" / "schemas"


def _schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((_SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    return schema


_ENVELOPE = jsonschema.Draft202012Validator(_schema("envelope"))
_REGIONS = _schema("regions")["regions"]
_SIGNUP_NAMES = {name.lower(): name for name in _schema("signup")["properties"]}
_SIGNUP_TYPE = "tenant.signup"
_CLOUD_EVENT, _VERSIONS = "application/cloudevents+json", ("1.0", "0.3")


class _Signature(requests.auth.AuthBase):
    """Signs as the trigger of template.yml requires."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        acs3.sign(request, AccessCredentials(), time.time())
        return request


if os.environ.get("SIGNS"):
    schemathesis.auth.set_from_requests(_Signature())


@schemathesis.hook  # type: ignore[untyped-decorator] # likewise
def map_body(_context: Any, body: Any) -> Any:
    """Make the type of half of the CloudEvents one that passes, so that their data is read."""
    event_type = body.get("type") if isinstance(body, dict) and "specversion" in body else None
    return {**body, "type": _SIGNUP_TYPE} if _is_even(event_type) else body


@schemathesis.hook  # type: ignore[untyped-decorator] # likewise
def map_headers(_context: Any, headers: Any) -> Any:
    """Do the same in binary mode."""
    if headers and _is_even(headers.get("ce-type")):
        headers["ce-type"] = _SIGNUP_TYPE
    return headers


@schemathesis.hook  # type: ignore[untyped-decorator] # likewise
def filter_case(_context: Any, case: Any) -> bool:
    """Remove a wrong `ce-specversion` if the media type makes it meaningless."""
    version = (case.headers or {}).get("ce-specversion", "1.0")
    return case.media_type != _CLOUD_EVENT or version in _VERSIONS


@schemathesis.check  # type: ignore[untyped-decorator] # likewise
def refusals_have_a_reason(_context: Any, response: Any, case: Any) -> None:
    """Fail if a request that the document allows is refused without a reason known here."""
    if not case.meta.generation.mode.is_positive or not 400 <= response.status_code < 500:
        return
    envelope = response.json()
    if "Success" not in envelope or response.status_code in (409, 429):
        return
    error = envelope["Error"]
    if "UpstreamCode" in error:
        return  # OnsMqtt refused it
    reasons = {
        "InstanceNotAllowed": True,
        "UnknownEventType": _is_cloud_event(case),
        "InvalidPayload": all(_is_beyond_schemas(case, v) for v in error.get("Violations", ())),
        "MalformedPayload": (
            _has_lost_characters(case) or _has_broken_escapes(case) or "data_base64" in case.body
        ),
    }
    assert reasons.get(error["Code"]), f"refused without a known reason: {error}"


@schemathesis.check  # type: ignore[untyped-decorator] # likewise
def envelopes_match_what_ships(_context: Any, response: Any, _case: Any) -> None:
    """Validate the function's envelopes by the schema that ships, and the headers beside them."""
    try:
        envelope = response.json()
    except ValueError:
        return
    if "Success" not in envelope:
        return
    problem = best_match(_ENVELOPE.iter_errors(envelope))
    assert problem is None, f"envelope.json, {problem.json_path}: {problem.message}"
    if not envelope["Success"] and envelope["Error"]["Code"] == "Throttled":
        assert "retry-after" in response.headers


def _is_even(value: object) -> bool:
    return isinstance(value, str) and len(value) % 2 == 0


def _is_binary_cloud_event(case: Any) -> bool:
    return case.media_type != _CLOUD_EVENT and "ce-specversion" in (case.headers or {})


def _is_cloud_event(case: Any) -> bool:
    return _is_binary_cloud_event(case) or "specversion" in case.body


def _is_beyond_schemas(case: Any, violation: dict[str, str]) -> bool:
    """Return whether a violation is of a rule that no schema can express, and really is one."""
    if _is_binary_cloud_event(case) and ("tenantId" not in case.body or "specversion" in case.body):
        return True  # the headers make a signup of what is a request or a CloudEvent
    payload = case.body.get("data", case.body) if "specversion" in case.body else case.body
    pointer, keyword = violation["Pointer"], violation["Keyword"]
    if (pointer, keyword) in {("/RegionId", "enum"), ("/regionId", "enum")}:
        return payload[pointer[1:]] not in _REGIONS  # each deployment may add its own
    if keyword == "uniqueItems" and pointer.endswith("/Key"):
        _, tags, index, _ = pointer.split("/")
        keys = [tag["Key"] for tag in payload[tags]]
        return keys[int(index)] in keys[: int(index)]
    if (pointer, keyword) == ("", "additionalProperties"):
        # A name that differs from one of the function's only in its case.
        return any(n.lower() in _SIGNUP_NAMES and n not in _SIGNUP_NAMES.values() for n in payload)
    return False


def _has_broken_escapes(case: Any) -> bool:
    """Return whether a `ce-` header is percent-encoded text that is not UTF-8."""
    values = [value for name, value in (case.headers or {}).items() if name.startswith("ce-")]
    return "\ufffd" in unquote("\n".join(values))


def _has_lost_characters(case: Any) -> bool:
    return "\ufffd" in json.dumps(case.body, ensure_ascii=False)
