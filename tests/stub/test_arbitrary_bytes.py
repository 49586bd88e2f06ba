"""Arbitrary bytes get a response, and the server goes on."""

from __future__ import annotations

import random
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.stub.client import HOST

if TYPE_CHECKING:
    from tests.stub.client import Client


def garbage(dice: random.Random) -> bytes:
    """Return a request that is partly valid: each part may be replaced, or be noise."""

    def noise(longest: int = 60) -> bytes:
        return dice.randbytes(dice.randrange(longest))

    def some(*right: bytes) -> bytes:
        return dice.choice((*right, noise()))

    line = b" ".join(
        (
            some(b"POST", b"GET", b"PUT", b"HEAD"),
            some(
                b"/",
                b"/?Action=CreateGroupId&Signature=x&Tag.9.Key",
                b"http://[/",
                b"/_stub/" + noise(9),
            ),
            some(b"HTTP/1.1", b"HTTP/1.0", b"HTTP/9.9"),
        )
    )
    headers = [
        b"Host: " + some(HOST.encode()),
        some(b"x-acs-action", b"content-type") + b": " + some(b"ListGroupId"),
        b"Authorization: " + some(b"ACS3-HMAC-SHA256 " + noise(), b"ACS3-HMAC-SHA256 Credential="),
        b"Content-Length: " + some(b"0", b"7", b"-1", b"99999999999"),
        some(b"Transfer-Encoding: chunked", b"Connection: close", b"Expect: 100-continue"),
    ]
    dice.shuffle(headers)
    return b"\r\n".join([line, *headers[: dice.randrange(6)], b"", noise()])


@pytest.mark.parametrize("times", (1_000, pytest.param(10_000, marks=pytest.mark.exhaustive)))
def test_server_survives_arbitrary_bytes(
    on_the_wire: Client, capfd: pytest.CaptureFixture[str], times: int
) -> None:
    dice = random.Random(20_261_124)
    host, port = on_the_wire.base.removeprefix("http://").split(":")
    for _ in range(times):
        # A server that responds before it has read everything may reset the connection.
        with socket.create_connection((host, int(port))) as connection, suppress(ConnectionError):
            connection.sendall(garbage(dice))
            # Half of the clients do not wait for the response.
            if dice.random() < 0.5:
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(4096):
                    pass
    assert on_the_wire.create().status_code == 200
    assert "Traceback" not in "".join(capfd.readouterr())
