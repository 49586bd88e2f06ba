"""The official SDKs and curl as callers, unmodified, of the functions of template.yml."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fc2
import pytest
import requests
from alibabacloud_fc20230330.client import Client as Fc3Client
from alibabacloud_fc20230330.models import InvokeFunctionHeaders, InvokeFunctionRequest
from alibabacloud_openapi_util.client import Client as OpenApiUtil  # type: ignore[import-untyped]  # published without types
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_util.models import RuntimeOptions
from Tea.request import TeaRequest

from devtools.local import deployment
from onsmqtt_stub import Backend
from tests.local.stacks import Local, local

if TYPE_CHECKING:
    from collections.abc import Iterator

# What the generated clients do from 3.12 on.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")
TEMPLATE = Path(__file__).parents[2] / "template.yml"
STS = ("STS.testid", "testsecret", "testtoken")


@pytest.fixture(scope="module")
def backend() -> Backend:
    return Backend()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, backend: Backend) -> Iterator[Local]:
    found = deployment.read(TEMPLATE.read_text(), {}, {"ONSMQTT_MAX_QPS": "10000"})
    folder = tmp_path_factory.mktemp("sdks")
    with local(folder, found, backend, instances=1, signed=True) as running:
        yield running


@pytest.fixture
def group_id() -> str:
    return f"GID_{uuid.uuid4().hex}"


def fc3(
    running: Local,
    function: str,
    payload: Any,
    *,
    key: tuple[str, str, str] = STS,
    qualifier: str | None = None,
    **headers: str,
) -> Any:
    """Invoke by the SDK of FC 3.0."""
    key_id, secret, token = key
    config = Config(
        access_key_id=key_id,
        access_key_secret=secret,
        security_token=token or None,
        endpoint=running.url.removeprefix("http://"),
        protocol="http",
    )
    request = InvokeFunctionRequest(body=json.dumps(payload).encode(), qualifier=qualifier)
    return Fc3Client(config).invoke_function_with_options(
        function, request, InvokeFunctionHeaders(**headers), RuntimeOptions()
    )


def old(running: Local, secret: str = STS[1], token: str = "") -> Any:
    """Make a client of the SDK of FC 2.0."""
    key_id = "STS.testid" if token else "testid"
    return fc2.Client(
        endpoint=running.url, accessKeyID=key_id, accessKeySecret=secret, securityToken=token
    )


@pytest.mark.parametrize("key", (STS, ("testid", "testsecret", "")))
def test_fc3_invokes_and_waits(
    running: Local, backend: Backend, group_id: str, key: tuple[str, str, str]
) -> None:
    answer = fc3(running, "create-group-id", {"GroupId": group_id}, key=key, qualifier="LATEST")
    envelope = json.loads(answer.body.read())
    assert answer.status_code == 200
    assert envelope["Data"]["Outcome"] == "Created"
    assert envelope["InvocationId"] == answer.headers["x-fc-request-id"]
    assert group_id in backend.groups()
    assert float(answer.headers["x-fc-invocation-duration"]) > 0
    assert int(answer.headers["x-fc-max-memory-usage"]) > 0
    assert "x-fc-log-result" not in answer.headers


def test_fc3_gets_the_tail_of_the_log(running: Local, group_id: str) -> None:
    answer = fc3(running, "create-group-id", {"GroupId": group_id}, x_fc_log_type="Tail")
    log = base64.b64decode(answer.headers["x-fc-log-result"]).decode()
    assert f"FC Invoke End RequestId: {answer.headers['x-fc-request-id']}" in log
    assert len(log.encode()) <= 4096


def test_fc3_accepts_an_event(running: Local, backend: Backend) -> None:
    tenant = f"t{uuid.uuid4().hex[:12]}"
    answer = fc3(
        running, "create-group-id-events", {"tenantId": tenant}, x_fc_invocation_type="Async"
    )
    assert (answer.status_code, answer.body.read()) == (202, b"")
    deadline = time.monotonic() + 5
    while f"GID_{tenant}" not in backend.groups():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_failed_event_is_an_error_of_the_function(running: Local) -> None:
    answer = fc3(running, "create-group-id-events", {"tenantId": ""})
    assert answer.status_code == 200
    assert answer.headers["x-fc-error-type"] == "UnhandledInvocationError"
    told = json.loads(answer.body.read())
    assert told["errorType"] == "ProvisioningFailed"
    assert json.loads(told["errorMessage"])["Error"]["Code"] == "InvalidPayload"


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
def test_fc3_is_refused(running: Local, change: dict[str, Any], status: int, code: str) -> None:
    call = {"function": "create-group-id", "payload": {"GroupId": "GID_never"}, **change}
    with pytest.raises(Exception, match=code) as caught:
        fc3(running, call.pop("function"), call.pop("payload"), **call)
    error: Any = caught.value
    assert (error.status_code, error.code) == (status, code)
    assert "testsecret" not in str(error)


@pytest.mark.parametrize("token", ("", "testtoken"))
def test_fc2_invokes_and_waits(running: Local, group_id: str, token: str) -> None:
    payload = json.dumps({"GroupId": group_id}).encode()
    answer = old(running, token=token).invoke_function("any", "create-group-id", payload)
    envelope = json.loads(answer.data)
    assert envelope["Data"]["GroupId"] == group_id
    assert answer.headers["X-Fc-Request-Id"] == envelope["InvocationId"]


def test_fc2_accepts_an_event(running: Local) -> None:
    answer = old(running).invoke_function(
        "any", "create-group-id-events", b"{}", headers={"x-fc-invocation-type": "Async"}
    )
    assert answer.data == b""
    request_id = answer.headers["X-Fc-Request-Id"]
    state = requests.get(f"{running.url}/_local/state", timeout=5).json()
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
    running: Local, secret: str, service: str, function: str, status: int, code: str
) -> None:
    with pytest.raises(fc2.FcError) as caught:
        old(running, secret).invoke_function(service, function, b"{}")
    assert (caught.value.status_code, caught.value.err_code) == (status, code)
    assert set(json.loads(caught.value.message)) == {"ErrorCode", "ErrorMessage", "RequestId"}


def test_fc2_raises_what_the_function_raised(running: Local) -> None:
    with pytest.raises(fc2.FcError) as caught:
        old(running).invoke_function("any", "create-group-id-events", b'{"tenantId": ""}')
    assert caught.value.status_code == 200
    assert json.loads(caught.value.message)["errorType"] == "ProvisioningFailed"


@pytest.mark.parametrize(
    "path",
    ("/2023-03-30/functions", "/2016-08-15/services", "/2023-03-30/functions/a/b/invocations"),
)
def test_the_rest_of_the_apis_is_not_there(running: Local, path: str) -> None:
    refused = requests.post(running.url + path, timeout=5)
    assert refused.status_code == 400
    assert "PathNotSupported" in refused.text


def signed_headers(url: str, secret: str = STS[1]) -> dict[str, str]:
    """Sign a trigger's request as its document shows, with the SDK's own signer."""
    request = TeaRequest()
    request.method, request.pathname = "POST", "/"
    date = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    request.headers = {"x-acs-date": date, "x-acs-security-token": "testtoken"}
    request.headers["host"] = url.removeprefix("http://")
    signature = OpenApiUtil.get_authorization(request, "ACS3-HMAC-SHA256", "", "STS.testid", secret)
    return {**request.headers, "Authorization": signature}


def test_a_signed_trigger_takes_the_documents_signature(running: Local, group_id: str) -> None:
    headers = signed_headers(running.url)
    answer = requests.post(running.url, json={"GroupId": group_id}, headers=headers, timeout=5)
    assert answer.status_code == 200
    assert answer.json()["Data"]["Outcome"] == "Created"
    state = requests.get(f"{running.url}/_local/state", timeout=5).text
    assert group_id in state
    assert "testtoken" not in state
    assert "Signature=" not in state


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    (({}, 400, "MissingRequiredHeader"), ({"Authorization": "ACS3 x"}, 400, "InvalidArgument")),
)
def test_a_signed_trigger_refuses_strangers(
    running: Local, headers: dict[str, str], status: int, code: str
) -> None:
    dated = {"x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **headers}
    refused = requests.post(running.url, json={}, headers=dated, timeout=5)
    assert (refused.status_code, refused.json()["Code"]) == (status, code)
    wrong = requests.post(
        running.url, json={}, headers=signed_headers(running.url, "wrong"), timeout=5
    )
    assert (wrong.status_code, wrong.json()["Code"]) == (403, "AccessDenied")


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl here")
def test_curl_gets_an_answer_that_curl_can_show(running: Local, group_id: str) -> None:
    headers = signed_headers(running.url)
    headers["content-type"] = "application/json"
    arguments = [part for item in headers.items() for part in ("-H", ": ".join(item))]
    done = subprocess.run(  # noqa: S603 - curl itself is what is tested
        ["curl", "-si", running.url, *arguments, "-d", json.dumps({"GroupId": group_id})],  # noqa: S607 - likewise
        check=True,
        capture_output=True,
        text=True,
        timeout=10,
    )
    head, _, body = done.stdout.partition("\n\n")
    assert head.startswith("HTTP/1.1 200 OK")
    assert "X-Fc-Request-Id: 1-" in head
    assert json.loads(body)["Data"]["GroupId"] == group_id
