"""Hosts that respond late, never or wrongly: each is one line without a secret."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
import yaml

from create_group_id_tools.remote import targets, wire
from create_group_id_tools.remote.invoker import invoker_for
from create_group_id_tools.remote.wire import InvokeError
from tests import wire as servers

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "hush-id",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "hush-secret",
    "ALIBABA_CLOUD_SECURITY_TOKEN": "hush-token",
}
ROOT = Path(__file__).parents[2]
FORMS = ("{}", "fc3://f?endpoint={}", "fc2://s/f?endpoint={}")


def refused(target: str) -> str:
    with pytest.raises(InvokeError) as caught:
        invoker_for(target, KEY)(b'{"GroupId": "hush"}')
    assert caught.value.status == 0
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    message = str(caught.value)
    assert "hush" not in message
    assert "\n" not in message
    return message


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.mark.parametrize("form", FORMS)
def test_a_closed_port(form: str) -> None:
    port = closed_port()
    message = refused(form.format(f"http://127.0.0.1:{port}"))
    assert message == (
        f"127.0.0.1:{port}: no connection; start `make serve`, or use the port of a running server"
    )


def test_a_name_that_does_not_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "hush")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert refused("https://fcv3.invalid").startswith("fcv3.invalid: no connection; check")


def test_certificates_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    # Some cleaners of temporary files delete that of certifi.
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", "/hush/cacert.pem")
    monkeypatch.setattr(wire, "_RESPONSE_TIMEOUT", 5)
    assert refused("https://fcv3.invalid").startswith("fcv3.invalid: no usable response (OSError)")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "behave",
    (
        lambda connection: connection.close(),
        lambda connection: connection.sendall(b"hush\r\n\r\n"),
        lambda connection: connection.sendall(servers.http_response(body=b"hush", length=9)),
        lambda connection: connection.sendall(response("Transfer-Encoding: chunked\r\n\r\nhush")),
    ),
)
def test_a_response_that_is_malformed(form: str, behave: Callable[[socket.socket], object]) -> None:
    with servers.serving(behave) as served:
        message = refused(form.format(served.url))
    assert "the function may have run" in message
    assert served.connections == 1


@pytest.mark.parametrize("form", FORMS)
def test_a_host_that_does_not_respond(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_RESPONSE_TIMEOUT", 0.05)
    with servers.serving(lambda connection: connection.recv(1)) as served:
        message = refused(form.format(served.url))
        assert "no usable response (ReadTimeout): the function may have run" in message
        assert served.connections == 1


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "step", (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\n", b"X-Hush: hush\r\n", b"")
)
def test_a_response_that_trickles(form: str, step: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send each step in time, and all of them together too late."""
    monkeypatch.setattr(wire, "_RESPONSE_TIMEOUT", 0.1)

    def trickle(connection: socket.socket) -> None:
        begin = b"" if step.startswith(b"HTTP/1.1 100") else b"HTTP/1.1 200 OK\r\n"
        if not step:
            begin += b"Transfer-Encoding: chunked\r\n\r\n"
        connection.sendall(begin)
        connection.settimeout(0.01)
        while not gone(connection):
            connection.sendall(step or b"1\r\nx\r\n")

    with servers.serving(trickle) as served:
        assert "no usable response" in refused(form.format(served.url))


def gone(connection: socket.socket) -> bool:
    """Wait a moment, and return whether the peer has closed."""
    try:
        return not connection.recv(1)
    except TimeoutError:
        return False


@pytest.mark.parametrize("form", FORMS)
def test_an_endless_response(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_MAX_BODY", 1 << 20)
    head = servers.http_response(body=b"", length=1 << 40)

    def flood(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(b"hush" * 1024)

    with servers.serving(flood) as served:
        assert "a response above 1 MiB: the function may have run" in refused(
            form.format(served.url)
        )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("location", ("http://[::1", "http://x/\xff\xfe", "https://hush"))
def test_a_redirect_is_not_even_read(form: str, location: str) -> None:
    sent = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    with (
        servers.serving(lambda connection: connection.sendall(sent.encode("latin-1"))) as served,
        pytest.raises(InvokeError, match="302: redirects are not followed") as caught,
    ):
        invoker_for(form.format(served.url), KEY)(b"{}")
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("form", FORMS)
def test_malformed_headers_are_not_shown(form: str, capfd: pytest.CaptureFixture[str]) -> None:
    with servers.serving(lambda c: c.sendall(response("hush without a colon"))) as served:
        refused(form.format(served.url))
    assert capfd.readouterr() == ("", "")


def response(header: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\n{header}\r\nContent-Length: 0\r\n\r\n".encode()


def test_a_response_may_take_as_long_as_any_function() -> None:
    template = yaml.safe_load((ROOT / "template.yml").read_text())
    timeouts = [item["props"]["timeout"] for item in template["resources"].values()]
    assert max(timeouts) < wire._RESPONSE_TIMEOUT


def test_an_untrusted_certificate(tmp_path: Path) -> None:
    context, _ = servers.a_certificate(tmp_path, "127.0.0.1")
    with servers.serving(lambda _: None, context) as served:
        message = refused(f"https://127.0.0.1:{served.port}")
    assert (
        message
        == f"127.0.0.1:{served.port}: no trusted TLS connection; check the host and its certificate"
    )


@pytest.mark.parametrize("form", FORMS)
def test_uses_no_proxy_and_no_netrc(form: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = closed_port()
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
    (home / ".netrc").write_text("machine 127.0.0.1 login hush password hush\n")
    (home / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(home / ".netrc"))
    good = servers.http_response(body=b'{"Success": true}', headers="X-Fc-Request-Id: 1-a\r\n")
    with servers.serving(lambda connection: connection.sendall(good)) as served:
        assert invoker_for(form.format(served.url), KEY)(b"{}").status == 200
    (head,) = served.heads
    assert "Basic" not in head
    assert targets.is_local(targets.read(form.format(served.url), {}))
