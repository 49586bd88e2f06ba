"""`invoke --remote` against the local Function Compute: every target gets the same response."""

from __future__ import annotations

import base64
import json
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from create_group_id_tools.commands.invoke import command
from create_group_id_tools.events.http_event import HttpResponse
from tests.remote.echo import MARK, Echo, echoing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result

    from onsmqtt_stub import Backend
    from tests.local.stacks import Local

EVENTS = Path(__file__).parents[2] / "events"
HTTP, API3, API2 = "{url}", "fc3://{name}?endpoint={url}", "fc2://any/{name}?endpoint={url}"
KEYS: tuple[dict[str, str], ...] = (
    {},
    {"ALIBABA_CLOUD_ACCESS_KEY_ID": "testid", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret"},
    {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "STS.testid",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret",
        "ALIBABA_CLOUD_SECURITY_TOKEN": "testtoken",
    },
)


def invoke(
    signed: Local,
    form: str,
    *options: str,
    event: Any = None,
    name: str = "create-group-id",
    environ: dict[str, str] | None = None,
) -> Result:
    target = form.format(url=signed.url, name=name)
    stdin = event if isinstance(event, bytes) else json.dumps(event).encode()
    runner = CliRunner(env=environ or {})
    return runner.invoke(command, ["-", "--remote", target, *options], input=stdin)


def body(done: Result) -> Any:
    """Return the response, which is alone on standard output."""
    return json.loads(done.stdout)


@pytest.mark.parametrize("environ", KEYS)
@pytest.mark.parametrize("form", (HTTP, API3, API2))
def test_a_group_is_created_by_each_target_and_kind_of_key(
    signed: Local, signed_backend: Backend, group_id: str, form: str, environ: dict[str, str]
) -> None:
    done = invoke(signed, form, event={"GroupId": group_id}, environ=environ)
    assert (done.exit_code, body(done)["Data"]["Outcome"]) == (0, "Created")
    assert group_id in signed_backend.groups()
    assert body(done)["InvocationId"] in done.stderr


@pytest.mark.parametrize("form", (HTTP, API3, API2))
def test_an_http_event_gets_the_triggers_response_by_each_target(signed: Local, form: str) -> None:
    done = invoke(signed, form, event=(EVENTS / "http-invalid-group-id.json").read_bytes())
    assert done.exit_code == 0
    assert "HTTP/1.1 400 Bad Request\n" in done.stderr
    assert "Content-Type: application/json\n" in done.stderr
    assert body(done)["Error"]["Code"] == "InvalidPayload"


@pytest.mark.parametrize("form", (API3, API2))
def test_a_failed_event_is_reported_as_an_error_of_the_function(signed: Local, form: str) -> None:
    done = invoke(signed, form, event={"tenantId": ""}, name="create-group-id-events")
    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr.endswith("\nInvalidPayload /tenantId must not be empty\n")


@pytest.mark.parametrize("form", (API3, API2))
def test_shows_the_log_on_request(signed: Local, group_id: str, form: str) -> None:
    done = invoke(signed, form, "--log", event={"GroupId": group_id})
    request_id = body(done)["InvocationId"]
    assert f"FC Invoke End RequestId: {request_id}\n" in done.stderr
    without = invoke(signed, form, event={"GroupId": group_id})
    assert "FC Invoke" not in without.stderr
    assert without.stderr.startswith(f"Request {body(without)['InvocationId']}, ")
    assert " ms, " in without.stderr


@pytest.mark.parametrize("form", (HTTP, API3, API2))
def test_an_asynchronous_call_is_accepted_and_done_later(
    signed: Local, signed_backend: Backend, form: str
) -> None:
    tenant = f"t{uuid.uuid4().hex[:12]}"
    name = "create-group-id-events"
    done = invoke(signed, form, "--async", event={"tenantId": tenant}, name=name)
    assert done.exit_code == 0
    assert "HTTP/1.1 202 Accepted\n" in done.stderr
    assert "X-Fc-Request-Id: 1-" in done.stderr
    deadline = time.monotonic() + 30
    while f"GID_{tenant}" not in signed_backend.groups():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("form", "code"),
    ((HTTP, "AccessDenied"), (API3, "AccessDenied"), (API2, "SignatureNotMatch")),
)
def test_a_refused_call_is_one_line_without_a_secret(signed: Local, form: str, code: str) -> None:
    wrong = {**KEYS[2], "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "hush"}
    done = invoke(signed, form, event={"GroupId": "GID_never"}, environ=wrong)
    assert (done.exit_code, done.stdout) == (2, "")
    host = signed.url.removeprefix("http://")
    assert done.stderr.startswith(
        f"Error: {host}: 403 {code}: FC denied access; check the permission"
    )
    assert len(done.stderr.splitlines()) == 1
    assert "hush" not in done.output
    assert "testtoken" not in done.output


@pytest.mark.parametrize("form", (API3, API2))
def test_a_missing_function_is_one_line(signed: Local, form: str) -> None:
    done = invoke(signed, form, event={}, name="nothing")
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)
    assert "404 FunctionNotFound: no such function" in done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    (
        (["--remote", "nowhere"], "invalid target; use https://"),
        (["--remote", "fc3://f?region=cn-hangzhou"], "no credentials: set ALIBABA_CLOUD_"),
        (["--remote", "fc2://s/f"], "no account in target"),
        (["--remote", "https://example.com"], "no credentials: set ALIBABA_CLOUD_"),
        (
            ["--remote", "http://127.0.0.1:9", "--runtime", "python3.12"],
            "--runtime cannot be used",
        ),
        (
            ["--remote", "http://127.0.0.1:9", "--group", "GID_any"],
            "--group cannot be used",
        ),
        (["--remote", "http://127.0.0.1:9", "--live"], "--live cannot be used with --remote"),
        (["--remote", "http://127.0.0.1:9", "--yes"], "--yes cannot be used with --remote"),
        (["--remote", "http://127.0.0.1:9", "--log"], "--log needs an fc3:"),
        (["--async"], "--async needs --remote"),
        (["--yes"], "--yes needs --live"),
        (["--live", "--group", "GID_any"], "--group cannot be used with --live"),
    ),
)
def test_options_that_do_not_fit_are_one_line(options: list[str], message: str) -> None:
    done = CliRunner().invoke(command, ["--data", "{}", *options])
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.fixture
def echo() -> Iterator[Echo]:
    with echoing(Echo()) as echo:
        yield echo


