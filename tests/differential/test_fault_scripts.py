"""A script of faults has one result, with the stub in process and over real sockets.

Two faults are not compared, because a server cannot do what they do in process: it accepts a
connection before it can refuse a call, and it commits a delayed call after its client has gone.
"""

from __future__ import annotations

import json
import random
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from create_group_id.errors import ProvisioningFailed
from create_group_id.handler import Handler
from create_group_id.provisioning import Provisioner
from onsmqtt_stub import INSTANCE_ID, Backend, Fault
from onsmqtt_stub.server import running
from tests.function.test_fault_matrix import KINDS
from tests.world import RecordingClient, World, a_context, an_http_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Handle = Callable[[bytes, Any], object]

COUNTS = (pytest.param(20, id="some"), pytest.param(600, id="all", marks=pytest.mark.corpora))
FAULTS = (
    *(kind.fault for kind in KINDS if kind.fault.effect not in ("refuse", "delay")),
    Fault("error", code="Throttling.User", headers={"x-acs-retry-after": "1500"}, times=1),
    Fault("error", code="Never.Known", status=418, times=1),
    Fault("error", code="ServiceUnavailable", status=503, times=2),
    Fault("error", code="NoPermission", status=403, times=1),
    Fault("error", code="GroupIdAlreadyExsited", status=400, times=1),
)
ENVIRON = {"ONSMQTT_INSTANCE_ID": INSTANCE_ID, "ONSMQTT_MAX_QPS": "10000", "LOG_LEVEL": "CRITICAL"}


class HurriedClock:
    """Real time plus the seconds of all sleeps, which return at once."""

    def __init__(self) -> None:
        self._slept = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self._slept

    def wall(self) -> float:
        return time.time() + self._slept

    def sleep(self, seconds: float) -> None:
        self._slept += seconds


@contextmanager
def in_process() -> Iterator[tuple[Backend, Handle]]:
    with World(dict(ENVIRON), jitter=0.5) as world:
        yield world.backend, world.handler.handle


@contextmanager
def on_the_wire() -> Iterator[tuple[Backend, Handle]]:
    clock = HurriedClock()
    backend = Backend(clock=clock.wall, sleep=clock.sleep)
    with running(backend) as url:
        client = RecordingClient(clock=clock, wall_clock=clock.wall, nonce=lambda: uuid4().hex)
        provisioner = Provisioner(client, clock=clock, sleep=clock.sleep, jitter=lambda: 0.5)
        environ = ENVIRON | {"ONSMQTT_ENDPOINT": url}
        yield backend, Handler(provisioner, environ=environ, clock=clock).handle


def scripts(count: int) -> Iterator[tuple[list[Fault], object, bool]]:
    """Yield faults, an event, and whether its first group exists already."""
    dice = random.Random(7)
    for number in range(count):
        faults = [dice.choice(FAULTS) for _ in range(dice.randrange(1, 6))]
        options = {"OnExisting": dice.choice(("Fail", "Succeed"))}
        requests = [{"GroupId": f"GID_{place}-{number}"} | options for place in range(3)]
        if dice.random() < 0.3:  # some faults wait for the second event's group
            faults = [replace(fault, group_id=requests[1]["GroupId"]) for fault in faults]
        event = dice.choice((an_http_event(requests[0]), requests[0], requests))
        yield faults, event, dice.random() < 0.3


def result(
    backend: Backend, handle: Handle, faults: Sequence[Fault], event: Any, *, existed: bool
) -> tuple[Any, ...]:
    """Return the envelope without the IDs of its calls, the calls, and the groups."""
    backend.reset()
    requests = event if isinstance(event, list) else [event]
    first = requests[0].get("GroupId") or json.loads(requests[0]["body"])["GroupId"]
    if existed:
        backend.add_group(first)
    backend.set_faults(faults)
    try:
        response: Any = handle(json.dumps(event).encode(), a_context(timeout=600))
        text = response["body"] if "statusCode" in response else json.dumps(response)
    except ProvisioningFailed as failure:
        text = str(failure)
    envelope = json.loads(text)
    for part in (envelope, *envelope.get("Results", ())):
        assert part.pop("RequestId", None) in (None, *(call.request_id for call in backend.journal))
    calls = [(call.group_id, call.verdict, call.committed) for call in backend.journal]
    return envelope, calls, backend.groups()


@pytest.mark.parametrize("count", COUNTS)
def test_a_fault_script_has_one_result_in_process_and_on_the_wire(count: int) -> None:
    codes = set()
    with in_process() as (stub, handle), on_the_wire() as (server_stub, server_handle):
        for faults, event, existed in scripts(count):
            fates = [
                result(backend, invoke, faults, event, existed=existed)
                for backend, invoke in ((stub, handle), (server_stub, server_handle))
            ]
            assert fates[0] == fates[1], ([fault.effect for fault in faults], event)
            results = fates[0][0].get("Results", [fates[0][0]])
            codes |= {r["Data"]["Outcome"] if r["Success"] else r["Error"]["Code"] for r in results}
    assert "Created" in codes
    assert len(codes) > 5
