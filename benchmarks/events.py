"""The events that the subjects receive, each on one line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from create_group_id_tools.events import http_event
from create_group_id_tools.events.http_event import HttpRequest

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_BODY = 64 * 1024
_TIME = 1_795_478_400


def request(number: int) -> bytes:
    """Return the event of an HTTP trigger with a request for the group of this number."""
    return _http(json.dumps({"GroupId": f"GID_bench_{number}"}))


def signup(tenant: str, size: int) -> bytes:
    """Return an HTTP event whose body has `size` bytes: a signup with a long extra property."""
    payload = {"tenantId": tenant, "note": ""}
    payload["note"] = "x" * (size - len(json.dumps(payload)))
    return _http(json.dumps(payload))


def batch(tenants: Iterable[str]) -> bytes:
    """Return one event with the CloudEvents of these tenants' signups."""
    return json.dumps([cloud_event(tenant) for tenant in tenants]).encode() + b"\n"


def cloud_event(tenant: str) -> dict[str, object]:
    """Return the CloudEvent of a tenant's signup."""
    return {
        "specversion": "1.0",
        "id": f"signup-{tenant}",
        "source": "saas",
        "type": "tenant.signup",
        "data": {"tenantId": tenant},
    }


def _http(body: str) -> bytes:
    headers = (("Content-Type", "application/json"), ("User-Agent", "curl/8.7.1"))
    request = HttpRequest(headers=headers, body=body.encode(), source_ip="192.0.2.1")
    return http_event.event(request, "1-67aee50c", _TIME) + b"\n"
