"""TLS over real sockets: verified, at least 1.2, and nothing is sent otherwise."""

from __future__ import annotations

import ssl
import time
from typing import TYPE_CHECKING

import pytest

from create_group_id.client import Client
from create_group_id.dial import tls_context
from create_group_id.errors import Failure
from tests.function.test_client import CREDENTIALS, REQUEST, SETTINGS, send, stall
from tests.wire import a_certificate, http_response, serving

if TYPE_CHECKING:
    from pathlib import Path


def trusting(certificate: Path) -> ssl.SSLContext:
    context = tls_context()
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


def test_a_stalled_handshake_is_not_a_lost_response() -> None:
    with serving(stall) as server:
        started = time.monotonic()
        with pytest.raises(Failure) as caught:
            call(server.port, time_left=0.3)
        took = time.monotonic() - started
    assert caught.value.kind.code == "UpstreamUnreachable"
    assert not caught.value.outcome_unknown
    assert took < 0.8
