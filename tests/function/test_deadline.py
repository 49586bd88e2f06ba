"""The deadline of an invocation, over real sockets and in real time: all steps share it."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id import connection, dial
from create_group_id.client import Client
from create_group_id.handler import Handler
from create_group_id.provisioning import Provisioner
from tests.function.test_client import send, trickle
from tests.wire import a_certificate, http_response, serving
from tests.world import a_context, an_http_event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TIMEOUT = 1.0  # of the invocation, after which FC kills the function
SILENT_RESOLVER = """
import socket, sys, threading, time
sys.path[:0] = {path!r}
from create_group_id import dial
socket.getaddrinfo = lambda *_, **__: threading.Event().wait()
try:
    dial.connect("onsmqtt.cn-hangzhou.aliyuncs.com", 443, time.monotonic() + 0.1, None)
except TimeoutError:
    print("timed out")
"""


def invoke(
    endpoint: str, *, tags: int = 0, tls: ssl.SSLContext | None = None
) -> tuple[dict[str, Any], float]:
    """Return the envelope of one invocation and its duration in seconds."""
    client = Client(clock=time.monotonic, wall_clock=time.time, nonce=lambda: "n", context=tls)
    provisioner = Provisioner(client, clock=time.monotonic, sleep=time.sleep, jitter=lambda: 0.5)
    environ = {"ONSMQTT_ENDPOINT": endpoint, "ONSMQTT_INSTANCE_ID": "mqtt-cn-0pp1ldu0001"}
    handler = Handler(provisioner, environ=environ, clock=time.monotonic)
    body = {
        "GroupId": "GID_test",
        "Tags": [{"Key": f"{n}".ljust(128, "😀"), "Value": "😀" * 128} for n in range(tags)],
    }
    event = json.dumps(an_http_event(body)).encode()
    started = time.monotonic()
    response: Any = handler.handle(event, a_context(timeout=TIMEOUT))
    return json.loads(response["body"]), time.monotonic() - started


def assert_in_time(endpoint: str, code: str, *, unknown: bool, **options: Any) -> None:
    envelope, took = invoke(endpoint, **options)
    assert took < TIMEOUT
    assert envelope["Error"]["Code"] == code
    assert envelope["Error"].get("OutcomeUnknown", False) is unknown


@pytest.fixture
def silent_resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Replace the system's resolver by one that does not return before the end of the test."""
    over = threading.Event()

    def silent(*_: object, **__: object) -> list[Any]:
        over.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    yield
    over.set()


@pytest.mark.usefixtures("silent_resolver")
@pytest.mark.parametrize("scheme", ("https", "http"))
def test_the_deadline_bounds_a_silent_name_server(scheme: str) -> None:
    host = "localhost" if scheme == "http" else "onsmqtt.cn-hangzhou.aliyuncs.com"
    assert_in_time(f"{scheme}://{host}", "UpstreamUnreachable", unknown=False)


def test_a_silent_name_server_does_not_delay_the_exit() -> None:
    program = SILENT_RESOLVER.format(path=sys.path)
    process = subprocess.run(  # noqa: S603 - the program is ours
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=True
    )
    assert process.stdout == "timed out\n"


@pytest.mark.usefixtures("silent_resolver")
def test_does_not_wait_for_a_silent_resolver_at_exit() -> None:
    # Python waits at its exit for every thread that is no daemon.
    before = set(threading.enumerate())
    with pytest.raises(TimeoutError, match="not resolved"):
        dial.connect("localhost", 1, time.monotonic() + 0.05, None)
    assert [thread.daemon for thread in set(threading.enumerate()) - before] == [True]


def test_a_name_that_does_not_exist_is_unreachable_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    names = []

    def unknown(host: str, port: int, **_: object) -> list[Any]:
        names.append((host, port))
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    started = time.monotonic()
    with pytest.raises(socket.gaierror):
        dial.connect("onsmqtt.nowhere.aliyuncs.com", 443, started + 5, None)
    assert time.monotonic() - started < 2
    assert names == [("onsmqtt.nowhere.aliyuncs.com", 443)]


