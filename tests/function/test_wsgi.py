"""The WSGI application for HTTP functions of FC 2.0, checked by the standard library."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from create_group_id import wsgi
from create_group_id.errors import ProvisioningFailed
from onsmqtt_stub import Fault
from tests.world import a_context

if TYPE_CHECKING:
    from tests.world import World

JSON = {"CONTENT_TYPE": "application/json"}
BODY = b'{"GroupId": "GID_test"}'


def fetch(
    world: World, environ: dict[str, Any], body: bytes = BODY, method: str = "POST"
) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Call the application as a server would; return the status, the headers and the envelope."""
    request: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "fc.context": a_context(),
        "fc.request_uri": "/?GroupId=GID_other",
        "QUERY_STRING": "GroupId=GID_other",
        **environ,
    }
    setup_testing_defaults(request)
    started: list[tuple[str, dict[str, str]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _info: Any = None) -> Any:
        assert len(dict(headers)) == len(headers)
        started.append((status, dict(headers)))
        return lambda _data: None

    def application(environ: Any, start_response: Any) -> Any:
        return wsgi.serve(environ, start_response, world.handler.handle)

    response = validator(application)(request, start_response)
    try:
        data = b"".join(response)
    finally:
        response.close()  # type: ignore[attr-defined] # the validator's iterator has it
    ((status, headers),) = started
    assert headers["Content-Length"] == str(len(data))
    return status, headers, json.loads(data)


def test_responds_to_a_request(world: World) -> None:
    status, headers, envelope = fetch(world, JSON)
    assert status == "200 OK"
    assert headers["Content-Type"] == "application/json"
    assert envelope["Data"]["Outcome"] == "Created"
    assert envelope["InvocationId"] == "1-67aee50c-15197d0b-d07710222f9d"


def test_refuses_another_method(world: World) -> None:
    for method in ("GET", "PUT", "DELETE", "OPTIONS"):
        status, headers, _ = fetch(world, JSON, b"", method)
        assert status == "405 Method Not Allowed"
        assert headers["Allow"] == "POST"


@pytest.mark.parametrize(
    ("body", "environ", "status"),
    (
        (BODY, {"CONTENT_TYPE": "text/plain"}, "415 Unsupported Media Type"),
        (BODY, {"CONTENT_TYPE": ""}, "415 Unsupported Media Type"),
        (b"\xff", JSON, "400 Bad Request"),
        (b"", JSON, "400 Bad Request"),
        (BODY, JSON | {"CONTENT_LENGTH": ""}, "400 Bad Request"),
        (BODY[:10], JSON, "400 Bad Request"),
        (b" " * 65_537, JSON, "413 Request Entity Too Large|413 Content Too Large"),
        (b" " * 1_000_000, JSON, "413 Request Entity Too Large|413 Content Too Large"),
    ),
)
def test_refuses_what_the_http_trigger_refuses(
    body: bytes, environ: dict[str, str], status: str, world: World
) -> None:
    # Python 3.13 has the phrase of RFC 9110 for a 413.
    assert fetch(world, environ, body)[0] in status.split("|")


def test_reads_a_body_of_64_kib(world: World) -> None:
    assert fetch(world, JSON, BODY + b" " * (65_536 - len(BODY)))[2]["Success"]


def test_reads_at_most_one_byte_more_than_64_kib(world: World) -> None:
    source = io.BytesIO(b" " * 1_000_000)
    environ = {"wsgi.input": source, "CONTENT_LENGTH": "1000000", **JSON}
    fetch(world, environ)
    assert source.tell() == 65_537


@pytest.mark.parametrize("length", ("", "-1", "+1", "1 ", "x", None))
def test_reads_nothing_without_a_valid_length(length: str | None, world: World) -> None:
    source = io.BytesIO(BODY)
    environ = {"wsgi.input": source, "CONTENT_LENGTH": length, "REQUEST_METHOD": "POST"}
    wsgi.serve(environ, lambda *_: None, world.handler.handle)
    assert source.tell() == 0


def test_a_throttled_response_has_a_retry_after(world: World) -> None:
    world.backend.set_faults([Fault("error", code="Throttling.User")])
    status, headers, _ = fetch(world, JSON)
    assert status == "429 Too Many Requests"
    assert int(headers["Retry-After"]) >= 1


def test_an_asynchronous_request_is_an_event(world: World) -> None:
    with pytest.raises(ProvisioningFailed):
        fetch(world, JSON | {"HTTP_X_FC_INVOCATION_TYPE": "Async"}, b"{}")


def test_ignores_the_query_string_and_headers(world: World) -> None:
    assert fetch(world, JSON | {"HTTP_GROUPID": "GID_test"}, b"{}")[0] == "400 Bad Request"


def test_takes_credentials_only_from_the_context(world: World) -> None:
    status, _, envelope = fetch(world, JSON | {"fc.context": None, "HTTP_X_FC_REGION": "x"})
    assert status == "500 Internal Server Error"
    assert envelope["Error"]["Code"] == "ConfigurationError"
    assert envelope["InvocationId"] is None
