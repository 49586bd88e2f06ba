"""Publishers to the bus: the unmodified SDK of EventBridge, and requests built by hand."""

from __future__ import annotations

import json
import time
import uuid
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import requests
from alibabacloud_eventbridge.client import Client
from alibabacloud_eventbridge.models import (
    CloudEvent,
    Config,
)
from alibabacloud_eventbridge_util.client import (
    Client as Signer,
)
from Tea.request import TeaRequest

if TYPE_CHECKING:
    from tests.local.stacks import Local

Key = tuple[str, str, "str | None"]
PERMANENT: Key = ("testid", "testsecret", None)
ATTRIBUTES = {"specversion": "1.0", "source": "com.example.signup", "type": "tenant.signup"}
BUS = {"aliyuneventbusname": "saas"}


def client(signed: Local, key: Key = PERMANENT) -> Any:
    key_id, secret, token = key
    return Client(
        Config(
            access_key_id=key_id,
            access_key_secret=secret,
            security_token=token,
            endpoint=signed.url.removeprefix("http://"),
            protocol="http",
        )
    )


def signup(tenant: str, **attributes: Any) -> Any:
    defaults = {"extensions": dict(BUS), "data": json.dumps({"tenantId": tenant}).encode()}
    return CloudEvent(**{"id": tenant, **ATTRIBUTES, **defaults, **attributes})


def post(
    signed: Local,
    body: bytes | object,
    *,
    sent: str = "",
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> requests.Response:
    """Post a request, signed by the SDK's signer. `headers` are not signed."""
    request = TeaRequest()
    request.method, request.pathname = "POST", "/openapi/putEvents"
    request.query = query or {}
    request.headers = {
        "date": sent or formatdate(usegmt=True),
        "content-type": "application/cloudevents-batch+json; charset=utf-8",
        "x-acs-signature-nonce": uuid.uuid4().hex,
    }
    signature = Signer.get_signature(Signer.get_string_to_sign(request), "testsecret")
    request.headers["authorization"] = f"acs:testid:{signature}"
    return requests.post(
        signed.url + request.pathname,
        data=body if isinstance(body, bytes) else json.dumps(body).encode(),
        params=query,
        headers={**request.headers, **(headers or {})},
        timeout=30,
    )


def by_hand(tenant: str, **attributes: Any) -> dict[str, Any]:
    event = {"id": tenant, **ATTRIBUTES, **BUS, "data": {"tenantId": tenant}, **attributes}
    return {name: value for name, value in event.items() if value is not ...}


def delivered(signed: Local, event_id: str) -> list[dict[str, Any]]:
    """Return the invocations of an event in the history."""
    state = requests.get(f"{signed.url}/_local/state", timeout=30).json()
    invocations = []
    for invocation in state["invocations"]:
        if invocation["trigger"] == "EventBridge":
            event = json.loads(invocation["event"])
            if event["id"] == event_id:
                invocations.append({**invocation, "event": event})
    return invocations


def ended(signed: Local, event_id: str, count: int = 1) -> list[dict[str, Any]]:
    """Wait until the invocations of an event have succeeded, and return them."""
    deadline = time.monotonic() + 30
    while [one["state"] for one in delivered(signed, event_id)] != ["succeeded"] * count:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return delivered(signed, event_id)
