"""The stub as a response of a `responses` mock that a test manages itself."""

from __future__ import annotations

import pytest
import requests
import responses

from onsmqtt_stub import Backend, Fault
from onsmqtt_stub.responses import OnsMqtt
from tests.stub.client import HOST, Client


def create(backend: Backend, group_id: str = "GID_test", url: str = f"https://{HOST}") -> int:
    return Client(backend, url).create(group_id).status_code


def test_it_works_beside_other_responses() -> None:
    service = OnsMqtt()
    with responses.RequestsMock() as mocked:
        mocked.add(service)
        mocked.get("https://tenants.example/", json={"tenant": "acme"})
        assert create(service.backend) == 200
        assert create(service.backend) == 400
        assert requests.get("https://tenants.example/", timeout=5).json() == {"tenant": "acme"}
        assert mocked.assert_call_count("https://tenants.example/", 1)
        assert service.call_count == 2
    assert service.backend.groups() == ["GID_test"]


def test_other_calls_are_refused_by_the_mock() -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        mocked.add(OnsMqtt())
        with pytest.raises(requests.ConnectionError, match="is not an endpoint of OnsMqtt"):
            requests.get("https://tenants.example/", timeout=5)


def test_unused_response_is_reported() -> None:
    with pytest.raises(AssertionError), responses.RequestsMock() as mocked:
        mocked.add(OnsMqtt())


def test_backend_and_endpoint_are_arguments() -> None:
    backend = Backend()
    with responses.RequestsMock() as mocked:
        mocked.add(OnsMqtt(backend, endpoint="https://mqtt.example"))
        assert create(backend, url="https://mqtt.example") == 200
    assert backend.groups() == ["GID_test"]


@pytest.mark.parametrize(
    ("fault", "raised"),
    (
        (Fault("refuse"), requests.ConnectionError),
        (Fault("reset", when="after"), requests.ConnectionError),
        (Fault("delay", delay=99), requests.ReadTimeout),
    ),
)
def test_faults_raise_the_errors_of_requests(
    fault: Fault, raised: type[requests.RequestException]
) -> None:
    service = OnsMqtt(Backend(sleep=lambda _seconds: None))
    service.backend.set_faults([fault])
    with responses.RequestsMock() as mocked:
        mocked.add(service)
        with pytest.raises(raised):
            create(service.backend)
