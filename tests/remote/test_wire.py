"""Hosts that answer late, never, or not as they should: one line each, and no secret in it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from devtools.remote import targets, wire
from devtools.remote.function import at
from devtools.remote.wire import Refused
from tests import wire as servers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "hush-id",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "hush-secret",
    "ALIBABA_CLOUD_SECURITY_TOKEN": "hush-token",
}
FORMS = ("{}", "fc3://f?endpoint={}", "fc2://s/f?endpoint={}")


def refused(target: str) -> str:
    with pytest.raises(Refused) as caught:
        at(target, KEY)(b'{"GroupId": "hush"}')
    assert caught.value.status == 0
    assert caught.value.__suppress_context__
    told = str(caught.value)
    assert "hush" not in told
    assert "\n" not in told
    return told


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.mark.parametrize("form", FORMS)
def test_nobody_listens(form: str) -> None:
    port = closed_port()
    told = refused(form.format(f"http://127.0.0.1:{port}"))
    assert told == (
        f"127.0.0.1:{port}: no connection: check the target, its region and your network"
    )


def test_a_name_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "hush")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert refused("https://fcv3.invalid").startswith("fcv3.invalid: no connection: check")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "behave",
    (
        lambda connection: connection.close(),
        lambda connection: connection.sendall(b"hush\r\n\r\n"),
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhush"),
    ),
)
def test_an_answer_that_is_none(form: str, behave: Callable[[socket.socket], object]) -> None:
    with servers.serving(behave) as served:
        told = refused(form.format(served.url))
    assert "the function may have run" in told
    assert served.connections == 1


@pytest.mark.parametrize("form", FORMS)
def test_a_host_that_says_nothing(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_READ", 0.05)
    with servers.serving(lambda connection: connection.recv(1)) as served:
        told = refused(form.format(served.url))
        assert "no answer (ReadTimeout): the function may have run" in told
        assert served.connections == 1


def test_a_certificate_that_nobody_signed(tmp_path: Path) -> None:
    context, _ = servers.a_certificate(tmp_path, "127.0.0.1")
    with servers.serving(lambda _: None, context) as served:
        told = refused(f"https://127.0.0.1:{served.port}")
    assert told == f"127.0.0.1:{served.port}: no trusted TLS connection: check the host"


@pytest.mark.parametrize("form", FORMS)
def test_no_proxy_and_no_netrc_see_the_call(
    form: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = closed_port()
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
    (home / ".netrc").write_text("machine 127.0.0.1 login hush password hush\n")
    (home / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(home / ".netrc"))
    answer = servers.an_answer(body=b'{"Success": true}')
    with servers.serving(lambda connection: connection.sendall(answer)) as served:
        assert at(form.format(served.url), KEY)(b"{}").status == 200
    (head,) = served.heads
    assert "Basic" not in head
    assert targets.is_local(targets.read(form.format(served.url), {}))
