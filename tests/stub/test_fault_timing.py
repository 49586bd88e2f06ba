"""Delays, stalls and refused connections: a fake clock in process, real time over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
import urllib3

from onsmqtt_stub import Backend, Fault
from onsmqtt_stub.server import running
from tests.stub.client import INSTANCE, Client, Clock, Gate, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

CREATED = ["GID_test"]
# Long enough for the head of a response on a busy machine.
READ_TIMEOUT = 0.3


class TestInProcess:
    """The client's timeouts, with a fake clock."""

    @pytest.mark.parametrize(
        "timeout",
        (3, (9, 3), urllib3.Timeout(connect=9, read=3), urllib3.Timeout(total=3)),
        ids=("number", "pair", "Timeout", "total"),
    )
    @pytest.mark.parametrize("when", ("before", "after"))
    def test_delay_beyond_the_timeout(
        self, in_process: Client, clock: Clock, when: Any, timeout: Any
    ) -> None:
        in_process.backend.set_faults([Fault("delay", when=when, delay=30)])
        with pytest.raises(requests.ReadTimeout) as caught:
            in_process.create(timeout=timeout)
        assert isinstance(caught.value.args[0], urllib3.exceptions.ReadTimeoutError)
        assert clock.slept == [pytest.approx(3, abs=0.01)]
        assert in_process.backend.groups() == CREATED

    def test_client_without_a_timeout_waits(self, in_process: Client, clock: Clock) -> None:
        in_process.backend.set_faults([Fault("delay", delay=3600)])
        assert in_process.create(timeout=None).status_code == 200
        assert clock.slept == [3600]

    def test_refused(self, in_process: Client, clock: Clock) -> None:
        in_process.backend.set_faults([Fault("refuse")])
        with pytest.raises(requests.ConnectionError) as caught:
            in_process.create()
        assert not isinstance(caught.value, requests.ConnectTimeout)
        reason = caught.value.args[0].reason
        assert isinstance(reason, urllib3.exceptions.NewConnectionError)
        assert (in_process.backend.groups(), in_process.backend.journal) == ([], ())
        in_process.backend.set_faults([Fault("refuse", delay=30)])
        with pytest.raises(requests.ConnectTimeout) as late:
            in_process.create(timeout=(4, 9))
        assert isinstance(late.value.args[0].reason, urllib3.exceptions.ConnectTimeoutError)
        assert clock.slept == [0, 4]
        assert in_process.backend.journal == ()

    def test_trickle_beyond_the_timeout(self, in_process: Client) -> None:
        in_process.backend.set_faults([Fault("trickle", delay=2)])
        with pytest.raises(requests.ConnectionError) as caught:
            in_process.create(timeout=1)
        assert isinstance(caught.value.args[0], urllib3.exceptions.ReadTimeoutError)
        with in_process.create("GID_raw", timeout=1, stream=True) as response:
            assert response.status_code == 200
            with pytest.raises(urllib3.exceptions.ReadTimeoutError):
                response.raw.read(16)
        in_process.backend.set_faults([Fault("trickle", delay=2, part="head")])
        with pytest.raises(requests.ReadTimeout):
            in_process.create(timeout=1)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open()


@pytest.fixture
def stalling(clock: Clock, gate: Gate) -> Iterator[Client]:
    backend = Backend(clock=clock, sleep=gate.sleep)
    with running(backend) as url, requests.Session() as session:
        yield Client(backend, url, session)
        gate.open()


class TestOnTheWire:
    """Real delays, which last until the test ends them."""

    def test_delay_before_the_commit_is_not_cancelled(self, stalling: Client, gate: Gate) -> None:
        stalling.backend.set_faults([Fault("delay", delay=1)])
        with pytest.raises(requests.ReadTimeout):
            stalling.create(timeout=0.05)
        assert stalling.backend.groups() == []
        gate.open()
        eventually(lambda: stalling.backend.groups() == CREATED)

    def test_delay_after_the_commit(self, stalling: Client) -> None:
        stalling.backend.set_faults([Fault("delay", when="after", delay=1)])
        with pytest.raises(requests.ReadTimeout):
            stalling.create(timeout=0.05)
        eventually(lambda: stalling.backend.groups() == CREATED)

    def test_trickle(self, stalling: Client) -> None:
        stalling.backend.set_faults([Fault("trickle", delay=1)])
        with pytest.raises(requests.ConnectionError) as caught:
            stalling.create(timeout=READ_TIMEOUT)
        assert isinstance(caught.value.args[0], urllib3.exceptions.ReadTimeoutError)
        response = stalling.create("GID_raw", timeout=READ_TIMEOUT, stream=True)
        with response, pytest.raises(urllib3.exceptions.ReadTimeoutError):
            response.raw.read(16)
        stalling.backend.set_faults([Fault("trickle", delay=1, part="head")])
        with pytest.raises(requests.ReadTimeout):
            stalling.create(timeout=READ_TIMEOUT)

    def test_refused_connection_is_a_reset_without_a_call(self, on_the_wire: Client) -> None:
        """A server cannot refuse a connection because of its request, so it resets it."""
        on_the_wire.backend.set_faults([Fault("refuse")])
        with pytest.raises(requests.ConnectionError) as caught:
            on_the_wire.create()
        assert isinstance(caught.value.args[0], urllib3.exceptions.ProtocolError)
        assert (on_the_wire.backend.groups(), on_the_wire.backend.journal) == ([], ())

    def test_the_next_call_has_a_new_connection(self, on_the_wire: Client) -> None:
        on_the_wire.backend.set_faults([Fault("reset", when="answer", times=1)])
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            on_the_wire.create()
        assert on_the_wire.v3("ListGroupId", InstanceId=INSTANCE).status_code == 200
