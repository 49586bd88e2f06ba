"""Quotas count in the clock's seconds, and only where they are set."""

from __future__ import annotations

from onsmqtt_stub import Backend, Settings, mock_onsmqtt
from tests.stub.client import HOST, INSTANCE, Client, Clock


def make(clock: Clock, settings: Settings) -> Client:
    return Client(Backend(clock=clock, settings=settings), f"https://{HOST}")


def test_off_unless_set(in_process: Client) -> None:
    statuses = {in_process.create(f"GID_{n:03}").status_code for n in range(30)}
    assert statuses == {200}


def test_ten_calls_a_second_an_account_and_action(clock: Clock) -> None:
    client = make(clock, Settings(calls_per_second=10))
    with mock_onsmqtt(client.backend):
        responses = [client.create(f"GID_{n:03}") for n in range(11)]
        assert [response.status_code for response in responses] == [200] * 10 + [400]
        assert responses[-1].json()["Code"] == "Throttling.User"
        assert responses[-1].json()["Message"] == "Request was denied due to user flow control."
        assert client.v3("ListGroupId", InstanceId=INSTANCE).status_code == 200
        clock.now += 1
        assert client.create("GID_new").status_code == 200
    assert len(client.backend.groups()) == 11


def test_throttling_answers_as_set(clock: Clock) -> None:
    settings = Settings(calls_per_second=1, throttling_code="Throttling", throttling_status=429)
    client = make(clock, settings)
    with mock_onsmqtt(client.backend):
        client.create("GID_one")
        response = client.create("GID_two")
    assert (response.status_code, response.json()["Code"]) == (429, "Throttling")


def test_an_ip_beyond_its_quota_is_blocked_for_good(clock: Clock) -> None:
    client = make(clock, Settings(ip_calls_per_second=3))
    with mock_onsmqtt(client.backend):
        codes = [client.create(f"GID_{n:03}").status_code for n in range(4)]
        assert codes == [200, 200, 200, 403]
        clock.now += 3600
        assert client.create("GID_new").json()["Code"] == "Forbidden"
        client.backend.reset()
        assert client.create("GID_new").status_code == 200
