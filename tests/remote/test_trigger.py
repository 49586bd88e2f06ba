"""Calling an HTTP trigger: the request for an event, and the response of function or FC."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id_tools.events import http_event
from create_group_id_tools.events.http_event import HttpRequest, HttpResponse
from create_group_id_tools.remote.invoker import invoker_for
from create_group_id_tools.remote.wire import InvokeError
from create_group_id_tools.terminal import CommandError
from tests.remote.echo import MARK, Echo, echoing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from create_group_id_tools.remote.invoke_response import InvokeResponse

EVENTS = Path(__file__).parents[2] / "events"
PLAIN = HttpRequest(headers=(("Content-Type", "application/json"),), body=b'{"GroupId": "GID_a"}')


@pytest.fixture
def echo() -> Iterator[Echo]:
    with echoing(Echo()) as echo:
        yield echo


def call(
    echo: Echo, payload: bytes, path: str = "", *, token: str = "", **options: Any
) -> InvokeResponse:
    environ = {"FC_BEARER_TOKEN": token} if token else {}
    return invoker_for(echo.url + path, environ)(payload, **options)


def event_of(request: HttpRequest, **changes: Any) -> bytes:
    event = json.loads(http_event.event(request, "1-a", 0))
    return json.dumps({**event, **changes}).encode()


@pytest.mark.parametrize(
    ("media_type", "body"),
    (
        ("application/json", b'{"tenantId": "M\xc3\xbcller"}'),
        ("application/octet-stream", b"\x00\xff"),
        ("application/json", b""),
    ),
)
def test_an_event_is_sent_as_the_request_that_made_it(
    echo: Echo, media_type: str, body: bytes
) -> None:
    original = HttpRequest(
        method="PUT",
        raw_path="/a%2Fb/",
        query=(("x", "1 &="), ("y", "\u00e9")),
        headers=(("Content-Type", media_type), ("X-Own", "a,b"), ("Accept", "text/x")),
        body=body,
    )
    call(echo, event_of(original))
    (sent,) = echo.requests
    assert (sent.method, sent.raw_path) == ("PUT", "/a%2Fb/")
    assert (sent.query, sent.body) == (original.query, body)
    headers = sent.lower_headers()
    assert (headers["content-type"], headers["x-own"]) == (media_type, "a,b")
    assert headers["accept"] == "text/x"


def test_does_not_send_headers_of_the_first_caller(echo: Echo) -> None:
    theirs = {
        "Authorization": "Basic theirs",
        "X-Acs-Security-Token": "theirs",
        "X-Acs-Date": "theirs",
        "X-Fc-Request-Id": "theirs",
        "Host": "theirs",
        "Date": "theirs",
        "Content-Length": "7",
        "Expect": "100-continue",
        "Transfer-Encoding": "chunked",
        "Connection": "theirs",
        "Keep-Alive": "theirs",
        "Upgrade": "theirs",
        "Cookie": "theirs",
        "Proxy-Authorization": "theirs",
        "X-Forwarded-For": "theirs",
    }
    call(echo, event_of(PLAIN, headers={**theirs, "Content-Type": "application/json"}))
    assert "theirs" not in str(echo.headers)
    assert echo.requests[0].body == PLAIN.body
    assert echo.headers["host"] == echo.url.removeprefix("http://")
    assert echo.headers["authorization"].startswith("ACS3-HMAC-SHA256 Credential=STS.testid,")


def test_an_asynchronous_event_is_sent_asynchronously(echo: Echo) -> None:
    call(echo, (EVENTS / "http-async-signup.json").read_bytes())
    assert echo.headers["x-fc-invocation-type"] == "Async"


def test_any_other_event_is_the_body_of_a_post(echo: Echo) -> None:
    for payload in (b'{"tenantId": "acme"}', b"\x00", b"", b"[1]"):
        echo.requests.clear()
        call(echo, payload, "/signup?from=crm", asynchronous=True)
        (sent,) = echo.requests
        assert (sent.method, sent.target, sent.body) == ("POST", "/signup?from=crm", payload)
        assert echo.headers["content-type"] == "application/json"
        assert echo.headers["x-fc-invocation-type"] == "Async"


def test_keeps_the_path_and_the_query_of_the_url(echo: Echo) -> None:
    call(echo, event_of(HttpRequest(raw_path="/b", query=(("y", "2"),))), "/a/?x=1")
    assert echo.requests[0].target == "/a/b?x=1&y=2"
    echo.requests.clear()
    call(echo, event_of(PLAIN), "/a")
    assert echo.requests[0].target == "/a"


def test_a_token_replaces_a_signature(echo: Echo) -> None:
    call(echo, event_of(PLAIN), token="own-token")
    assert echo.headers["authorization"] == "Bearer own-token"
    assert "x-acs-date" not in echo.headers


def test_does_not_show_a_token_that_a_header_cannot_contain() -> None:
    with pytest.raises(CommandError, match="FC_BEARER_TOKEN contains") as caught:
        invoker_for("http://127.0.0.1:9", {"FC_BEARER_TOKEN": "hush\n"})
    assert "hush" not in str(caught.value)


def test_no_token_is_sent_in_the_clear() -> None:
    with pytest.raises(CommandError, match="sent only over https") as caught:
        invoker_for("http://example.com", {"FC_BEARER_TOKEN": "hush"})
    assert "hush" not in str(caught.value)
    invoker_for("https://example.com", {"FC_BEARER_TOKEN": "hush"})


def test_a_trigger_returns_no_log(echo: Echo) -> None:
    with pytest.raises(CommandError, match="--log needs an fc3:"):
        call(echo, b"{}", log=True)
    assert echo.requests == []


@pytest.mark.parametrize(
    "changes",
    (
        {"rawPath": "no slash"},
        {"rawPath": "/a?b"},
        {"rawPath": "/a b"},
        {"rawPath": 7},
        {"rawPath": "//example.com\r\nX: hush"},
        {"isBase64Encoded": True, "body": "hush!"},
        {"body": 7},
        {"body": "\ud800"},
        {"headers": {"X-Own": "a\r\nX-Other: hush"}},
        {"headers": {"X Own": "hush"}},
        {"headers": {"X-Own": "\u4e0a\u6d77 hush"}},
        {"headers": {"X-Own": 7}},
        {"headers": []},
        {"queryParameters": 7},
        {"requestContext": {"http": {"method": "GET /hush"}}},
        {"requestContext": {"http": {}}},
        {"requestContext": {"http": 7}},
    ),
)
def test_does_not_send_an_event_that_is_not_a_valid_request(
    echo: Echo, changes: dict[str, Any]
) -> None:
    with pytest.raises(CommandError, match="no valid HTTP request can be built") as caught:
        call(echo, event_of(PLAIN, **changes))
    assert "hush" not in str(caught.value)
    assert echo.requests == []


def test_a_path_like_another_host_stays_a_path(echo: Echo) -> None:
    call(echo, event_of(PLAIN, rawPath="//example.com/x"))
    assert echo.requests[0].raw_path.endswith("/example.com/x")
    assert echo.headers["host"] == echo.url.removeprefix("http://")


def envelope(status: int, code: str) -> HttpResponse:
    body = json.dumps({"Success": False, "Error": {"Code": code}}).encode()
    return HttpResponse(status, body, MARK)


@pytest.mark.parametrize("status", (200, 400, 403, 404, 409, 429, 500, 502, 503, 504))
def test_an_envelope_with_any_status_is_a_response_of_the_function(echo: Echo, status: int) -> None:
    echo.response = envelope(status, "Any")
    response = call(echo, b"{}")
    assert (response.status, response.error_type, response.by_http) == (status, None, True)
    assert response.as_http().status == status


def test_an_exception_that_fc_reports_is_a_failure_of_the_function(echo: Echo) -> None:
    echo.response = HttpResponse(502, b"Internal Server Error", MARK)
    assert call(echo, b"{}").error_type == "InvocationError"


# The two shapes of FC's own errors, and what proxies return.
FC3 = b'{"RequestId": "1-a", "Code": "%b", "Message": "hush"}'
FC2 = b'{"ErrorCode": "%b", "ErrorMessage": "hush"}'


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    (
        (
            400,
            FC3 % b"InvalidArgument",
            "400 InvalidArgument: FC rejected the request",
        ),
        (401, b"hush", "401: FC rejected the credentials"),
        (403, FC3 % b"AccessDenied", "403 AccessDenied: FC denied access; check the permission"),
        (404, FC2 % b"FunctionNotFound", "404 FunctionNotFound: no such function"),
        (412, FC3 % b"CAExited", "412 CAExited: the function could not start"),
        (429, FC3 % b"ResourceExhausted", "429 ResourceExhausted: every instance is busy"),
        (500, FC3 % b"InternalServerError", "500 InternalServerError: FC failed"),
        (502, b"<html>hush</html>", "502: FC failed"),
        (503, b"", "503: FC failed; the function may have run; try again"),
        (999, b"", "999: not a response of FC; check the target"),
        (302, b"hush", "302: redirects are not followed"),
        (404, b'{"Code": "hush hush"}', "404: no such function"),
        (404, b'{"Code": 7}', "404: no such function"),
        (404, b"[" * 100_000, "404: no such function"),
        (404, b'{"Success": "hush"}', "404: no such function"),
    ),
)
def test_recognizes_an_error_of_fc_itself(
    echo: Echo, status: int, body: bytes, expected: str
) -> None:
    echo.response = HttpResponse(status, body, {"Location": "http://example.com/hush"})
    with pytest.raises(InvokeError) as caught:
        call(echo, b"{}")
    message = str(caught.value)
    assert message.startswith(f"{echo.url.removeprefix('http://')}: {expected}")
    assert (caught.value.status, "hush" in message, "\n" in message) == (status, False, False)
    assert len(echo.requests) == 1


@pytest.mark.parametrize("status", (200, 202, 204, 409))
def test_a_response_without_the_header_of_fc_is_not_from_fc(echo: Echo, status: int) -> None:
    body = b'{"Success": true}'
    echo.response = HttpResponse(status, body)
    with pytest.raises(InvokeError, match="not Function Compute; check the target") as caught:
        call(echo, b"{}")
    assert caught.value.status == 0
