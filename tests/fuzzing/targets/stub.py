"""Any bytes as requests of the stub: the mock in process and the server must respond alike.

An input is three bytes that choose how it is signed, the faults and the groups, then raw requests.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from onsmqtt_stub import AccessKey, Backend, Fault, server, signatures
from onsmqtt_stub._connection import _InProcessConnection
from onsmqtt_stub._exchange import Pause
from onsmqtt_stub._response import ServerResponse
from tests.fuzzing import in_memory, raw_requests, request_signing, virtual_time
from tests.fuzzing.bounds import Bounds
from tests.fuzzing.virtual_time import TIME
from tests.fuzzing.words import HOST, REQUEST_HEADERS

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from onsmqtt_stub._framing import Received

virtual_time.install()
_KEYS = (
    AccessKey("fuzzed", "s3cr3t-of-the-key"),
    AccessKey("STS.fuzzed", "s3cr3t-of-the-other", "t0ken-of-the-key"),
)
_CHOICES = 3
_CONTINUE, _CLOSE = b"HTTP/1.1 100 Continue\r\n\r\n", b"\r\nConnection: close"
_FAULTS: tuple[list[Fault], ...] = (
    [], [], [], [], [], [],
    [Fault("error", code="Throttling.User", headers={"x-acs-retry-after": "9"})],
    [Fault("error", code="InternalError", status=500, when="after")],
    [Fault("reset", times=1), Fault("truncated")],
    [Fault("reset", when="after")],
    [Fault("reset", when="answer")],
    [Fault("delay", delay=2, times=1), Fault("redirect")],
    [Fault("oversized", size=5000)],
    [Fault("not_json", group_id="GID_[ab]*"), Fault("empty")],
    [Fault("wrong_type")],
    [Fault("refuse", delay=1)],
    [Fault("trickle", delay=0.1)],
)  # fmt: skip
_GROUPS = ((), ("GID_test",), ("GID_test", "GID_other"))
_DOORS = (b"/_stub/state", b"/_stub/reset", b"/_stub/faults")
_RULES = (
    b'[{"effect": "error", "code": "Throttling.User"}]',
    b'[{"effect": "reset", "times": 1}]',
    b"[]",
    b"{}",
)
_OPERATIONS = (b"CreateGroupId", b"DeleteGroupId", b"ListGroupId", b"ApplyToken", b"None")
_QUERY = b"GroupId=GID_test&InstanceId=mqtt-cn-0pp1ldu0001"
_OLD = (
    b"Action=%s&Version=2020-04-20&Format=JSON&AccessKeyId=fuzzed&SignatureNonce=nonce-%d&"
    b"Timestamp=2026-11-24T00%%3A00%%3A00Z&SignatureMethod=HMAC-SHA1&SignatureVersion=1.0&"
)
_HOST = b"Host: " + HOST
_AT_THE_DOOR = (b"Host: 127.0.0.1:9", b"Content-Type: application/json")
_SIGNED = (
    _HOST,
    b"accept: application/json",
    b"x-acs-version: 2020-04-20",
    b"x-acs-date: 2026-11-24T00:00:00Z",
    b"x-acs-signature-nonce: nonce-1",
    b"x-acs-content-sha256: " + signatures.EMPTY_SHA256.encode(),
    b"Content-Length: 0",
)


def _backend(groups: tuple[str, ...], faults: list[Fault]) -> Backend:
    backend = Backend(clock=TIME.wall, sleep=TIME.sleep)
    for key in _KEYS:
        backend.add_key(key)
    for group in groups:
        backend.add_group(group)
    backend.set_faults(faults)
    return backend


def seeds() -> Iterator[bytes]:
    """Yield a call of each operation by each signature, and a request of each door."""
    for number, name in enumerate(_OPERATIONS):
        headers = (*_SIGNED, b"x-acs-action: " + name)
        for how, faults in ((0, 0), (1, 0), (2, 0), (1, 6 + number), (1, 11 + number)):
            choices = bytes([how, faults, number])
            yield choices + _request(b"POST /?" + _QUERY, *headers)
        yield bytes([3, 0, number]) + _request(b"GET /?" + _OLD % (name, number) + _QUERY, _HOST)
    for path in _DOORS:
        method = b"GET " if path == _DOORS[0] else b"POST "
        for body in _RULES:
            length = b"Content-Length: %d" % len(body)
            yield b"\0\0\1" + _request(method + path, *_AT_THE_DOOR, length) + body
    for header in REQUEST_HEADERS:
        action = b"x-acs-action: CreateGroupId"
        yield b"\1\0\0" + _request(b"POST /?" + _QUERY, *_SIGNED, action, header)


def _request(line: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([line + b" HTTP/1.1", *headers, b"", b""])


def mutate(data: bytes, dice: random.Random) -> bytes:
    """Change the choices, or the requests."""
    if dice.random() < 0.6:  # most changes make a request invalid for good
        data = dice.choice(_SEEDS)
    choices, raw = bytearray(data[:_CHOICES].ljust(_CHOICES, b"\0")), data[_CHOICES:]
    if dice.random() < 0.1:
        choices[dice.randrange(_CHOICES)] = dice.randrange(256)
        return bytes(choices) + raw
    for _ in range(1 + int(dice.random() ** 3 * 4)):
        raw = raw_requests.mutate(raw, dice, _RULES)
    return bytes(choices) + raw


def run(data: bytes) -> str:
    """Send the requests to both fronts."""
    return _BOUNDS.run(lambda: _checked(data), len(data))


def _checked(data: bytes) -> str:
    signed, faults, groups = data[:_CHOICES].ljust(_CHOICES, b"\0")
    raw = _signed(data[_CHOICES:], signed % 4)
    rules, given = _FAULTS[faults % len(_FAULTS)], _GROUPS[groups % len(_GROUPS)]
    TIME.restart()
    backend = _backend(given, rules)
    sent, is_reset = in_memory.converse(raw, server._responder(backend))
    assert b"s3cr3t" not in sent, "a secret was shown"
    is_only = raw.count(b"HTTP/1.") < 2
    status = sent.removeprefix(_CONTINUE)[9:12].decode()
    if sent and not (rules or is_reset):
        raw_requests.check_response(sent, raw)
        if raw_requests.first(raw):
            assert b"text/plain" not in sent[:80], "a request was not understood"
    received = request_signing.received(raw)
    if received and received.path.startswith("/_stub/"):
        _check_door(received, status, backend, given if is_only else None)
        return f"door {received.path[7:12]} {status}"
    if received and is_only:
        TIME.restart()
        _check_fronts(raw, sent, backend, _backend(given, rules))
    if not any(call.committed for call in backend.journal) and is_only:
        assert backend.groups() == list(given), "the state changed without a call"
    verdict = backend.journal[0].verdict if backend.journal else "no call"
    return f"{status or 'nothing'} {verdict[:40]}"


def _check_fronts(raw: bytes, sent: bytes, backend: Backend, other: Backend) -> None:
    """Check that the mock in process returns the response of the server, and records its call."""
    connection = _InProcessConnection(backend=other, default_port=443, host="a")
    steps, is_bare = connection.exchange(raw)
    expected = b""
    for step in steps:
        if isinstance(step, Pause):
            TIME.sleep(step.seconds)
        elif isinstance(step, ServerResponse):
            expected += step.head() + (b"" if is_bare or step.is_bare else step.body)
        elif isinstance(step, bytes):
            expected += step
        else:
            break
    sent = sent.removeprefix(_CONTINUE).replace(_CLOSE, b"", 1)
    assert sent.startswith(expected.replace(_CLOSE, b"", 1)), "the fronts differ"
    assert backend.journal[:1] == other.journal[:1], "the journals differ"


def _check_door(
    received: Received, status: str, backend: Backend, given: tuple[str, ...] | None
) -> None:
    """Check which control requests are accepted, and that a refused one changes nothing."""
    host, media_type = received.headers["host"], received.headers.get("content-type", "")
    is_here = re.fullmatch(r"(?i)(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]*)?", host)
    assert status in ("200", "304", "400", "403", "404", "405", "415"), f"a door returns {status}"
    assert is_here or status == "403", "a foreign Host came in"
    if status == "200" and received.head.method == "POST":
        assert media_type.partition(";")[0].strip().lower() == "application/json"
        assert received.path != "/_stub/reset" or given is None or not backend.groups()
    elif given is not None:
        assert backend.groups() == list(given), "a door that is closed changed the state"
        assert not backend.faults.rules or backend.journal or given is not None


def _signed(raw: bytes, how: int) -> bytes:
    """Sign the first request unchanged: by V3 with a permanent or a temporary key, or by V1."""
    if how == 0:
        return raw
    return (
        request_signing.v1(raw, _KEYS[0]) if how == 3 else request_signing.v3(raw, _KEYS[how - 1])
    )


_BOUNDS = Bounds(lambda: 4)
_SEEDS = list(seeds())
