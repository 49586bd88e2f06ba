"""The unmodified official SDK of FC 2.0 as a caller, and what both APIs do not have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import fc2
import pytest
import requests

if TYPE_CHECKING:
    from tests.local.stacks import Local

SECRET = "testsecret"


def old(signed: Local, secret: str = SECRET, token: str = "") -> Any:
    """Return a client of the SDK of FC 2.0."""
    key_id = "STS.testid" if token else "testid"
    return fc2.Client(
        endpoint=signed.url, accessKeyID=key_id, accessKeySecret=secret, securityToken=token
    )


@pytest.mark.parametrize("token", ("", "testtoken"))
def test_fc2_invokes_and_waits(signed: Local, group_id: str, token: str) -> None:
    payload = json.dumps({"GroupId": group_id}).encode()
    response = old(signed, token=token).invoke_function("any", "create-group-id", payload)
    envelope = json.loads(response.data)
    assert envelope["Data"]["GroupId"] == group_id
    assert response.headers["X-Fc-Request-Id"] == envelope["InvocationId"]


def test_fc2_accepts_an_event(signed: Local) -> None:
    response = old(signed).invoke_function(
        "any", "create-group-id-events", b"{}", headers={"x-fc-invocation-type": "Async"}
    )
    assert response.data == b""
    request_id = response.headers["X-Fc-Request-Id"]
    state = requests.get(f"{signed.url}/_local/state", timeout=30).json()
    assert request_id in [entry["request_id"] for entry in state["invocations"]]


@pytest.mark.parametrize(
    ("secret", "service", "function", "status", "code"),
    (
        ("wrong", "any", "create-group-id", 403, "SignatureNotMatch"),
        ("testsecret", "any", "nothing", 404, "FunctionNotFound"),
        ("testsecret", "any.prod", "create-group-id", 404, "AliasNotFound"),
    ),
)
def test_fc2_is_refused(
    signed: Local, secret: str, service: str, function: str, status: int, code: str
) -> None:
    with pytest.raises(fc2.FcError) as caught:
        old(signed, secret).invoke_function(service, function, b"{}")
    assert (caught.value.status_code, caught.value.err_code) == (status, code)
    assert set(json.loads(caught.value.message)) == {"ErrorCode", "ErrorMessage", "RequestId"}


def test_fc2_raises_what_the_function_raised(signed: Local) -> None:
    with pytest.raises(fc2.FcError) as caught:
        old(signed).invoke_function("any", "create-group-id-events", b'{"tenantId": ""}')
    assert caught.value.status_code == 200
    assert json.loads(caught.value.message)["errorType"] == "ProvisioningFailed"


@pytest.mark.parametrize(
    "path",
    ("/2023-03-30/functions", "/2016-08-15/services", "/2023-03-30/functions/a/b/invocations"),
)
def test_other_operations_of_the_apis_are_missing(signed: Local, path: str) -> None:
    refused = requests.post(signed.url + path, timeout=30)
    assert refused.status_code == 400
    assert "PathNotSupported" in refused.text
