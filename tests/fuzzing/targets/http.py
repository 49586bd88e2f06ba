"""Any HTTP request: FC's trigger, API Gateway and WSGI of FC 2.0 must return one response.

An input is four bytes that choose the surroundings, a line with the method, the headers, each on a
line, an empty line, the body.
"""

from __future__ import annotations

import base64
import io
import json
import re
from typing import TYPE_CHECKING, Any

from create_group_id.errors import ProvisioningFailed
from tests.fuzzing import instance, mutation, oracles, service
from tests.fuzzing.bounds import Bounds
from tests.fuzzing.targets import events
from tests.fuzzing.words import CANARY, HEADER_CANARY, HEADER_VALUES, HEADERS

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

CHOICES = events.CHOICES
_ENVIRONMENTS = tuple(
    environment for environment in events.ENVIRONMENTS if "ON_FAILURE" not in environment
)
_BOUNDS = Bounds(service.call_count)
_NAME = re.compile(r"[A-Za-z0-9-]+")
_FROM_THE_LINE = ("content-type", "content-length")
_BODIES = (
    b'{"GroupId": "GID_test"}',
    b'{"tenantId": "acme", "tags": [{"Key": "a", "Value": "b"}], "plan": 1}',
    b'{"specversion": "1.0", "id": "e-1", "type": "tenant.signup", "data": {"tenantId": "acme"}}',
    (
        b'{"GroupId": "GID-plant_7", "InstanceId": "mqtt-cn-0pp1ldu0001", "RegionId": "cn-hangzhou"'
        b', "Tags": [{"Key": "env", "Value": "prod"}], "OnExisting": "Succeed"}'
    ),
    b'{"groupid": "GID_test", "Action": "CreateGroupId"}',
    b'"eyJHcm91cElkIjogIkdJRF90ZXN0In0="',
    b"GroupId=GID_test",
    b"",
)
_HEADS = (
    ("Content-Type: application/json",),
    ("Content-Type: application/cloudevents+json", "traceparent: 00-"),
    ("Content-Type: application/json", "ce-specversion: 1.0", "ce-type: tenant.signup", "ce-id: 1"),
    ("Content-Type: application/json", "X-Fc-Invocation-Type: Async"),
    ("Content-Type: application/json;charset=utf-8", f"Authorization: {HEADER_CANARY}"),
    ("Content-Type: text/plain", f"Cookie: {HEADER_CANARY}"),
)


def seeds() -> Iterator[bytes]:
    """Yield every body under every head."""
    for number, body in enumerate(_BODIES):
        for head in _HEADS:
            text = "\n".join(["POST", *head, "", ""])
            yield bytes([0, number % 6, number % 32, number % 3]) + text.encode("latin-1") + body
    yield bytes(CHOICES) + b"GET\n\n"


def mutate(data: bytes, dice: random.Random) -> bytes:
    """Change the surroundings, the method, a header or the body."""
    choices = bytearray(data[:CHOICES].ljust(CHOICES, b"\0"))
    method, headers, body = _parts(data)
    chance = dice.random()
    if chance < 0.15:
        choices[dice.randrange(CHOICES)] = dice.randrange(256)
    if chance < 0.05:
        method = dice.choice(("POST", "GET", "post", "PUT", "OPTIONS", CANARY))
    elif chance < 0.35:
        name = dice.choice(HEADERS)
        headers[name.lower()] = dice.choice(HEADER_VALUES)
        if dice.random() < 0.3:
            headers.pop(dice.choice(list(headers)))
    else:
        body = mutation.json_bytes(body, dice, _BODIES)
    lines = [method, *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return bytes(choices) + "\n".join(lines).encode("latin-1", "replace") + body


def run(data: bytes) -> str:
    """Send the request through each front."""
    return _BOUNDS.run(lambda: _checked(data), len(data))


def _checked(data: bytes) -> str:
    choices = data[:CHOICES].ljust(CHOICES, b"\0")
    method, headers, body = _parts(data)
    is_async = headers.get("x-fc-invocation-type", "").lower() == "async"
    _begin(choices)
    output = instance.invoke(_event(method, headers, body), instance.python310_context(60))
    envelope = oracles.envelope_of(output)
    oracles.check_secrets(output)
    if output.raised is not None:
        assert is_async, "an exception reached an HTTP caller"
    calls = service.calls()

    _begin(choices)
    assert _over_wsgi(method, headers, body) == (output.raised or _flat(output.returned))
    assert service.calls() == calls, "WSGI made other calls"
    if not is_async:  # which API Gateway does not know
        _begin(choices)
        event = _gateways_event(method, headers, body)
        other = instance.invoke(event, instance.python312_context(60))
        assert (other.returned, other.raised) == (output.returned, None), "API Gateway differs"
        assert service.calls() == calls, "API Gateway made other calls"
    form = "http-async" if is_async else "http"
    return f"{form} {oracles.label(envelope)}"


def _begin(choices: bytes) -> None:
    environment = _ENVIRONMENTS[choices[1] % len(_ENVIRONMENTS)] | instance.CREDENTIALS
    instance.set_environment(environment)
    instance.new()
    service.reset(choices[2], groups=events.GROUPS[choices[3] % len(events.GROUPS)])


def _parts(data: bytes) -> tuple[str, dict[str, str], bytes]:
    """Return method, headers by their names in lower case, and body."""
    head, _, body = data[CHOICES:].partition(b"\n\n")
    method, *lines = head.decode("latin-1").split("\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        if _NAME.fullmatch(name):
            headers[name.lower()] = value.strip()
    return method, headers, body


def _event(method: str, headers: dict[str, str], body: bytes) -> bytes:
    """Return the event of FC's trigger, with the body as text if it is text."""
    try:
        text, is_encoded = body.decode(), False
    except UnicodeDecodeError:
        text, is_encoded = base64.b64encode(body).decode(), True
    event = {
        "version": "v1",
        "rawPath": "/",
        "headers": {name.title(): value for name, value in headers.items()},
        "body": text,
        "isBase64Encoded": is_encoded,
        "requestContext": {"http": {"method": method, "path": "/"}},
    }
    return json.dumps(event).encode()


def _gateways_event(method: str, headers: dict[str, str], body: bytes) -> bytes:
    """Return the event of API Gateway, with the body in base64."""
    event = {
        "path": "/",
        "httpMethod": method,
        "headers": headers,
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": "true",
    }
    return json.dumps(event).encode()


def _over_wsgi(method: str, headers: dict[str, str], body: bytes) -> object:
    """Return the response of the WSGI application, or the message of its exception."""
    environ: dict[str, Any] = {
        "HTTP_" + name.upper().replace("-", "_"): value
        for name, value in headers.items()
        if name not in _FROM_THE_LINE
    }
    environ |= {
        "REQUEST_METHOD": method,
        "CONTENT_TYPE": headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "fc.context": instance.python312_context(60),
    }
    started: list[tuple[int, dict[str, str]]] = []

    def start_response(status: str, given: list[tuple[str, str]], _info: Any = None) -> None:
        started.append((int(status.partition(" ")[0]), dict(given)))

    try:
        sent = b"".join(instance.http_handler(environ, start_response))
    except ProvisioningFailed as failure:
        return str(failure)
    ((status, response),) = started
    assert response.pop("Content-Length") == str(len(sent))
    return status, response, sent.decode()


def _flat(response: dict[str, Any]) -> object:
    return response["statusCode"], response["headers"], response["body"]
