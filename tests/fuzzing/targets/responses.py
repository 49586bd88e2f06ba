"""Any bytes as responses of the OpenAPI, at any time: the result says no more than they do.

An input is a byte that chooses the request, then the scripts of the server, separated.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Any

from tests.fuzzing import instance, mutation, oracles, scripted_server, verdicts
from tests.fuzzing.bounds import Bounds
from tests.fuzzing.scripted_server import Exchange, Script, ScriptedServer
from tests.fuzzing.virtual_time import TIME
from tests.fuzzing.words import RESPONSE_BODIES, RESPONSE_HEADERS, STATUS_LINES

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from tests.fuzzing.verdicts import Verdict

_SEPARATOR = b"\n~~~\n"
_TIMEOUT = 20.0
_ENVIRONMENT = {
    "ONSMQTT_INSTANCE_ID": "mqtt-cn-0pp1ldu0001",
    "ONSMQTT_ENDPOINT": "http://127.0.0.1:9",
    "ONSMQTT_MAX_QPS": "10000",
    "LOG_LEVEL": "DEBUG",
} | instance.CREDENTIALS
_EVENTS = (
    b'{"GroupId": "GID_first", "OnExisting": "Fail"}',
    b'{"GroupId": "GID_first", "OnExisting": "Succeed"}',
)
_NEXT_EVENT = b'{"GroupId": "GID_next"}'
_CONTINUED = 2  # one in so many inputs
_SUCCESS = re.compile(rb"HTTP/1\S*\s+2\d\d\b")
_SERVER = ScriptedServer()
_BOUNDS = Bounds(lambda: len(_SERVER.exchanges))


def seeds() -> Iterator[bytes]:
    """Yield each body under each status line, and each header."""
    for number, body in enumerate(RESPONSE_BODIES):
        status = STATUS_LINES[number % len(STATUS_LINES)]
        yield bytes([number % 2, 0, 0, 0]) + _written(status, [], body)
        lost = b"\0\0\3" + b"HTTP/1.1 200"
        yield bytes([number % 2]) + lost + _SEPARATOR + b"\0\0\0" + _written(status, [], body)
    for number, header in enumerate(RESPONSE_HEADERS):
        for body in RESPONSE_BODIES[:2]:
            head = _written(STATUS_LINES[number % 2], [header], body)
            yield bytes([number % 2, number % 7, 0, number % 10]) + head
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    yield b"\0\0\0\0" + chunks + b"13\r\n" + RESPONSE_BODIES[0] + b"\r\n0\r\n\r\n"


def _written(status: bytes, headers: list[bytes], body: bytes) -> bytes:
    lines = [status, b"Content-Length: %d" % len(body), *headers, b"", b""]
    return b"\r\n".join(lines) + body


def mutate(data: bytes, dice: random.Random) -> bytes:
    """Change one script: how it is sent, its status line, a header, the body, or any byte."""
    chosen, scripts = data[:1] or b"\0", data[1:].split(_SEPARATOR)
    chance = dice.random()
    if chance < 0.02:
        chosen = bytes([dice.randrange(256)])
    elif chance < 0.08 and len(scripts) < 6:
        scripts.insert(dice.randrange(len(scripts) + 1), dice.choice(_SCRIPTS)[1:])
    elif chance < 0.12 and len(scripts) > 1:
        scripts.pop(dice.randrange(len(scripts)))
    else:
        at = dice.randrange(len(scripts))
        scripts[at] = _changed(scripts[at], dice)
    return chosen + _SEPARATOR.join(scripts)


def _changed(script: bytes, dice: random.Random) -> bytes:
    choices, raw = bytearray(script[:3].ljust(3, b"\0")), script[3:]
    chance = dice.random()
    if chance < 0.2:
        choices[dice.randrange(3)] = dice.randrange(256)
    elif chance < 0.4:
        raw = mutation.some_bytes(raw, dice)
    else:
        head, empty, body = raw.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        if chance < 0.5:
            lines[0] = dice.choice(STATUS_LINES)
        elif chance < 0.65:
            lines.insert(dice.randrange(1, len(lines) + 1), dice.choice(RESPONSE_HEADERS))
        elif chance < 0.7 and len(lines) > 1:
            lines.pop(dice.randrange(1, len(lines)))
        elif chance < 0.75:
            body = dice.choice(RESPONSE_BODIES)
        elif chance < 0.8:
            body += dice.choice((raw, b"\0", b"\r\n", RESPONSE_BODIES[0]))
        else:
            body = mutation.json_bytes(body, dice, RESPONSE_BODIES)
        if dice.random() < 0.8:
            length = b"Content-Length: %d" % len(body)
            lines = [
                length if line.lower().startswith(b"content-length:") else line for line in lines
            ]
        raw = b"\r\n".join(lines) + (empty or b"\r\n\r\n") + body
    return bytes(choices) + raw


def run(data: bytes) -> str:
    """Create a group with the scripted responses; for some inputs, another with good ones."""
    return _BOUNDS.run(lambda: _checked(data), len(data))


def _checked(data: bytes) -> str:
    event = _EVENTS[data[0] % len(_EVENTS) if data else 0]
    scripted_server.install(_SERVER)
    instance.set_environment(_ENVIRONMENT)
    instance.new()
    _SERVER.restart([Script.read(script) for script in data[1:].split(_SEPARATOR)])
    envelope = _invoked(event)
    found = [_verdict(exchange) for exchange in _SERVER.exchanges]
    _check(envelope, found, _SERVER.exchanges, may_exist=b"Succeed" in event)
    _check_kept(found)

    if zlib.crc32(data) % _CONTINUED == 0:
        _check_next(found)
    return f"{len(found)} {oracles.label(envelope)}"


def _check_next(found: list[tuple[Verdict, bool]]) -> None:
    """Check that the next request gets its own response."""
    before = len(_SERVER.exchanges)
    _SERVER.leave_out_the_rest()
    later = _invoked(_NEXT_EVENT)
    if later["Success"]:
        last = f"R-{len(_SERVER.exchanges) - 1}"
        assert later["RequestId"] == last, "the response to another request was used"
    else:
        assert later["Error"]["Code"] == "DeadlineExceeded", "a good response was not understood"
        held = any(one.code in ("Throttled", "") for one, _ in found)
        assert held, "a timeout without a delay"
    _check_kept([*found, *(_verdict(exchange) for exchange in _SERVER.exchanges[before:])])


def _invoked(event: bytes) -> dict[str, Any]:
    started = TIME.elapsed
    output = instance.invoke(event, instance.python310_context(_TIMEOUT))
    assert TIME.elapsed - started <= _TIMEOUT, "FC would have killed the invocation"
    oracles.check_secrets(output)
    return oracles.envelope_of(output)


def _verdict(exchange: Exchange) -> tuple[Verdict, bool]:
    """Return what an exchange means, and whether the next one may use its connection.

    A verdict without a code is that of a response which one reader takes and another does not.
    """
    if exchange.connection is None:
        return verdicts.UNREACHABLE, False
    try:
        response = verdicts.response(exchange)
    except verdicts.Malformed:
        return verdicts.Verdict("", is_unknown=True), False
    if response is not None:
        found = verdicts.verdict(response)
        is_understood = found.code == "Created" or bool(found.upstream_code)
        return found, response.is_clear and is_understood
    if exchange.is_late:
        return verdicts.TIMED_OUT, False
    if exchange.ending is not None:
        return verdicts.LOST, False
    return verdicts.Verdict("", is_unknown=True), False  # the function refused it before the end


def _check(
    envelope: dict[str, Any],
    found: list[tuple[Verdict, bool]],
    exchanges: list[Exchange],
    *,
    may_exist: bool,
) -> None:
    """Compare the result with the responses."""
    if not found:
        assert oracles.label(envelope) == "DeadlineExceeded"
        return
    last, unknown = found[-1][0], any(one.is_unknown for one, _ in found)
    ids = [one.request_id for one, _ in found if one.request_id]
    claimed = oracles.label(envelope)
    if not last.code and claimed == "Created":  # a lenient reader may accept it
        assert _SUCCESS.search(exchanges[-1].received), "a success that nobody reported"
        return
    if not all(one.code for one, _ in found):
        return
    expected = last.code
    if expected == "GroupIdAlreadyExists" and may_exist:
        expected = "Recovered" if unknown else "AlreadyExists"
    assert claimed == expected, f"{claimed}, where the responses mean {expected}"
    assert envelope["RequestId"] == (ids[-1] if ids else None), "another response's RequestId"
    if not envelope["Success"]:
        error = envelope["Error"]
        assert error.get("OutcomeUnknown", False) == unknown, f"unknown is {unknown}"
        assert error.get("UpstreamCode") == last.upstream_code


def _check_kept(found: list[tuple[Verdict, bool]]) -> None:
    """Check that no connection was used again after a response without a clear end."""
    for before, exchange, (_, may_be_kept) in zip(
        _SERVER.exchanges, _SERVER.exchanges[1:], found, strict=False
    ):
        if exchange.connection is not None and before.connection == exchange.connection:
            assert may_be_kept, "a connection was kept after a response without a clear end"
            assert not before.is_unread, "a connection was kept on which more had arrived"


_SCRIPTS = list(seeds())
