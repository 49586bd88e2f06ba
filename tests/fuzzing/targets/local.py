"""Any bytes to the local Function Compute: only whole and permitted requests invoke a function.

An input is two bytes, which choose the signature and whether the trigger requires one, then raw
requests.
"""

from __future__ import annotations

import base64
import json
import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

from tests.fuzzing import raw_requests, request_signing, virtual_time
from tests.fuzzing.bounds import Bounds
from tests.fuzzing.local_stack import BUS, EVENTS, HTTP, KEY, QUEUE, LocalStack
from tests.fuzzing.virtual_time import TIME
from tests.fuzzing.words import REQUEST_HEADERS

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

    from onsmqtt_stub._framing import Received
    from tests.fuzzing.local_stack import Invocation

virtual_time.install()
_CHOICES = 2
_SIGNERS: tuple[Callable[..., bytes] | None, ...] = (
    None,
    request_signing.v3,
    request_signing.fc2,
    request_signing.eventbridge,
    request_signing.mns,
)
_UNSIGNED, _SIGNED = LocalStack(is_signed=False), LocalStack(is_signed=True)
_JSON = b"Content-Type: application/json"
_COMMON = (
    b"Host: 127.0.0.1:9000",
    b"Date: Tue, 24 Nov 2026 00:00:00 GMT",
    b"x-acs-date: 2026-11-24T00:00:00Z",
)
_EVENT = b'[{"id": "1", "source": "s", "type": "tenant.signup", "specversion": "1.0", ' + (
    b'"aliyuneventbusname": "%s", "data": {"tenantId": "acme"}}]' % BUS.encode()
)
_MESSAGE = (
    b'<Message xmlns="http://mns.aliyuncs.com/doc/v1/"><MessageBody>{"tenantId": "acme"}'
    b"</MessageBody><DelaySeconds>0</DelaySeconds></Message>"
)
_BODIES = (
    b'{"GroupId": "GID_test"}',
    b'{"tenantId": "acme"}',
    b'"direct-create-group-id.json"',
    b'[{"effect": "reset"}]',
    _EVENT,
    _MESSAGE,
    b"\xff\xfe",
)
_PATHS = (
    (0, b"POST /", _BODIES[0]),
    (0, b"POST /tenants?a=b", _BODIES[1]),
    (1, b"POST /", _BODIES[0]),
    (1, b"POST /2023-03-30/functions/%s/invocations" % HTTP.encode(), _BODIES[0]),
    (
        2,
        b"POST /2016-08-15/services/s.LATEST/functions/%s/invocations" % EVENTS.encode(),
        _BODIES[1],
    ),
    (3, b"POST /openapi/putEvents", _EVENT),
    (4, b"POST /queues/%s/messages" % QUEUE.encode(), _MESSAGE),
    (0, b"GET /_local/state", b""),
    (0, b"GET /_local", b""),
    (0, b"POST /_local/send", _BODIES[2]),
    (0, b"POST /_local/faults", _BODIES[3]),
    (0, b"POST /_local/reset", b""),
)
_HEADERS = (
    b"x-fc-invocation-type: Async",
    b"x-fc-log-type: Tail",
    b"x-mns-version: 2015-06-06",
    b"x-acs-content-sha256: abc",
    b"Date: Mon, 01 Jan 0001 00:00:00 -0000",
    b"Date: Fri, 31 Dec 9999 23:59:59 -2359",
    b"Date: Tue, 24 Nov 2026 00:00:00",
    b"x-acs-date: 0001-01-01T00:00:00+2359",
    b"x-mns-date: Tue, 24 Nov 2026 00:00:00 -0000",
    b"Authorization: FC fuzzed:",
    b"Authorization: MNS fuzzed:x",
    b"Authorization: acs:fuzzed:x",
    *REQUEST_HEADERS,
)
_SAFE = ("GET", "HEAD", "OPTIONS")
_FORMS = {
    "2016-08-15": {"ErrorCode", "ErrorMessage"},
    "openapi": {"code", "message", "requestId"},
}


def seeds() -> Iterator[bytes]:
    """Yield a request for each API, and one with each odd header."""
    for how, line, body in _PATHS:
        for is_signed in (0, 1):
            yield bytes([how, is_signed]) + _request(line, body)
    for number, header in enumerate(_HEADERS):
        how, line, body = _PATHS[number % len(_PATHS)]
        yield bytes([how, 0]) + _request(line, body, header)


def _request(line: bytes, body: bytes, *more: bytes) -> bytes:
    length = b"Content-Length: %d" % len(body)
    headers = [*_COMMON, _JSON, b"x-mns-version: 2015-06-06", *more, length, b"", b""]
    return b"\r\n".join([line + b" HTTP/1.1", *headers]) + body


