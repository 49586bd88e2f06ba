"""A mounted `Retry` works in process as it does over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from shop import REGIONAL, sign_up, url_of
from urllib3.util import Retry

from onsmqtt_stub import Backend, Fault, mock_onsmqtt
from onsmqtt_stub.server import running


def session_with(retry: Retry) -> requests.Session:
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry))
    return session


@pytest.fixture(params=("in process", "at a port"))
def place(request: pytest.FixtureRequest) -> Any:
    backend = Backend()
    if request.param == "in process":
        with mock_onsmqtt(backend):
            yield backend, REGIONAL
    else:
        with running(backend) as url:
            yield backend, url


def test_status(place: Any) -> None:
    backend, base = place
    backend.set_faults([Fault("error", code="ServiceUnavailable", status=503, times=2)])
    retry = Retry(2, status_forcelist=[503], allowed_methods=None)
    # The nonce is used up by the first attempt: a signed request is not to be sent again as it is.
    with session_with(retry) as session:
        response = session.post(url_of("GID_one", base), timeout=5)
    assert (response.status_code, response.json()["Code"]) == (400, "SignatureNonceUsed")
    assert [call.verdict for call in backend.journal] == [
        "ServiceUnavailable",
        "SignatureNonceUsed",
    ]


def test_status_that_does_not_change(place: Any) -> None:
    backend, base = place
    backend.set_faults([Fault("error", code="Odd", status=503)])
    retry = Retry(0, status=0, status_forcelist=[503], allowed_methods=None)
    with session_with(retry) as session, pytest.raises(requests.exceptions.RetryError):
        sign_up("GID_one", base, session)


def test_lost_connection(place: Any) -> None:
    backend, base = place
    backend.set_faults([Fault("reset", times=1)])
    with session_with(Retry(1, allowed_methods=None)) as session:
        assert session.post(url_of("GID_one", base), timeout=5).status_code == 400
    assert [call.verdict for call in backend.journal] == ["reset", "SignatureNonceUsed"]


@mock_onsmqtt
def test_refused_connection() -> None:
    backend = Backend()
    backend.set_faults([Fault("refuse", times=2)])
    with mock_onsmqtt(backend):
        with session_with(Retry(connect=2, read=0)) as session:
            assert sign_up("GID_one", session=session) == 200
        backend.set_faults([Fault("refuse")])
        with (
            session_with(Retry(connect=2, read=0)) as session,
            pytest.raises(requests.ConnectionError, match="Max retries exceeded"),
        ):
            sign_up("GID_two", session=session)
        assert backend.faults.acted == [3]
    assert backend.groups() == ["GID_one"]


@mock_onsmqtt
def test_subclassed_adapter_is_used() -> None:
    class Noting(HTTPAdapter):
        def add_headers(self, request: Any, **_: Any) -> None:
            request.headers["x-noted"] = "yes"

        def build_response(self, request: Any, response: Any) -> Any:
            built: Any = super().build_response(request, response)
            built.noted = request.headers["x-noted"]
            return built

    with requests.Session() as session:
        session.mount(REGIONAL, Noting())
        assert session.post(url_of("GID_one"), timeout=5).noted == "yes"  # type: ignore[attr-defined]  # set above
