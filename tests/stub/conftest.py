"""Most tests of the stub run twice: in process, and over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from onsmqtt_stub import Backend, mock_onsmqtt
from onsmqtt_stub.server import running
from tests.stub.client import HOST, Client, Clock

if TYPE_CHECKING:
    from collections.abc import Iterator


# A separate project, which test_installed.py and `make stub-dist` run.
collect_ignore = ["user_suite"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def backend(clock: Clock) -> Backend:
    return Backend(clock=clock, sleep=clock.sleep)


@pytest.fixture
def in_process(backend: Backend) -> Iterator[Client]:
    with mock_onsmqtt(backend):
        client = Client(backend, f"https://{HOST}")
        with client.session:
            yield client


@pytest.fixture
def on_the_wire(backend: Backend) -> Iterator[Client]:
    with running(backend) as url:
        client = Client(backend, url)
        with client.session:
            yield client


@pytest.fixture(params=["in_process", "on_the_wire"])
def client(request: pytest.FixtureRequest) -> Client:
    value = request.getfixturevalue(request.param)
    assert isinstance(value, Client)
    return value