def mutate(data: bytes, dice: random.Random) -> bytes:
    """Change the signature or the requests."""
    if dice.random() < 0.6:  # most changes leave a request malformed for good
        data = dice.choice(_SEEDS)
    choices, raw = bytearray(data[:_CHOICES].ljust(_CHOICES, b"\0")), data[_CHOICES:]
    if dice.random() < 0.1:
        choices[dice.randrange(_CHOICES)] = dice.randrange(256)
        return bytes(choices) + raw
    for _ in range(1 + int(dice.random() ** 3 * 4)):
        if dice.random() < 0.1:
            line, end, rest = raw.partition(b"\r\n")
            raw = line + end + dice.choice(_HEADERS) + end + rest
        raw = raw_requests.mutate(raw, dice, _BODIES)
    return bytes(choices) + raw


def run(data: bytes) -> str:
    """Send the requests to the server."""
    return _BOUNDS.run(lambda: _checked(data), len(data))


def _checked(data: bytes) -> str:
    how, is_signed = data[:_CHOICES].ljust(_CHOICES, b"\0")
    signer, stack = _SIGNERS[how % len(_SIGNERS)], _SIGNED if is_signed % 2 else _UNSIGNED
    raw = data[_CHOICES:]
    raw = signer(raw, KEY) if signer else raw
    TIME.restart()
    stack.clear()
    sent = stack.converse(raw)
    assert not any("Traceback" in note for note in stack.notes), stack.notes[0][-600:]
    assert b"s3cr3t" not in sent, "a secret was shown"
    status = int(sent.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")[9:12] or 0)
    assert status < 500, f"the server returns {status}"
    if sent:
        raw_requests.check_response(sent, raw)
    request = request_signing.received(raw)
    if raw.count(b"HTTP/1.") < 2:
        _check_invoked(request, stack, is_signed=signer is not None)
    if status >= 400:
        _check_error(sent, request, is_bare=raw.lstrip(b"\r\n").startswith(b"HEAD "))
    door = _door(request)
    return f"{door} {status or 'nothing'}{' invoked' if stack.fc.invocations else ''}"


def _door(request: Received | None) -> str:
    if request is None:
        return "malformed"
    match = re.match("/(2023-03-30|2016-08-15|openapi|queues|_local)(/|$)", request.head.target)
    return match[1] if match else "trigger"


def _check_invoked(request: Received | None, stack: LocalStack, *, is_signed: bool) -> None:
    """Check that only a whole and permitted request with a loopback Host invoked a function."""
    if not stack.fc.invocations and not stack.messages:
        return
    assert request is not None, "a malformed request invoked a function"
    headers = dict(request.headers)
    hosts = [value for name, value in request.head.fields if name.lower() == "host"]
    here = re.fullmatch(r"(?i)(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?", ",".join(hosts))
    assert here, "a foreign Host was served"
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = re.fullmatch(r"application/(.+\+)?json", media_type)
    for invocation in stack.fc.invocations:
        if invocation.trigger in ("HTTP", "page") and stack is _UNSIGNED:
            assert is_json or request.head.method in _SAFE, "a web page could have sent it"
        elif invocation.trigger != "page":
            assert is_signed, "invoked without a signature"
        if invocation.trigger == "HTTP":
            _check_event(invocation, request)
    assert is_signed or not stack.messages, "a message without a signature"


def _check_event(invocation: Invocation, request: Received) -> None:
    event: dict[str, Any] = json.loads(invocation.event)
    body = event["body"].encode()
    if event["isBase64Encoded"]:
        body = base64.b64decode(body, validate=True)
    assert body == request.body, "the event has another body"
    http = event["requestContext"]["http"]
    assert http["method"] == request.head.method
    shown = event["headers"].get("Authorization", "(hidden)")
    assert set(shown.split(",")) == {"(hidden)"}, "the event has the signature"


def _check_error(sent: bytes, request: Received | None, *, is_bare: bool) -> None:
    """Check that an error has the form of its API, and closes the connection."""
    head, _, body = sent.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n").partition(b"\r\n\r\n")
    assert b"\r\nConnection: close" in head, "the connection stays open after an error"
    if is_bare:
        return
    door = _door(request)
    if door == "malformed":  # to the API that it is for, if the head was read
        door = (
            "queues"
            if body.startswith(b"<")
            else next(
                (name for name, keys in _FORMS.items() if body and json.loads(body).keys() == keys),
                "",
            )
        )
    if door == "queues":
        names = {element.tag.rpartition("}")[2] for element in ET.fromstring(body)}  # noqa: S314 - our own
        if "Code" in names:
            assert names == {"Code", "Message", "RequestId", "HostId"}
        return
    error = json.loads(body)
    expected = _FORMS.get(door, {"RequestId", "Code", "Message"})
    assert error.keys() == expected, "an error of another form"
    assert "\n" not in "".join(error.values()), "an error of several lines"


_BOUNDS = Bounds(lambda: 4)
_SEEDS = list(seeds())
