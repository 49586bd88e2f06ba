"""The server: its control paths and its connections."""

from __future__ import annotations

import http.client
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from onsmqtt_stub import Backend
from onsmqtt_stub.server import running
from tests.stub.client import HOST, INSTANCE, Client

ROOT = Path(__file__).parents[2]


def test_reset_faults_and_state(on_the_wire: Client) -> None:
    client, session = on_the_wire, on_the_wire.session
    rules = [{"effect": "error", "code": "Throttling", "times": 1}]
    response = session.post(f"{client.base}/_stub/faults", json=rules, timeout=5)
    assert response.status_code == 200
    assert client.create().json()["Code"] == "Throttling"
    assert client.create(**{"Tag.1.Key": "k"}).status_code == 200
    state = session.get(f"{client.base}/_stub/state", timeout=5).json()
    (instance,) = state["instances"]
    assert instance["InstanceId"] == INSTANCE
    assert [(group["GroupId"], group["Tags"]) for group in instance["Groups"]] == [
        ("GID_test", {"k": ""})
    ]
    assert [call["verdict"] for call in state["calls"]] == ["Throttling", "accepted"]
    assert [(rule["effect"], rule["acted"]) for rule in state["faults"]] == [("error", 1)]
    assert state["quotas"]["nonces"] == 2
    assert session.post(f"{client.base}/_stub/reset", json={}, timeout=5).status_code == 200
    state = session.get(f"{client.base}/_stub/state", timeout=5).json()
    assert (state["calls"], state["faults"], state["instances"][0]["Groups"]) == ([], [], [])


def test_rule_that_cannot_act_keeps_the_old_rules(on_the_wire: Client) -> None:
    on_the_wire.session.post(
        f"{on_the_wire.base}/_stub/faults", json=[{"effect": "empty"}], timeout=5
    )
    bad = [{"effect": "reset"}, {"effect": "delay"}]
    response = on_the_wire.session.post(f"{on_the_wire.base}/_stub/faults", json=bad, timeout=5)
    assert response.status_code == 400
    assert response.json() == {
        "error": "faults[1].delay: must be above 0 seconds, and at most 86,400"
    }
    assert on_the_wire.create().content == b""


@pytest.mark.parametrize(
    ("method", "path", "status"),
    (("GET", "reset", 405), ("GET", "faults", 405), ("POST", "state", 405), ("GET", "x", 404)),
)
def test_control_paths_and_methods(
    on_the_wire: Client, method: str, path: str, status: int
) -> None:
    response = on_the_wire.session.request(method, f"{on_the_wire.base}/_stub/{path}", timeout=5)
    assert (response.status_code, list(response.json())) == (status, ["error"])
    assert on_the_wire.backend.journal == ()


def test_connection_is_kept(on_the_wire: Client) -> None:
    host = on_the_wire.base.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=5)
    connection.connect()
    port = connection.sock.getsockname()[1]
    for _ in range(3):
        connection.request("POST", "/")
        assert connection.getresponse().read().startswith(b"<?xml")
        assert connection.sock.getsockname()[1] == port
    connection.close()


def test_kept_connection_ends_with_the_server() -> None:
    with running() as url:
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=5)
        connection.request("POST", "/")
        connection.getresponse().read()
    assert connection.sock.recv(1) == b""
    connection.close()


def test_response_to_head_has_no_body(client: Client) -> None:
    response = client.send("HEAD", "/", "", {"host": HOST})
    assert (response.status_code, response.content) == (403, b"")
    assert client.create().status_code == 200


def test_any_host_can_be_called(on_the_wire: Client) -> None:
    host = on_the_wire.base.removeprefix("http://")
    response = on_the_wire.create(host=host)
    assert response.status_code == 200
    assert on_the_wire.create(host=host).json()["HostId"] == host


def test_two_servers_share_nothing() -> None:
    one, two = Backend(), Backend()
    with running(one) as first, running(two) as second, requests.Session() as session:
        assert Client(one, first, session).create().status_code == 200
        assert Client(two, second, session).create().status_code == 200


def test_one_of_many_concurrent_calls_creates_the_group(on_the_wire: Client) -> None:
    def create(number: int) -> int:
        with requests.Session() as session:
            client = Client(on_the_wire.backend, on_the_wire.base, session)
            return sum(client.create(f"GID_{n:03}").status_code == 200 for n in range(number, 30))

    with ThreadPoolExecutor(8) as pool:
        created = sum(pool.map(create, [0] * 8))
    assert created == 30
    assert len(on_the_wire.backend.groups()) == 30
    assert len(on_the_wire.backend.journal) == 8 * 30
