"""One attempt over real sockets: its request, its response, and its time."""

from __future__ import annotations

import itertools
import socket
import time
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from create_group_id import __version__, connection, settings
from create_group_id.client import Client
from create_group_id.credentials import Credentials
from create_group_id.dial import SocketReader
from create_group_id.errors import Failure
from create_group_id.payload import Request
from tests.wire import RESPONSE_BODY, http_response, serving
from tests.world import EPOCH, Clock

if TYPE_CHECKING:
    from collections.abc import Callable

TAGS = (("a b", "ä&=+"),)
REQUEST = Request("GID_test", "mqtt-cn-0pp1ldu0001", "cn-hangzhou", TAGS, "Fail", is_signup=False)
CREDENTIALS = Credentials("STS.testid", "testsecret", "testtoken")
SETTINGS = settings.load({}, None)


class Caller:
    """A client whose clock moves only when a test moves it."""

    def __init__(self) -> None:
        self.clock = Clock()
        nonces = (f"{n:032x}" for n in itertools.count(1))
        self.client = Client(
            clock=self.clock, wall_clock=self.clock.wall, nonce=lambda: next(nonces)
        )

    def call(self, url: str, time_left: float = 5.0) -> str:
        configured = SETTINGS._replace(endpoint=url)
        return self.client.create_group_id(REQUEST, configured, CREDENTIALS, time_left)

    def failure(self, url: str, time_left: float = 5.0) -> Failure:
        with pytest.raises(Failure) as caught:
            self.call(url, time_left)
        return caught.value


@pytest.fixture
def caller() -> Caller:
    return Caller()


def send(data: bytes) -> Callable[[socket.socket], object]:
    def behave(connection: socket.socket) -> bool:
        connection.sendall(data)
        return True

    return behave


def test_sends_a_signed_post_with_its_parameters_in_the_query(caller: Caller) -> None:
    with serving(send(http_response())) as server:
        assert caller.call(server.url) == "2C7D722D-0F3D-4415-A9CD-A464D82C0000"
    request_line, *lines = server.heads[0].split("\r\n")
    method, target, version = request_line.split(" ")
    assert (method, version) == ("POST", "HTTP/1.1")
    path, _, query = target.partition("?")
    assert path == "/"  # and no host before it (RFC 9112, 3.2.1)
    assert dict(parse_qsl(query)) == {
        "GroupId": "GID_test",
        "InstanceId": "mqtt-cn-0pp1ldu0001",
        "RegionId": "cn-hangzhou",
        "Tag.1.Key": "a b",
        "Tag.1.Value": "ä&=+",
    }
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    assert headers.pop("authorization").startswith(
        "ACS3-HMAC-SHA256 Credential=STS.testid,SignedHeaders=accept;host;x-acs-action;"
        "x-acs-content-sha256;x-acs-date;x-acs-security-token;x-acs-signature-nonce;x-acs-version,"
    )
    assert headers == {
        "accept": "application/json",
        "accept-encoding": "identity",
        "content-length": "0",
        "host": f"127.0.0.1:{server.port}",
        "user-agent": f"create-group-id/{__version__}",
        "x-acs-action": "CreateGroupId",
        "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-acs-date": "2026-11-24T00:00:00Z",
        "x-acs-security-token": "testtoken",
        "x-acs-signature-nonce": f"{1:032x}",
        "x-acs-version": "2020-04-20",
    }
    assert EPOCH == 1_795_478_400


def test_calls_have_new_nonces_on_one_connection(caller: Caller) -> None:
    with serving(send(http_response())) as server:
        for _ in range(3):
            caller.call(server.url)
    nonces = [head.split("x-acs-signature-nonce: ")[1][:32] for head in server.heads]
    assert len(set(nonces)) == 3
    assert server.connections == 1


def test_calls_for_different_groups_share_a_connection(caller: Caller) -> None:
    with serving(send(http_response())) as server:
        configured = SETTINGS._replace(endpoint=server.url)
        for group in ("GID_one", "GID_two"):
            request = REQUEST._replace(group_id=group)
            caller.client.create_group_id(request, configured, CREDENTIALS, 5.0)
    assert server.connections == 1
    assert "GroupId=GID_two&" in server.heads[1]


def test_a_call_to_another_endpoint_makes_another_connection(caller: Caller) -> None:
    with serving(send(http_response())) as one, serving(send(http_response())) as other:
        for server in (one, other):
            caller.call(server.url)
    assert (one.connections, other.connections) == (1, 1)


def test_a_call_over_a_kept_connection_starts_at_once(caller: Caller) -> None:
    with serving(send(http_response())) as server:
        caller.call(server.url)
        caller.call(server.url, time_left=0.5)
    assert server.connections == 1


def test_a_response_that_is_not_understood_ends_a_kept_connection(caller: Caller) -> None:
    bodies = iter((RESPONSE_BODY, b"<html>", RESPONSE_BODY))

    def behave(accepted: socket.socket) -> bool:
        accepted.sendall(http_response(body=next(bodies)))
        return True

    with serving(behave) as server:
        caller.call(server.url)
        caller.failure(server.url)
        assert server.connections == 1
        caller.call(server.url)
    assert server.connections == 2


