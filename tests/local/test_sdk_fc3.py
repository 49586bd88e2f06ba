"""The unmodified official SDK of FC 3.0 as a caller."""

from __future__ import annotations

import base64
import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_fc20230330.client import Client
from alibabacloud_fc20230330.models import InvokeFunctionHeaders, InvokeFunctionRequest
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_util.models import RuntimeOptions

if TYPE_CHECKING:
    from onsmqtt_stub import Backend
    from tests.local.stacks import Local

# The generated clients do this from 3.12 on.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")
STS = ("STS.testid", "testsecret", "testtoken")


def fc3(
    signed: Local,
    function: str,
    payload: Any,
    *,
    key: tuple[str, str, str] = STS,
    qualifier: str | None = None,
    **headers: str,
) -> Any:
    """Invoke a function by the SDK of FC 3.0."""
    key_id, secret, token = key
    config = Config(
        access_key_id=key_id,
        access_key_secret=secret,
        security_token=token or None,
        endpoint=signed.url.removeprefix("http://"),
        protocol="http",
    )
    request = InvokeFunctionRequest(body=json.dumps(payload).encode(), qualifier=qualifier)
    return Client(config).invoke_function_with_options(
        function, request, InvokeFunctionHeaders(**headers), RuntimeOptions()
    )


@pytest.mark.parametrize("key", (STS, ("testid", "testsecret", "")))
def test_fc3_invokes_and_waits(
    signed: Local, signed_backend: Backend, group_id: str, key: tuple[str, str, str]
) -> None:
    response = fc3(signed, "create-group-id", {"GroupId": group_id}, key=key, qualifier="LATEST")
    envelope = json.loads(response.body.read())
    assert response.status_code == 200
    assert envelope["Data"]["Outcome"] == "Created"
    assert envelope["InvocationId"] == response.headers["x-fc-request-id"]
    assert group_id in signed_backend.groups()
    assert float(response.headers["x-fc-invocation-duration"]) > 0
    assert int(response.headers["x-fc-max-memory-usage"]) > 0
    assert "x-fc-log-result" not in response.headers


def test_fc3_gets_the_tail_of_the_log(signed: Local, group_id: str) -> None:
    response = fc3(signed, "create-group-id", {"GroupId": group_id}, x_fc_log_type="Tail")
    log = base64.b64decode(response.headers["x-fc-log-result"]).decode()
    assert f"FC Invoke End RequestId: {response.headers['x-fc-request-id']}" in log
    assert len(log.encode()) <= 4096


def test_fc3_accepts_an_event(signed: Local, signed_backend: Backend) -> None:
    tenant = f"t{uuid.uuid4().hex[:12]}"
    response = fc3(
        signed, "create-group-id-events", {"tenantId": tenant}, x_fc_invocation_type="Async"
    )
    assert (response.status_code, response.body.read()) == (202, b"")
    deadline = time.monotonic() + 30
    while f"GID_{tenant}" not in signed_backend.groups():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_failed_event_is_an_error_of_the_function(signed: Local) -> None:
    response = fc3(signed, "create-group-id-events", {"tenantId": ""})
    assert response.status_code == 200
    assert response.headers["x-fc-error-type"] == "UnhandledInvocationError"
    failure = json.loads(response.body.read())
    assert failure["errorType"] == "ProvisioningFailed"
    assert json.loads(failure["errorMessage"])["Error"]["Code"] == "InvalidPayload"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    (
        ({"key": ("testid", "wrong", "")}, 403, "AccessDenied"),
        ({"key": ("STS.testid", "testsecret", "wrong")}, 403, "AccessDenied"),
        ({"key": ("nobody", "testsecret", "")}, 403, "InvalidAccessKeyID"),
        ({"function": "nothing"}, 404, "FunctionNotFound"),
        ({"qualifier": "3"}, 404, "VersionNotFound"),
        ({"qualifier": "prod"}, 404, "AliasNotFound"),
        ({"x_fc_invocation_type": "Later"}, 400, "InvalidArgument"),
        ({"x_fc_log_type": "Head"}, 400, "InvalidArgument"),
        ({"payload": "x" * (129 << 10), "x_fc_invocation_type": "Async"}, 400, "EntityTooLarge"),
    ),
)
def test_fc3_is_refused(signed: Local, change: dict[str, Any], status: int, code: str) -> None:
    call = {"function": "create-group-id", "payload": {"GroupId": "GID_never"}, **change}
    with pytest.raises(Exception, match=code) as caught:
        fc3(signed, call.pop("function"), call.pop("payload"), **call)
    error: Any = caught.value
    assert (error.status_code, error.code) == (status, code)
    assert "testsecret" not in str(error)
