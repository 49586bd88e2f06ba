"""Quotas count per second of the clock, and only if they are set."""

from __future__ import annotations

from onsmqtt_stub import Backend, Settings, mock_onsmqtt
from tests.stub.client import HOST, INSTANCE, Client, Clock


def make(clock: Clock, settings: Settings) -> Client:
    return Client(Backend(clock=clock, settings=settings), f"https://{HOST}")


def test_quotas_are_off_by_default(in_process: Client) -> None:
    statuses = {in_process.create(f"GID_{n:03}").status_code for n in range(30)}
    assert statuses == {200}


def test_ten_calls_per_second_of_an_account_and_action(clock: Clock) -> None:
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


def test_throttling_code_and_status_are_settings(clock: Clock) -> None:
    settings = Settings(calls_per_second=1, throttling_code="Throttling", throttling_status=429)
    client = make(clock, settings)
    with mock_onsmqtt(client.backend):
        client.create("GID_one")
        response = client.create("GID_two")
    assert (response.status_code, response.json()["Code"]) == (429, "Throttling")


def test_ip_above_its_quota_stays_blocked(clock: Clock) -> None:
    client = make(clock, Settings(ip_calls_per_second=3))
    with mock_onsmqtt(client.backend):
        codes = [client.create(f"GID_{n:03}").status_code for n in range(4)]
        assert codes == [200, 200, 200, 403]
        clock.now += 3600
        assert client.create("GID_new").json()["Code"] == "Forbidden"
        client.backend.reset()
        assert client.create("GID_new").status_code == 200
