"""A TLS server whose bytes are changed, cut or split on their way, with good and bad certificates.

An input is seven bytes of a plan, then bytes to insert. Unlike the other targets this one uses real
sockets and real time, so it is slow.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from urllib3.util.wait import wait_for_read

from create_group_id import connection, dial, settings
from create_group_id.client import Client
from create_group_id.credentials import Credentials
from create_group_id.errors import Failure
from create_group_id.payload import Request
from tests.fuzzing import mutation
from tests.fuzzing.instance import SECRET, TOKEN
from tests.fuzzing.tls_server import CERTIFICATES, Plan, TlsServer, trusting

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

_CHOICES = 7
_EDITS = ("keep", "flip", "insert", "drop", "cut")
_PIECES = (1 << 16, 1, 5, 100)
_REQUEST = Request("GID_test", "mqtt-cn-0pp1ldu0001", "cn-hangzhou", (), "Fail", is_signup=False)
_CREDENTIALS = Credentials("STS.fuzzed", SECRET, TOKEN)
_SECONDS, _SLACK = 0.5, 5.0  # of a call; of a busy machine
_INSERTED = (b"\x15\x03\x03\x00\x02\x02\x28", b"\x16\x03\x01", b"HTTP/1.1 200 OK\r\n\r\n", b"\x17")
_clock = time.perf_counter
_SERVER = TlsServer()
_TRUSTING = trusting(dial.tls_context())
_SETTINGS = settings.load({"ONSMQTT_ENDPOINT": f"https://127.0.0.1:{_SERVER.port}"}, None)
dial.tls_context.cache_clear()


def seeds() -> Iterator[bytes]:
    """Yield each edit of a stream in both versions, and each certificate."""
    for certificate in range(len(CERTIFICATES)):
        for version in (0, 1):
            yield bytes([certificate, version, 0, 0, 0, 0, 0])
    for edit in range(len(_EDITS)):
        for version in (0, 1):
            for high, low in ((0, 3), (1, 0), (3, 200), (6, 0)):
                yield bytes([0, version, edit, high, low, version, version]) + _INSERTED[edit % 4]


def mutate(data: bytes, dice: random.Random) -> bytes:
    """Change the plan, or the inserted bytes."""
    choices, inserted = bytearray(data[:_CHOICES].ljust(_CHOICES, b"\0")), data[_CHOICES:]
    for _ in range(1 + dice.randrange(3)):
        choices[dice.randrange(_CHOICES)] = dice.randrange(256)
    if dice.random() < 0.7:
        choices[0] = 0
    choices[3] %= 9
    if dice.random() < 0.3:
        inserted = mutation.some_bytes(dice.choice((inserted, *_INSERTED)), dice)
    return bytes(choices) + inserted


def run(data: bytes) -> str:
    """Call the service through the server."""
    plan = _plan(data)
    _SERVER.start(plan)
    vars(connection).update(connect=dial.connect, wait_for_read=wait_for_read)
    client = Client(clock=_clock, wall_clock=time.time, nonce=lambda: "n", context=_TRUSTING)
    started, failure = _clock(), None
    try:
        request_id = client.create_group_id(_REQUEST, _SETTINGS, _CREDENTIALS, _SECONDS)
    except Failure as error:
        failure = error
    client._adapter.close()
    assert _clock() - started < _SECONDS + _SLACK, "the call took longer than its time"
    # Or what the server still receives would count for the next input.
    assert _SERVER.is_finished.wait(_SLACK), "the server was left without an end"
    if failure:
        _check_failure(failure, plan)
        return f"{plan.edit} {failure.kind.code}"
    assert request_id == "R-tls"
    assert plan.certificate == 0, "a bad certificate was accepted"
    assert not plan.before, "bytes before the handshake were accepted"
    assert _SERVER.received.count(b"\r\n\r\n") == 1
    # Behind the five bytes of its head a record is authenticated.
    is_changed = plan.edit in ("flip", "drop", "cut") or (plan.edit == "insert" and plan.inserted)
    assert not is_changed or plan.offset not in _SERVER.response[5:], "a changed record was taken"
    return f"{plan.edit} Created"


def _plan(data: bytes) -> Plan:
    certificate, version, edit, high, low, piece, ending = data[:_CHOICES].ljust(_CHOICES, b"\0")
    return Plan(
        certificate % len(CERTIFICATES),
        version % 2 == 1,
        _EDITS[edit % len(_EDITS)],
        high * 256 + low,
        data[_CHOICES:],
        data[_CHOICES:] if ending % 8 == 7 else b"",
        _PIECES[piece % len(_PIECES)],
        says_goodbye=ending % 2 == 0,
    )


def _check_failure(failure: Failure, plan: Plan) -> None:
    """Check that the outcome is unknown if the request arrived, and that none did without trust."""
    if plan.certificate != 0:
        assert not _SERVER.received, "a request to a server with a bad certificate"
        assert failure.kind.code == "UpstreamUnreachable"
    if _SERVER.received:
        assert failure.outcome_unknown, "the request arrived, and the failure denies it"
    text = f"{failure}{failure.message}{failure.__context__!r}{failure.upstream_code}"
    assert SECRET not in text
    assert TOKEN not in text
