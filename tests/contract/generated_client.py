"""Call a URL with the client that openapi-python-client generated; print what it parsed.

It runs in `.venv-contract`, with the folder of the generated package `client` on the path.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

from client import Client  # type: ignore[import-not-found] # generated
from client.api.groups import create_group_id  # type: ignore[import-not-found] # likewise
from client.models import (  # type: ignore[import-not-found] # likewise
    CloudEvent,
    CloudEventSpecversion,
    Failure,
    FcError,
    Request,
    Signup,
    Success,
)

from create_group_id_tools.remote import acs3
from create_group_id_tools.runtime.context import AccessCredentials


def sign(request: Any) -> None:
    """Sign a request of httpx, which has the attributes of one of `requests`."""
    acs3.sign(request, AccessCredentials(), time.time())


def call(client: Any, body: Any) -> dict[str, Any]:
    """Return the status and the fields of the parsed response."""
    response = create_group_id.sync_detailed(client=client, body=body)
    parsed = response.parsed
    shown: dict[str, Any] = {"status": response.status_code.value, "type": type(parsed).__name__}
    if isinstance(parsed, Success):
        shown |= {"group": parsed.data.group_id, "outcome": parsed.data.outcome.value}
    elif isinstance(parsed, Failure):
        error = parsed.error
        shown |= {"code": error.code.value, "retryable": error.retryable}
        if error.violations:
            shown["violations"] = [[each.pointer, each.keyword] for each in error.violations]
        if "Retry-After" in response.headers:
            shown["retry_after"] = int(response.headers["Retry-After"])
    elif isinstance(parsed, FcError):
        shown["code"] = parsed.code
    return shown


BODIES = {
    "request": Request(group_id="GID_generated"),
    "signup": Signup(tenant_id="acme"),
    "violation": Request(group_id="nothing"),
    "cloud event": CloudEvent(
        specversion=CloudEventSpecversion.VALUE_0,
        type_="tenant.signup",
        data=Signup(tenant_id="globex"),
    ),
}

HOOKS = {"request": [sign] if os.environ.get("SIGNS") else []}
with Client(base_url=sys.argv[1], httpx_args={"event_hooks": HOOKS}) as the_client:
    print(json.dumps([call(the_client, BODIES[name]) for name in sys.argv[2:]]))  # noqa: T201