def test_closes_a_connection_before_it_makes_another(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(send(http_response(body=b"<html>"))) as server:
        caller.failure(server.url)
        closed = []

        def refuse(*_: object) -> socket.socket:
            closed.append(server.closed.wait(5))
            raise ConnectionRefusedError

        monkeypatch.setattr(connection, "connect", refuse)
        caller.failure(server.url)
    assert closed == [True]


@pytest.mark.parametrize(
    ("url", "target"),
    (
        ("https://gateway.example.com", ("gateway.example.com", 443, True)),
        ("https://gateway.example.com:8443", ("gateway.example.com", 8443, True)),
        ("http://localhost", ("localhost", 80, False)),
        ("http://[::1]:8080", ("::1", 8080, False)),
    ),
)
def test_connects_to_the_host_and_port_of_the_endpoint(
    url: str, target: tuple[str, int, bool], caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    # RFC 9110, 4.2: the default ports of http and https.
    targets = []

    def refuse(host: str, port: int, _deadline: float, context: object) -> socket.socket:
        targets.append((host, port, context is not None))
        raise ConnectionRefusedError

    monkeypatch.setattr(connection, "connect", refuse)
    assert caller.failure(url).kind.code == "UpstreamUnreachable"
    assert targets == [target]


def test_to_connect_may_take_half_of_the_time_of_an_attempt(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The rest is for the response, without which the outcome is unknown.
    seconds = []

    def refuse(_host: str, _port: int, deadline: float, _context: object) -> socket.socket:
        seconds.append(deadline - time.monotonic())
        raise ConnectionRefusedError

    monkeypatch.setattr(connection, "connect", refuse)
    for time_left in (1000.0, 4.0, 1.0):
        caller.failure("http://localhost:1", time_left)
    # An attempt takes at most 5 s.
    assert seconds == [pytest.approx(half, abs=0.1) for half in (2.5, 2.0, 0.5)]


def test_a_connection_idle_for_over_ten_seconds_is_not_reused(caller: Caller) -> None:
    with serving(send(http_response())) as server:
        caller.call(server.url)
        for _ in range(2):
            caller.clock.now += 10
            caller.call(server.url)
        assert server.connections == 1
        caller.clock.now += 10.001
        caller.call(server.url)
        assert server.connections == 2


@pytest.mark.parametrize(("seconds", "connections"), ((10, 1), (10.001, 2), (-1, 2)))
@pytest.mark.parametrize("which", (0, 1), ids=("monotonic", "wall"))
def test_a_connection_idle_by_either_clock_is_not_reused(
    which: int, seconds: float, connections: int
) -> None:
    # The monotonic clock may not advance while FC has frozen an instance.
    clocks = [Clock(), Clock()]
    for clock in clocks:
        clock.now = 1000.0
    client = Client(clock=clocks[0], wall_clock=clocks[1].wall, nonce=lambda: "n")
    with serving(send(http_response())) as server:
        configured = SETTINGS._replace(endpoint=server.url)
        client.create_group_id(REQUEST, configured, CREDENTIALS, 5.0)
        clocks[which].now += seconds
        client.create_group_id(REQUEST, configured, CREDENTIALS, 5.0)
        assert server.connections == connections


def test_replaces_a_connection_that_the_server_closed(caller: Caller) -> None:
    with serving(lambda connection: connection.sendall(http_response())) as server:
        caller.call(server.url)
        assert server.closed.wait(5)
        caller.call(server.url)
    assert server.connections == 2


XML = (
    b"<?xml version='1.0' encoding='UTF-8'?><CreateGroupIdResponse>"
    b"<RequestId>0621DDD7-F0E9-4D35-8900-518116D60000</RequestId></CreateGroupIdResponse>"
)
XML_ERROR = (
    b"<?xml version='1.0' encoding='UTF-8'?><Error><RequestId>R-1</RequestId>"
    b"<HostId>h</HostId><Code>InstanceNotFound</Code><Message>m</Message></Error>"
)


def test_reads_responses_in_xml(caller: Caller) -> None:
    with serving(send(http_response(body=XML))) as server:
        assert caller.call(server.url) == "0621DDD7-F0E9-4D35-8900-518116D60000"
    with serving(send(http_response("404 Not Found", XML_ERROR))) as server:
        failure = caller.failure(server.url)
    assert (failure.kind.code, failure.upstream_code) == ("InstanceNotFound", "InstanceNotFound")
    assert (failure.request_id, failure.outcome_unknown) == ("R-1", False)


@pytest.mark.parametrize(
    ("response", "unknown"),
    (
        (http_response(body=b"<html>"), True),
        (http_response(body=b"[]"), True),
        (http_response(body=b""), True),
        (http_response(body=b'{"RequestId":1}'), True),
        (http_response(body=b'{"RequestId":"<script>"}'), True),
        (http_response(body=b"{" + b" " * 65536 + RESPONSE_BODY[1:]), True),
        (http_response(body=RESPONSE_BODY[:9], length=99), True),
        (http_response("502 Bad Gateway", b"<html>"), True),
        (http_response("404 Not Found", b"<html>"), False),
        (http_response("404 Not Found", b" " * 2_000_000), False),
        (b"nonsense\r\n\r\n", True),
        (b"", True),
    ),
    ids=(
        "html", "array", "empty", "number", "markup", "too-large", "truncated",
        "gateway-502", "gateway-404", "gateway-404-too-large", "no-http", "hung-up",
    ),
)  # fmt: skip
def test_a_response_that_is_not_from_the_api_is_bad(
    caller: Caller, response: bytes, unknown: bool
) -> None:
    with serving(lambda connection: connection.sendall(response)) as server:
        failure = caller.failure(server.url)
    assert (failure.kind.code, failure.outcome_unknown) == ("UpstreamBadResponse", unknown)


def test_reads_a_response_of_64_kib(caller: Caller) -> None:
    largest = b"{" + b" " * (65536 - len(RESPONSE_BODY)) + RESPONSE_BODY[1:]
    with serving(send(http_response(body=largest))) as server:
        assert caller.call(server.url).startswith("2C7D")


def test_does_not_follow_a_redirect(caller: Caller) -> None:
    with serving(send(http_response())) as other:
        redirect = http_response("302 Found", b"", f"Location: {other.url}/\r\n")
        with serving(send(redirect)) as server:
            failure = caller.failure(server.url)
    assert (failure.kind.code, failure.kind.retryable) == ("UpstreamBadResponse", False)
    assert not failure.outcome_unknown
    assert other.connections == 0


def test_a_refused_connection_is_unreachable(caller: Caller) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    failure = caller.failure(f"http://127.0.0.1:{port}")
    assert (failure.kind.code, failure.outcome_unknown) == ("UpstreamUnreachable", False)


def test_ignores_the_proxies_and_netrc_of_the_environment(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login mallory password x\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(send(http_response())) as proxy, serving(send(http_response())) as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        caller.call(server.url)
    assert (proxy.connections, server.connections) == (0, 1)
    assert "ACS3-HMAC-SHA256" in server.heads[0]
    assert "Basic" not in server.heads[0]


def stall(_connection: socket.socket) -> bool:
    return _connection.recv(1) != b""


def trickle(data: bytes, at_once: bytes = b"") -> Callable[[socket.socket], object]:
    def slowly(connection: socket.socket) -> None:
        connection.sendall(at_once)
        for at in range(len(data)):
            connection.sendall(data[at : at + 1])
            time.sleep(0.02)  # a real trickle, in real time

    return slowly


def trickle_then_stall(connection: socket.socket) -> None:
    connection.sendall(http_response()[:HEADERS_END])
    for _ in range(5):
        time.sleep(0.1)  # a real trickle, which uses up most of the time
        connection.sendall(b" ")
    stall(connection)


HEADERS_END = http_response().index(b"\r\n\r\n") + 4


@pytest.mark.parametrize(
    "behave",
    (
        stall,
        trickle(http_response()),
        trickle(RESPONSE_BODY, at_once=http_response()[:HEADERS_END]),
    ),
    ids=("no-response", "trickled-headers", "trickled-body"),
)
def test_the_time_left_bounds_the_whole_response(
    caller: Caller, behave: Callable[[socket.socket], object]
) -> None:
    with serving(behave) as server:
        started = time.monotonic()
        failure = caller.failure(server.url, time_left=0.2)
        took = time.monotonic() - started
    assert (failure.kind.code, failure.outcome_unknown) == ("UpstreamTimeout", True)
    # The trickles would take over 1 s; a loaded machine gets some slack.
    assert 0.19 < took < 0.8


def test_reads_no_byte_after_the_deadline() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"x")
        reader = SocketReader(ours, time.monotonic())
        with pytest.raises(TimeoutError):
            reader.readinto(bytearray(1))


@pytest.mark.parametrize("behave", (stall, send(b"nonsense\r\n\r\n")), ids=("late", "invalid"))
def test_closes_the_connection_at_once_if_the_response_is_lost(
    caller: Caller, behave: Callable[[socket.socket], object]
) -> None:
    with serving(behave) as server:
        caller.failure(server.url, time_left=0.5)
        assert server.closed.wait(5)


def test_reads_at_most_1_mib() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        reader, buffer = SocketReader(ours, time.monotonic() + 5), bytearray(4096)
        for _ in range(1024 * 1024 // 4096):
            theirs.sendall(buffer)
            assert reader.readinto(buffer) == 4096
        theirs.sendall(b"x")
        with pytest.raises(HTTPException, match="too long"):
            reader.readinto(buffer)


def test_each_byte_leaves_less_time_for_the_next(caller: Caller) -> None:
    with serving(trickle_then_stall) as server:
        started = time.monotonic()
        failure = caller.failure(server.url, time_left=0.6)
        took = time.monotonic() - started
    assert failure.kind.code == "UpstreamTimeout"
    # 0.5 s of trickle do not start another 0.6 s.
    assert 0.59 < took < 1.0