def at(echo: Echo, form: str = HTTP, event: str = "{}", **environ: str) -> Result:
    target = form.format(url=echo.url, name="f")
    return CliRunner(env=environ).invoke(command, ["-", "--remote", target], input=event)


def test_a_function_that_raised_behind_a_trigger_ends_with_3(echo: Echo) -> None:
    echo.response = HttpResponse(502, b"Internal Server Error", MARK)
    done = at(echo)
    assert done.exit_code == 3
    assert "HTTP/1.1 502 Bad Gateway\n" in done.stderr


@pytest.mark.parametrize(
    "envelope",
    (
        {"Success": False},
        {"Success": False, "Error": {"Code": 7, "Message": "x"}},
        {"Success": False, "Error": {"Code": "x", "Message": "x", "Violations": 7}},
        {"Success": False, "Error": {"Code": "x", "Message": "x", "Violations": [{}]}},
        {"Success": False, "Results": 7},
        {"Success": False, "Results": [7]},
        {"Success": True, "Data": {}},
    ),
)
def test_the_error_of_another_function_is_shown_unchanged(echo: Echo, envelope: object) -> None:
    error = {"errorType": "Other", "errorMessage": json.dumps(envelope)}
    headers = {**MARK, "X-Fc-Error-Type": "UnhandledInvocationError"}
    echo.response = HttpResponse(200, json.dumps(error).encode(), headers)
    done = at(echo, API3)
    assert done.exit_code == 3
    assert f"Other: {error['errorMessage']}" in done.stderr


@pytest.mark.parametrize("form", (API3, API2))
def test_what_a_trigger_would_make_a_502_ends_with_3_too(echo: Echo, form: str) -> None:
    echo.response = HttpResponse(200, b'{"statusCode": true}', MARK)
    done = at(echo, form, (EVENTS / "http-signup.json").read_text())
    assert done.exit_code == 3
    assert "HTTP/1.1 502 Bad Gateway\n" in done.stderr


@pytest.mark.parametrize("form", (API3, API2))
def test_a_token_is_for_triggers_only(echo: Echo, form: str) -> None:
    assert at(echo, form, FC_BEARER_TOKEN="hush").exit_code == 0
    assert "hush" not in str(echo.requests)


@pytest.mark.parametrize(
    ("status", "body", "message"),
    (
        (500, b'{"errorCode": "InternalServerError"}', "500 InternalServerError: FC failed"),
        (302, b"", "302: redirects are not followed"),
        (201, b"{}", "201: not a response of FC; check the target"),
        (429, b'{"Code": "ResourceExhausted"}', "429 ResourceExhausted: every instance is busy"),
    ),
)
@pytest.mark.parametrize("form", (API3, API2))
def test_recognizes_a_response_of_fc_itself(
    echo: Echo, form: str, status: int, body: bytes, message: str
) -> None:
    echo.response = HttpResponse(status, body, MARK)
    done = at(echo, form)
    assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert message in done.stderr


@pytest.mark.parametrize("form", (HTTP, API3, API2))
def test_no_response_controls_the_terminal(echo: Echo, form: str) -> None:
    log = base64.b64encode(b"\x1b[2J\x9b2J").decode()
    headers = {**MARK, "X-Fc-Log-Result": log, "X-Fc-Max-Memory-Usage": "\x1b[2J"}
    echo.response = HttpResponse(200, b'\x1b]0;hush\x07{"Success": true}', headers)
    done = at(echo, form)
    assert done.exit_code == 0
    assert "\\x1b]0;hush\\x07" in done.stdout
    assert not set(done.output) & set("\x1b\x07\x9b")
