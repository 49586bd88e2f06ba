"""A payload has one envelope from every front that passes an HTTP request, under both runtimes.

Only the RequestId differs, because each call of the OpenAPI has its own.
"""

from __future__ import annotations

import base64
import io
import json
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from create_group_id import wsgi
from onsmqtt_stub import INSTANCE_ID, REGION_ID
from tests.corpora import json_texts
from tests.differential import payloads
from tests.world import World, a_cloud_event, a_context, an_http_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

COUNTS = (pytest.param(60, id="some"), pytest.param(2000, id="all", marks=pytest.mark.corpora))
JSON = {"Content-Type": "application/json"}
CLOUD_EVENT = {"Content-Type": "application/cloudevents+json"}
# python3.12 has no credentials in its context, but in the environment.
ENVIRON = {
    "ONSMQTT_INSTANCE_ID": INSTANCE_ID,
    "ONSMQTT_MAX_QPS": "10000",
    "LOG_LEVEL": "CRITICAL",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "STS.testid",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret",
    "ALIBABA_CLOUD_SECURITY_TOKEN": "testtoken",
}
Response = tuple[int, dict[str, str], str]


def python310() -> Any:
    return a_context()


def python312() -> Any:
    context = a_context(region=REGION_ID)
    del context.credentials
    return context


def flat(response: Any) -> Response:
    assert response.keys() == {"statusCode", "headers", "isBase64Encoded", "body"}
    return response["statusCode"], response["headers"], response["body"]


def fc3(world: World, headers: Mapping[str, str], body: bytes, context: Any) -> Response:
    event = an_http_event(base64.b64encode(body).decode(), headers=dict(headers))
    return flat(world.handle(event | {"isBase64Encoded": True}, context))


def fc3_text(world: World, headers: Mapping[str, str], body: bytes, context: Any) -> Response:
    try:
        event = an_http_event(body.decode(), headers=dict(headers))
    except UnicodeDecodeError:  # which FC passes as base64
        return fc3(world, headers, body, context)
    return flat(world.handle(event, context))


def gateway(world: World, headers: Mapping[str, str], body: bytes, context: Any) -> Response:
    event = {
        "httpMethod": "POST", "path": "/", "queryParameters": {}, "pathParameters": {},
        "headers": {name.lower(): value for name, value in headers.items()},
        "body": base64.b64encode(body).decode(), "isBase64Encoded": "true",
    }  # fmt: skip
    return flat(world.handle(event, context))


def fc2(world: World, headers: Mapping[str, str], body: bytes, context: Any) -> Response:
    environ: dict[str, Any] = {
        "HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()
    }
    environ |= {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": environ.pop("HTTP_CONTENT_TYPE", ""),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "fc.context": context,
    }
    started: list[tuple[int, dict[str, str]]] = []

    def start_response(status: str, given: list[tuple[str, str]], _info: Any = None) -> None:
        started.append((int(status.partition(" ")[0]), dict(given)))

    sent = b"".join(wsgi.serve(environ, start_response, world.handler.handle))
    ((status, response_headers),) = started
    assert response_headers.pop("Content-Length") == str(len(sent))
    return status, response_headers, sent.decode()


FRONTS = (fc3, fc3_text, gateway, fc2)
RUNTIMES = (python310, python312)


@pytest.fixture
def quiet() -> Iterator[World]:
    with World(dict(ENVIRON)) as world:
        yield world


def result(
    world: World, front: Any, headers: Mapping[str, str], body: bytes, runtime: Callable[[], Any]
) -> Any:
    """Return the response, the calls, and the groups with their tags."""
    world.backend.reset()
    world.backend.add_group("GID_acme")
    status, response_headers, text = front(world, headers, body, runtime())
    envelope = json.loads(text)
    if envelope["RequestId"]:
        assert envelope.pop("RequestId") == world.backend.journal[-1].request_id
    calls = [(call.group_id, call.instance_id, call.verdict) for call in world.backend.journal]
    groups = world.backend.state.instance(INSTANCE_ID).groups
    tags = [(name, group.tags) for name, group in groups.items()]
    return status, response_headers, envelope, calls, tags


def one_result(world: World, headers: Mapping[str, str], body: bytes) -> Any:
    """Return the result of every front under every runtime, which must be the same."""
    first, *others = [
        result(world, front, headers, body, runtime) for front in FRONTS for runtime in RUNTIMES
    ]
    for other in others:
        assert other == first, body
    return first


def code(envelope: dict[str, Any]) -> str:
    return str(envelope["Data"]["Outcome"] if envelope["Success"] else envelope["Error"]["Code"])


