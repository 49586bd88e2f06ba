"""TLS over real sockets: verified, at least 1.2, and nothing is sent otherwise."""

from __future__ import annotations

import io
import ssl
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from create_group_id import dial
from create_group_id.client import Client
from create_group_id.dial import tls_context
from create_group_id.errors import Failure
from tests.function.test_client import CREDENTIALS, REQUEST, SETTINGS, send, stall
from tests.wire import a_certificate, http_response, serving

if TYPE_CHECKING:
    from pathlib import Path


def trusting(certificate: Path) -> ssl.SSLContext:
    context = tls_context.__wrapped__()  # not the shared one
    context.load_verify_locations(certificate)
    return context


def call(port: int, context: ssl.SSLContext | None = None, time_left: float = 5.0) -> str:
    client = Client(clock=time.monotonic, wall_clock=time.time, nonce=lambda: "n", context=context)
    configured = SETTINGS._replace(endpoint=f"https://127.0.0.1:{port}")
    return client.create_group_id(REQUEST, configured, CREDENTIALS, time_left)


def test_accepts_a_trusted_certificate(tmp_path: Path) -> None:
    server_side, certificate = a_certificate(tmp_path, "127.0.0.1")
    with serving(send(http_response()), server_side) as server:
        assert call(server.port, trusting(certificate)).startswith("2C7D")
        assert len(server.heads) == 1


@pytest.mark.parametrize("case", ("unknown-root", "another-host", "expired"))
def test_sends_nothing_to_a_server_with_a_bad_certificate(
    tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = "onsmqtt.example" if case == "another-host" else "127.0.0.1"
    server_side, certificate = a_certificate(tmp_path, host, days=-1 if case == "expired" else 1)
    context = None if case == "unknown-root" else trusting(certificate)
    # The bundles of the environment must not count: whoever sets one could read the credentials.
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(certificate))
    with serving(send(http_response()), server_side) as server:
        with pytest.raises(Failure) as caught:
            call(server.port, context)
        assert server.heads == []
    assert caught.value.kind.code == "UpstreamUnreachable"
    assert not caught.value.outcome_unknown


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")  # the test uses it
def test_refuses_tls_1_1(tmp_path: Path) -> None:
    server_side, certificate = a_certificate(tmp_path, "127.0.0.1")
    server_side.minimum_version = ssl.TLSVersion.TLSv1
    server_side.maximum_version = ssl.TLSVersion.TLSv1_1
    server_side.set_ciphers("ALL:@SECLEVEL=0")
    with serving(send(http_response()), server_side) as server:
        with pytest.raises(Failure) as caught:
            call(server.port, trusting(certificate))
        assert server.heads == []
    assert caught.value.kind.code == "UpstreamUnreachable"


def test_the_context_requires_verification_and_tls_1_2() -> None:
    context = tls_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")  # the test uses it
def test_requires_tls_1_2_whatever_the_default_of_python(monkeypatch: pytest.MonkeyPatch) -> None:
    def lenient(protocol: int) -> ssl.SSLContext:
        context = ssl.SSLContext(protocol)
        context.minimum_version = ssl.TLSVersion.TLSv1
        return context

    monkeypatch.setattr(dial, "ssl", SimpleNamespace(**vars(ssl) | {"SSLContext": lenient}))
    assert tls_context().minimum_version is ssl.TLSVersion.TLSv1_2


def test_a_connection_on_which_more_was_decrypted_is_not_reused(tmp_path: Path) -> None:
    # All of a record is decrypted, so what the reader's buffer does not hold is not on the socket.
    server_side, certificate = a_certificate(tmp_path, "127.0.0.1")
    head = http_response(headers="A: \r\n")
    padding = "a" * (io.DEFAULT_BUFFER_SIZE - len(head))
    both = http_response(headers=f"A: {padding}\r\n") + http_response(body=b'{"RequestId":"B"}')
    client = Client(
        clock=time.monotonic, wall_clock=time.time, nonce=lambda: "n", context=trusting(certificate)
    )
    with serving(send(both), server_side) as server:
        configured = SETTINGS._replace(endpoint=f"https://127.0.0.1:{server.port}")
        for _ in range(2):
            assert client.create_group_id(REQUEST, configured, CREDENTIALS, 5.0) != "B"
        assert server.connections == 2


def test_a_stalled_handshake_is_not_a_lost_response() -> None:
    with serving(stall) as server:
        started = time.monotonic()
        with pytest.raises(Failure) as caught:
            call(server.port, time_left=0.3)
        took = time.monotonic() - started
    assert caught.value.kind.code == "UpstreamUnreachable"
    assert not caught.value.outcome_unknown
    assert took < 0.8
