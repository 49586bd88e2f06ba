"""The control paths: programs on this machine can use them, web pages cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from onsmqtt_stub import Fault
from onsmqtt_stub._control import Control
from onsmqtt_stub._rpc import RpcRequest

if TYPE_CHECKING:
    import requests

    from tests.stub.client import Client

JSON = {"Content-Type": "application/json"}


def post(client: Client, path: str, headers: dict[str, str], body: str = "[]") -> requests.Response:
    return client.session.post(f"{client.base}/_stub/{path}", body, headers=headers, timeout=5)


# What a form, a script without CORS, or fetch in the mode no-cors can send.
@pytest.mark.parametrize(
    "media_type",
    (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
        "application/json5",
    ),
)
@pytest.mark.parametrize("path", ("faults", "reset"))
def test_post_must_be_json(on_the_wire: Client, path: str, media_type: str) -> None:
    assert on_the_wire.create().status_code == 200
    response = post(on_the_wire, path, {"Content-Type": media_type})
    assert (response.status_code, list(response.json())) == (415, ["error"])
    assert on_the_wire.backend.groups() == ["GID_test"]


@pytest.mark.parametrize("media_type", ("application/json", "Application/JSON; charset=utf-8"))
def test_content_type_in_any_spelling(on_the_wire: Client, media_type: str) -> None:
    assert post(on_the_wire, "faults", {"Content-Type": media_type}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example", ""),
)
def test_host_of_a_web_site_is_refused(on_the_wire: Client, host: str) -> None:
    for method, path in (("POST", "reset"), ("POST", "faults"), ("GET", "state")):
        response = on_the_wire.session.request(
            method, f"{on_the_wire.base}/_stub/{path}", headers={**JSON, "Host": host}, timeout=5
        )
        assert response.status_code == 403


@pytest.mark.parametrize(
    "host", ("127.0.0.1", "127.0.0.1:80", "localhost:80", "[::1]:80", "LOCALHOST")
)
def test_loopback_host_is_accepted(on_the_wire: Client, host: str) -> None:
    assert post(on_the_wire, "reset", {**JSON, "Host": host}).status_code == 200


def test_api_accepts_any_host(on_the_wire: Client) -> None:
    assert on_the_wire.create(host="evil.example").status_code == 200


def test_unchanged_state_is_not_sent_again(on_the_wire: Client) -> None:
    url = f"{on_the_wire.base}/_stub/state"
    first = on_the_wire.session.get(url, timeout=5)
    known = {"If-None-Match": first.headers["ETag"]}
    same = on_the_wire.session.get(url, headers=known, timeout=5)
    assert (same.status_code, same.content) == (304, b"")
    on_the_wire.create()
    changed = on_the_wire.session.get(url, headers=known, timeout=5)
    assert changed.status_code == 200
    assert changed.json()["instances"][0]["Groups"]


def state(control: Control) -> Any:
    return control.handle(RpcRequest("GET", "/_stub/state", "", {"host": "localhost"})).body


def test_state_is_rendered_once_per_revision(client: Client) -> None:
    backend = client.backend
    control = Control(backend)
    assert state(control) is state(control)
    changes: tuple[Any, ...] = (
        client.create,
        lambda: client.create(secret="wrong"),
        lambda: backend.add_group("GID_by_hand"),
        lambda: backend.add_instance("mqtt-more"),
        lambda: backend.deny("CreateGroupId"),
        lambda: backend.set_faults([Fault("empty")]),
        lambda: client.v3("ListGroupId", InstanceId="mqtt-cn-0pp1ldu0001"),
        backend.reset,
    )
    for change in changes:
        before = state(control)
        change()
        assert state(control) != before
        assert state(control) is state(control)