@pytest.mark.parametrize("count", COUNTS)
def test_a_payload(count: int, quiet: World) -> None:
    counts = Counter(
        code(one_result(quiet, JSON, body)[2]) for body in payloads.texts(count, seed=1)
    )
    assert counts["Created"] > count / 5
    assert {"InvalidPayload", "MalformedPayload", "GroupIdAlreadyExists"} <= counts.keys()


@pytest.mark.parametrize(
    "step", (pytest.param(97, id="some"), pytest.param(5, marks=pytest.mark.corpora))
)
def test_any_text_of_json_has_one_result(step: int, quiet: World) -> None:
    for text in json_texts.in_a_signup()[::step]:
        one_result(quiet, JSON, text.data)


@pytest.mark.parametrize("headers", (
    {}, {"Content-Type": ""}, {"Content-Type": "text/plain"}, {"Content-Type": "APPLICATION/JSON"},
    {"Content-Type": "application/json; charset=utf-8"},
    {"Content-Type": "application/json;charset=gbk"},
    JSON | {"Content-Encoding": "gzip"}, JSON | {"Content-Encoding": "identity"}, CLOUD_EVENT,
    {"Content-Type": "application/cloudevents-batch+json"}, JSON | {"ce-specversion": "2.0"},
    JSON | {"ce-specversion": "1.0"}, CLOUD_EVENT | {"ce-specversion": "1.0"},
    JSON | {"X-Y": "\u00e9"},
))  # fmt: skip
@pytest.mark.parametrize(
    "body", (b'{"GroupId":"GID_test"}', b'{"tenantId":"x1"}', b"", b"{", b" " * 65_537, b"\xff")
)
def test_any_header_has_one_result(headers: dict[str, str], body: bytes, quiet: World) -> None:
    one_result(quiet, headers, body)


# The attributes that are read, and others.
ATTRIBUTES = (
    {"type": "tenant.signup"}, {"type": "tenant.deleted"}, {"type": "mns:Queue:SendMessage"},
    {"type": "mq:x", "subject": "a b"}, {"type": "\u4e0a\u6d77 signup"}, {"type": ""},
)  # fmt: skip


def binary(attributes: dict[str, str], data: bytes) -> tuple[dict[str, str], bytes]:
    """Return a CloudEvent in binary mode, with attributes percent-encoded as the binding says."""
    headers = {f"ce-{name}": quote(value, safe="") for name, value in attributes.items()}
    return JSON | headers, data


def structured(attributes: dict[str, str], data: bytes) -> tuple[dict[str, str], bytes]:
    """Return a CloudEvent in structured mode, with its data as the original text."""
    head = json.dumps(attributes).removesuffix("}").encode()
    return CLOUD_EVENT, head + b',"data":' + data.removeprefix(b"\xef\xbb\xbf") + b"}"


@pytest.mark.parametrize("count", COUNTS)
def test_both_modes_of_a_cloud_event_have_one_result(count: int, quiet: World) -> None:
    counts: Counter[str] = Counter()
    for number, data in enumerate(payloads.texts(count, seed=2)):
        chosen = {"specversion": ("1.0", "0.3")[number % 2], "id": f"e-{number}", "source": "/s"}
        attributes = chosen | ATTRIBUTES[number % len(ATTRIBUTES)]
        first = one_result(quiet, *binary(attributes, data))
        second = one_result(quiet, *structured(attributes, data))
        if code(first[2]) == code(second[2]) == "MalformedPayload":
            # The place of the error in the text differs.
            first[2]["Error"].pop("Message")
            second[2]["Error"].pop("Message")
        elif b'"data' in data or data.count(b"{") != data.count(b"}"):
            continue  # a broken text may end the event around it, and become attributes
        assert first == second, data
        counts[code(first[2])] += 1
    assert counts.total() > count * 0.9
    assert {"Created", "InvalidPayload", "MalformedPayload", "UnknownEventType"} <= counts.keys()


@pytest.mark.parametrize("count", COUNTS)
def test_a_cloud_event_over_http_and_as_an_event(count: int, quiet: World) -> None:
    """Over HTTP a request may fail on an existing group by default, and an array is malformed."""
    for data in payloads.objects(count, seed=3):
        event = a_cloud_event(data, "tenant.signup")
        over_http = one_result(quiet, CLOUD_EVENT, json.dumps(event).encode())[2]
        quiet.backend.reset()
        quiet.backend.add_group("GID_acme")
        for runtime in RUNTIMES:
            try:
                envelope = quiet.handle(event, runtime())
            except Exception as failure:  # noqa: BLE001 - conftest checks the exception
                envelope = json.loads(str(failure))
            envelope.pop("RequestId")
            over_http.pop("RequestId", None)
            if envelope["Success"] and runtime is python312:
                assert envelope["Data"].pop("Outcome") == "AlreadyExists"  # by the first runtime
                over_http["Data"].pop("Outcome")
            assert envelope == over_http
