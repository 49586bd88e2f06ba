"""A sample of the fault matrix over the wire: real resets, real stalls, real time."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from create_group_id import client as client_module
from create_group_id.handler import Handler
from create_group_id.provisioning import Provisioner
from onsmqtt_stub import INSTANCE_ID, Backend, Fault
from onsmqtt_stub.server import running
from tests.function.test_fault_matrix import KINDS, TLS, Kind, expected, label
from tests.world import RecordingClient, a_context, an_http_event

if TYPE_CHECKING:
    from collections.abc import Iterator

# A server cannot refuse the connection of one call and serve the next.
STALL = 2.4  # seconds; an attempt gets half of them, which is enough on a busy machine
ON_THE_WIRE = tuple(
    # A server goes on after a timeout: it commits after its delay, which is after the retry.
    replace(kind, commits=False) if kind.fault.effect == "delay" and kind.fault.when == "before"
    else kind
    for kind in KINDS
    if kind.fault.effect != "refuse"
)  # fmt: skip
TRICKLE = Kind(Fault("trickle", delay=0.05, part="head", times=1), "UpstreamTimeout", True, True)
LOST = next(kind for kind in KINDS if kind.fault.effect == "reset" and kind.fault.when == "after")


@pytest.fixture(scope="module")
def backend() -> Iterator[tuple[Backend, str]]:
    backend = Backend()
    with running(backend) as url:
        yield backend, url


def shortened(kind: Kind) -> Fault:
    """Return a fault that stalls for longer than an attempt may take, but not for 30 s."""
    return replace(kind.fault, delay=STALL) if kind.fault.effect == "delay" else kind.fault


@pytest.mark.parametrize("on_existing", ("Fail", "Succeed"))
@pytest.mark.parametrize(
    "faults",
    ((), (TRICKLE,), *((kind,) for kind in ON_THE_WIRE), *((LOST, kind) for kind in ON_THE_WIRE)),
    ids=lambda faults: "+".join(kind.name for kind in faults) or "none",
)
def test_the_result_of_a_fault_over_the_wire(
    backend: tuple[Backend, str],
    faults: tuple[Kind, ...],
    on_existing: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stub, url = backend
    stub.reset()
    stub.set_faults([shortened(kind) for kind in faults])
    monkeypatch.setattr(client_module, "ATTEMPT_TIMEOUT", STALL / 2)
    client = RecordingClient(
        clock=time.monotonic, wall_clock=time.time, nonce=lambda: uuid4().hex, context=TLS
    )
    provisioner = Provisioner(client, clock=time.monotonic, sleep=time.sleep, jitter=lambda: 0.0)
    environ = {
        "ONSMQTT_INSTANCE_ID": INSTANCE_ID,
        "ONSMQTT_ENDPOINT": url,
        "ONSMQTT_MAX_QPS": "10000",
    }
    handler = Handler(provisioner, environ=environ, clock=time.monotonic)
    # A stalled call of an earlier case may still end.
    group = f"GID_{uuid4().hex}"
    request = {"GroupId": group, "OnExisting": on_existing}
    event = json.dumps(an_http_event(request)).encode()
    answer: Any = handler.handle(event, a_context(timeout=10))
    outcome, attempts = expected(faults, on_existing, existed=False)
    assert label(json.loads(answer["body"])) == outcome
    assert len(client.starts) == attempts
