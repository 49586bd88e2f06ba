"""The HTTP trigger's event and response struct, against the documents' samples."""

from __future__ import annotations

import base64
import json

import pytest

from create_group_id_tools.events import http_event
from create_group_id_tools.events.http_event import HttpRequest
from create_group_id_tools.runtime.result import Result, failed, returned

NOW = 1739515148.145
CURL = (("Accept", "*/*"), ("User-Agent", "curl/8.7.1"))


def event(request: HttpRequest) -> dict[str, object]:
    made: dict[str, object] = json.loads(http_event.event(request, "1-67aee50c-1", NOW))
    return made


def test_the_documented_get_request() -> None:
    # https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/http-trigger-invoking-function
    request = HttpRequest(
        method="GET",
        query=(("parameter1", "value1"), ("parameter2", "value2")),
        headers=(("accept", "*/*"), ("user-agent", "CurlHttpClient"), ("host", "example.com")),
        source_ip="192.0.2.1",
    )
    made = event(request)
    context = made["requestContext"]
    assert isinstance(context, dict)
    del made["requestContext"]
    assert made == {
        "version": "v1",
        "rawPath": "/",
        "headers": {"Accept": "*/*", "User-Agent": "CurlHttpClient"},
        "queryParameters": {"parameter1": "value1", "parameter2": "value2"},
        "body": "",
        "isBase64Encoded": True,
    }
    assert (context["time"], context["timeEpoch"]) == ("2025-02-14T06:39:08Z", "1739515148145")
    assert context["http"] == {
        "method": "GET",
        "path": "/",
        "protocol": "HTTP/1.1",
        "sourceIp": "192.0.2.1",
        "userAgent": "CurlHttpClient",
    }
    assert set(context) == {
        "accountId", "domainName", "domainPrefix", "requestId", "time", "timeEpoch", "http",
    }  # fmt: skip


# Two names that would be the same text with U+FFFD for each wrong byte.
@pytest.mark.parametrize(
    "name", ("北京".encode("gbk"), "安保".encode("gbk"), "Zoë".encode("latin-1"))
)
@pytest.mark.parametrize("kind", ("application/json", "text/plain", "application/xml"))
def test_a_body_that_is_not_utf_8_is_base64(name: bytes, kind: str) -> None:
    body = b'{"tenantId": "' + name + b'"}'
    made = event(HttpRequest(headers=(("Content-Type", kind),), body=body))
    assert made["isBase64Encoded"] is True
    assert base64.b64decode(str(made["body"])) == body


@pytest.mark.parametrize(
    ("media_type", "plain"),
    (
        ("text/csv", True),
        ("application/json", True),
        ("application/JSON; charset=utf-8", True),
        ("application/ld+json", True),
        ("application/xhtml+xml", True),
        ("application/xml", True),
        ("application/atom+xml", True),
        ("application/javascript", True),
        ("application/cloudevents+json", False),
        ("application/x-www-form-urlencoded", False),
        ("application/octet-stream", False),
        ("", False),
    ),
)
def test_the_media_type_decides_on_base64(media_type: str, plain: bool) -> None:
    body = '{"message": "\u4e2d"}'
    made = event(HttpRequest(headers=(("Content-Type", media_type),), body=body.encode()))
    shown = body if plain else base64.b64encode(body.encode()).decode()
    assert (made["isBase64Encoded"], made["body"]) == (not plain, shown)


def test_names_are_written_as_go_does_and_duplicates_joined() -> None:
    made = event(
        HttpRequest(
            headers=(("X-GitHub-Event", "push"), ("header2", "value1"), ("HEADER2", "value2")),
            query=(("parameter2", "value1"), ("parameter2", "value2")),
        )
    )
    assert made["headers"] == {"X-Github-Event": "push", "Header2": "value1,value2"}
    assert made["queryParameters"] == {"parameter2": "value1,value2"}


def test_the_raw_path_stays_encoded() -> None:
    made = event(HttpRequest(raw_path="/a%20b/%E4%B8%AD"))
    context = made["requestContext"]
    assert isinstance(context, dict)
    assert made["rawPath"] == "/a%20b/%E4%B8%AD"
    assert context["http"]["path"] == "/a b/\u4e2d"


def test_no_signature_and_no_token_gets_into_an_event() -> None:
    headers = (("authorization", "ACS3 SECRET"), ("x-acs-security-token", "SECRET"), *CURL)
    assert "SECRET" not in json.dumps(event(HttpRequest(headers=headers)))


def respond(value: object) -> tuple[int, bytes, dict[str, str]]:
    response = http_event.response(returned(value), "1-a")
    return response.status, response.body, dict(response.headers)


FC = {"Content-Type": "application/json", "X-Fc-Request-Id": "1-a"}


@pytest.mark.parametrize(
    ("value", "status", "body"),
    (
        (
            {"statusCode": 201, "body": {"message": "Hello, world!"}},
            201,
            b'{"message": "Hello, world!"}',
        ),
        ({"statusCode": 200, "body": "SGk=", "isBase64Encoded": True}, 200, b"Hi"),
        ({"statusCode": 200, "body": "not base64", "isBase64Encoded": True}, 200, b"not base64"),
        ({"statusCode": 204}, 204, b""),
        ("Hello World!", 200, b"Hello World!"),
        ({"a": 1}, 200, b'{\n    "a": 1\n}'),
        (b"\xff", 200, b"\xff"),
        ([1], 200, b"[\n    1\n]"),
    ),
)
def test_a_return_value_gets_the_documented_response(
    value: object, status: int, body: bytes
) -> None:
    assert respond(value) == (status, body, FC)


def test_a_function_sets_headers_but_not_those_of_fc() -> None:
    headers = {
        "content-type": "text/plain",
        "my-header": "a",
        "X-Fc-Anything": "b",
        "Connection": "close",
        "Content-Length": "7",
        "Date": "today",
        "Keep-Alive": "1",
        "Server": "me",
        "Content-Disposition": "inline",
        "Upgrade": "h2c",
    }
    status, _, shown = respond({"statusCode": 200, "headers": headers, "body": ""})
    assert status == 200
    assert shown == {"Content-Type": "text/plain", "X-Fc-Request-Id": "1-a", "My-Header": "a"}


@pytest.mark.parametrize(
    "value",
    (
        {"statusCode": 200, "headers": {"a": "b" * 8192}},
        {"statusCode": "200"},
        {"statusCode": 99},
        {"statusCode": True},
        {"statusCode": 200, "headers": {"a": "b\r\nc: d"}},
        {"statusCode": 200, "headers": {"a": "\u4e2d"}},
        {"statusCode": 200, "headers": {"a b": "c"}},
    ),
)
def test_a_response_that_cannot_be_sent_is_a_502(value: object) -> None:
    assert respond(value) == (502, b"Internal Server Error", FC)


def test_a_failed_function_is_an_opaque_502() -> None:
    response = http_event.response(failed("the reason"), "1-a")
    assert (response.status, response.body) == (502, b"Internal Server Error")
    assert dict(response.headers) == FC
    assert len(response.body) == 21


@pytest.mark.parametrize("data", (b"", b"[1]", b"{}", b'{"version":"v1"}', b"[" * 100_000, b"1"))
def test_only_an_http_event_is_recognized_as_one(data: bytes) -> None:
    assert not http_event.is_event(data)
    assert http_event.is_event(http_event.event(HttpRequest(), "1-a", NOW))


def test_a_result_of_deep_json_is_sent_unchanged() -> None:
    deep = b"[" * 100_000
    assert http_event.response(Result(deep), "1-a").body == deep
