"""Every fault, in process and over HTTP: what the client sees, and what was committed."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
import urllib3

from onsmqtt_stub import Fault
from tests.stub.client import START, Client, Clock

CREATED = ["GID_test"]


def last(client: Client) -> tuple[str, bool, int | None]:
    call = client.backend.journal[-1]
    return call.verdict, call.committed, call.status


@pytest.mark.parametrize(("when", "groups"), (("before", []), ("after", CREATED)))
def test_error(client: Client, when: Any, groups: list[str]) -> None:
    headers = {"x-acs-retry-after": "2000"}
    client.backend.set_faults([Fault("error", when=when, code="Throttling.User", headers=headers)])
    response = client.create()
    assert (response.status_code, response.json()["Code"]) == (400, "Throttling.User")
    assert response.json()["Message"] == "Request was denied due to user flow control."
    assert response.headers["x-acs-retry-after"] == "2000"
    assert client.backend.groups() == groups
    assert last(client) == ("Throttling.User", groups == CREATED, 400)
    assert client.backend.journal[-1].reason == f"fault: error {when} the commit"


def test_error_of_any_code_status_and_message(client: Client) -> None:
    client.backend.set_faults([Fault("error", code="Odd.Code", status=599, message="odd")])
    response = client.create()
    assert (response.status_code, response.json()["Code"]) == (599, "Odd.Code")
    assert response.json()["Message"] == "odd"


def test_headers_of_a_fault_replace_those_of_the_response(client: Client) -> None:
    xml = {"content-type": "text/xml"}
    client.backend.set_faults([Fault("error", code="Throttling", status=302, headers=xml)])
    response = client.create()
    assert (response.status_code, response.headers["Content-Type"]) == (302, "text/xml")


def test_commit_then_500(client: Client) -> None:
    client.backend.set_faults([Fault("error", when="after", code="InternalError", times=1)])
    assert client.create().status_code == 500
    assert last(client) == ("InternalError", True, 500)
    assert client.create().json()["Code"] == "GroupIdAlreadyExsited"


@pytest.mark.parametrize(("when", "groups"), (("before", []), ("after", CREATED)))
def test_reset_without_a_response(client: Client, when: Any, groups: list[str]) -> None:
    client.backend.set_faults([Fault("reset", when=when)])
    with pytest.raises(requests.ConnectionError) as caught:
        client.create()
    broken = caught.value.args[0]
    assert isinstance(broken, urllib3.exceptions.ProtocolError)
    assert isinstance(broken.args[1], ConnectionResetError)
    assert client.backend.groups() == groups
    assert last(client) == ("reset" if when == "before" else "accepted", groups == CREATED, None)


def read_all(response: requests.Response) -> None:
    while response.raw.read(64):
        pass


@pytest.mark.parametrize(
    ("fault", "cause"),
    (
        (Fault("reset", when="answer"), ConnectionResetError),
        (Fault("truncated"), urllib3.exceptions.IncompleteRead),
    ),
)
def test_response_that_breaks_off(client: Client, fault: Fault, cause: type[Exception]) -> None:
    client.backend.set_faults([fault])
    with pytest.raises(requests.exceptions.ChunkedEncodingError) as caught:
        client.create()
    assert isinstance(caught.value.args[0], urllib3.exceptions.ProtocolError)
    assert isinstance(caught.value.args[0].args[1], cause)
    assert last(client) == ("accepted", True, 200)
    with client.create("GID_raw", stream=True) as response:
        assert response.status_code == 200
        assert response.raw.read(10).startswith(b'{"')
        with pytest.raises(urllib3.exceptions.ProtocolError) as broken:
            read_all(response)
        assert isinstance(broken.value.args[1], cause)
    whole = client.create("GID_all", stream=True)
    with whole, pytest.raises(urllib3.exceptions.ProtocolError, match="Connection broken"):
        whole.raw.read()


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "body"),
    (
        (Fault("not_json"), 200, "text/html", b"<html>"),
        (Fault("not_json", status=502), 502, "text/html", b"<html>"),
        (Fault("wrong_type"), 200, "application/json;charset=utf-8", b'["'),
        (Fault("empty"), 200, "application/json;charset=utf-8", b""),
        (Fault("empty", status=503, headers={"x-more": "y"}), 503, "application/json", b""),
    ),
)
def test_response_that_is_not_the_apis(
    client: Client, fault: Fault, status: int, content_type: str, body: bytes
) -> None:
    client.backend.set_faults([fault])
    response = client.create()
    assert response.status_code == status
    assert response.headers["Content-Type"].startswith(content_type)
    assert response.content.startswith(body)
    assert bool(response.content) == bool(body)
    assert response.headers.get("x-more") == fault.headers.get("x-more")
    assert last(client) == ("accepted", True, status)


def test_oversized_response_is_still_the_apis(client: Client) -> None:
    client.backend.set_faults([Fault("oversized", size=300_000)])
    response = client.create()
    assert len(response.content) == 300_000
    assert json.loads(response.content)["RequestId"] == client.backend.journal[-1].request_id


@pytest.mark.parametrize(("when", "groups"), (("before", []), ("after", CREATED)))
def test_redirect(client: Client, when: Any, groups: list[str]) -> None:
    client.backend.set_faults(
        [Fault("redirect", when=when, status=307, location="https://elsewhere.invalid/x")]
    )
    response = client.create()
    assert (response.status_code, response.content) == (307, b"")
    assert response.headers["Location"] == "https://elsewhere.invalid/x"
    assert client.backend.groups() == groups
    assert last(client)[1:] == (groups == CREATED, 307)


@pytest.mark.parametrize("part", ("head", "body"))
def test_trickle_within_the_timeout(client: Client, clock: Clock, part: Any) -> None:
    client.backend.set_faults([Fault("trickle", part=part, delay=0.5)])
    response = client.create(timeout=1)
    assert list(response.json()) == ["RequestId"]
    assert set(clock.slept) == {0.5}
    if part == "body":
        assert len(clock.slept) == len(response.content)
    else:
        assert len(clock.slept) > len("HTTP/1.1 200 OK")


@pytest.mark.parametrize("when", ("before", "after"))
def test_delay_within_the_timeout(client: Client, clock: Clock, when: Any) -> None:
    client.backend.set_faults([Fault("delay", when=when, delay=2)])
    assert client.create(timeout=3).status_code == 200
    assert clock.slept == [2]
    assert client.backend.journal[-1].at == START + (2 if when == "before" else 0)


def test_a_fault_never_hides_a_wrong_signature(client: Client) -> None:
    client.backend.set_faults([Fault("error", code="Throttling")])
    assert client.create(secret="wrong").json()["Code"] == "SignatureDoesNotMatch"
    client.backend.set_faults([Fault("not_json")])
    assert client.create(secret="wrong").json()["Code"] == "SignatureDoesNotMatch"