@contextmanager
def dead(address: str) -> Iterator[int]:
    """Listen with a full backlog and accept nothing, so that a connection attempt hangs."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((address, 0))
        listener.listen(0)
        while True:
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0.05)
            try:
                waiting.connect(listener.getsockname())
            except TimeoutError:
                break
        yield listener.getsockname()[1]


def resolving_to(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[str, int]) -> None:
    resolved = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: resolved)


def test_the_deadline_bounds_four_dead_addresses_together(monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as stack:
        hosts = [f"127.0.0.{n}" for n in range(2, 6)]
        ports = [stack.enter_context(dead(host)) for host in hosts]
        resolving_to(monkeypatch, *zip(hosts, ports, strict=True))
        assert_in_time("http://localhost:1", "UpstreamUnreachable", unknown=False)


def test_fails_in_time_if_no_thread_can_be_started(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "create_group_id")

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    assert_in_time("http://localhost:1", "UpstreamUnreachable", unknown=False)
    assert '"Type":"RuntimeError"' in caplog.text


def test_skips_an_address_family_that_the_kernel_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    # As IPv6 may be: https://github.com/urllib3/urllib3/issues/838
    lacking = 255
    with pytest.raises(OSError, match="not supported"):
        socket.socket(lacking, socket.SOCK_STREAM)
    with serving(send(http_response())) as server:
        resolved = [
            (family, socket.SOCK_STREAM, 0, "", ("127.0.0.1", server.port))
            for family in (lacking, socket.AF_INET)
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: resolved)
        envelope, _ = invoke("http://localhost:1")
    assert envelope["Success"]


def test_each_address_gets_its_share_of_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = []

    def refuse(sock: socket.socket, _address: object) -> None:
        seconds.append(sock.gettimeout())
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    resolving_to(monkeypatch, *(("127.0.0.1", port) for port in range(1, 5)))
    with pytest.raises(ConnectionRefusedError):
        dial.connect("localhost", 1, time.monotonic() + 1200, None)
    assert seconds == [pytest.approx(share, abs=5) for share in (300, 400, 600, 1200)]


def test_tries_an_address_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # The system lists an address for each type of socket, unless one is asked for.
    tried = []

    def refuse(_sock: socket.socket, address: object) -> None:
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with pytest.raises(ConnectionRefusedError):
        dial.connect("127.0.0.1", 1, time.monotonic() + 5, None)
    assert tried == [("127.0.0.1", 1)]


def test_a_handshake_may_take_all_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not the share of its address.
    timeouts = []

    def wrap_socket(sock: socket.socket, **_: object) -> socket.socket:
        timeouts.append(sock.gettimeout())
        return sock

    with serving(send(http_response())) as server:
        resolving_to(monkeypatch, ("127.0.0.1", server.port), ("127.0.0.1", 1))
        context: Any = SimpleNamespace(wrap_socket=wrap_socket)
        with dial.connect("localhost", 1, time.monotonic() + 1200, context):
            assert timeouts == [pytest.approx(1200, abs=5)]


def test_closes_the_socket_if_the_handshake_fails() -> None:
    sockets = []

    def wrap_socket(sock: socket.socket, **_: object) -> socket.socket:
        sockets.append(sock)
        raise ssl.SSLError

    context: Any = SimpleNamespace(wrap_socket=wrap_socket)
    with serving(send(http_response())) as server:
        with pytest.raises(ssl.SSLError):
            dial.connect("127.0.0.1", server.port, time.monotonic() + 5, context)
        assert [sock.fileno() for sock in sockets] == [-1]


def test_sends_a_request_without_delay() -> None:
    # Nagle's algorithm holds back the end of a long request until its beginning is acknowledged.
    with (
        serving(send(http_response())) as server,
        dial.connect("127.0.0.1", server.port, time.monotonic() + 5, None) as sock,
    ):
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_name_without_an_address_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving_to(monkeypatch)
    with pytest.raises(OSError, match="no address"):
        dial.connect("localhost", 1, time.monotonic() + 5, None)


def test_no_time_is_left_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dial, "time", SimpleNamespace(monotonic=lambda: 7.0))
    assert dial.remaining(7.5) == 0.5
    with pytest.raises(TimeoutError, match="timed out"):
        dial.remaining(7.0)


def test_reaches_a_live_address_after_three_dead_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as stack:
        hosts = [f"127.0.0.{n}" for n in range(2, 5)]
        ports = [stack.enter_context(dead(host)) for host in hosts]
        server = stack.enter_context(serving(send(http_response())))
        resolving_to(monkeypatch, *zip(hosts, ports, strict=True), ("127.0.0.1", server.port))
        envelope, took = invoke("http://localhost:1")
    assert envelope["Success"]
    assert took < TIMEOUT


def test_the_deadline_bounds_a_trickled_handshake() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def shake() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")  # ServerHello
                for _ in range(200):
                    connection.sendall(b"\x03")
                    time.sleep(0.02)  # a real trickle, in real time

    thread = threading.Thread(target=shake, daemon=True)
    thread.start()
    try:
        port = listener.getsockname()[1]
        assert_in_time(f"https://127.0.0.1:{port}", "UpstreamUnreachable", unknown=False)
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@pytest.mark.parametrize("part", ("interim", "head", "chunks"))
def test_the_deadline_bounds_a_trickled_response(part: str) -> None:
    start, slowly = {
        "interim": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 50),
        "head": (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n" * 50),
        "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 50),
    }[part]
    with serving(trickle(slowly, at_once=start)) as server:
        assert_in_time(server.url, "UpstreamTimeout", unknown=True)


def test_the_deadline_bounds_the_request_on_a_kept_connection() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(3)  # what an earlier exchange left
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            connection._Connection(ours, "").exchange(b"x" * (1 << 24), started + 0.1)
        assert time.monotonic() - started < 2


def test_the_deadline_bounds_a_server_that_reads_slowly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server_side, certificate = a_certificate(tmp_path, "127.0.0.1")
    trusting = dial.tls_context()
    trusting.load_verify_locations(certificate)
    connect = dial.connect

    def narrow(host: str, port: int, until: float, context: Any) -> socket.socket:
        sock = connect(host, port, until, context)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        return sock

    monkeypatch.setattr(connection, "connect", narrow)
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def read_slowly() -> None:
            try:
                while True:
                    plain, _ = listener.accept()
                    with server_side.wrap_socket(plain, server_side=True) as accepted:
                        while accepted.recv(1024):
                            time.sleep(0.04)  # a real trickle, in real time
            except OSError:
                return

        thread = threading.Thread(target=read_slowly, daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        assert_in_time(
            f"https://127.0.0.1:{port}", "UpstreamTimeout", unknown=True, tags=20, tls=trusting
        )
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()
