"""Each fault at each place of a batch: every event once, in order, before any is retried.

What comes out of the event that meets the fault is what tests/function/test_fault_matrix.py expects
of it alone; the others are created, but where the fault is the invocation's.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import Any

import pytest

from create_group_id.errors import ProvisioningFailed
from tests.function.test_fault_matrix import KINDS, Kind, expected, label, quiet
from tests.world import World, a_context

__all__ = ["quiet"]  # a fixture

SIZE = 3
NAMES = [f"GID_tenant{n}" for n in range(SIZE)]
ENDS_INVOCATION = "CredentialsRejected"
SUCCESSES = ("Created", "Recovered", "AlreadyExists")


def outcomes(world: World, batch: list[dict[str, str]]) -> dict[int, str]:
    """Invoke with a batch; return what the answer says of each event it speaks of."""
    try:
        answer: Any = world.handle(batch, a_context(timeout=60))
    except ProvisioningFailed as failure:
        answer = json.loads(str(failure))
        assert answer["Omitted"] == 0
    return {result["Index"]: label(result) for result in answer["Results"]}


def spoken_of(wanted: dict[int, str]) -> dict[int, str]:
    """Leave the failures where there is one: only they are raised."""
    failed = {n: outcome for n, outcome in wanted.items() if outcome not in SUCCESSES}
    return failed or wanted


@pytest.mark.parametrize("on_existing", ("Fail", "Succeed"))
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_fault_at_each_place(quiet: World, kind: Kind, on_existing: str) -> None:
    for place in range(SIZE):
        quiet.backend.reset()
        quiet.clock.now += 60  # the pace has recovered
        quiet.backend.set_faults([replace(kind.fault, group_id=NAMES[place])])
        outcome, attempts = expected((kind,), on_existing, existed=False)
        wanted = dict.fromkeys(range(SIZE), "Created") | {place: outcome}
        if outcome == ENDS_INVOCATION:
            wanted |= dict.fromkeys(range(place, SIZE), ENDS_INVOCATION)
        batch = [{"GroupId": name, "OnExisting": on_existing} for name in NAMES]
        assert outcomes(quiet, batch) == spoken_of(wanted), (kind.name, place)
        tried = place + 1 if outcome == ENDS_INVOCATION else SIZE
        refused = kind.fault.effect == "refuse"
        assert quiet.calls == tried + attempts - 1 - refused, (kind.name, place)
        if not refused:
            called_for = [call.group_id for call in quiet.backend.journal]
            assert called_for[:tried] == NAMES[:tried]


@pytest.mark.exhaustive
def test_two_faults_at_two_places(quiet: World) -> None:
    for first, second in itertools.product(KINDS, repeat=2):
        quiet.backend.reset()
        quiet.clock.now += 60
        kinds = dict(zip(NAMES, (first, second), strict=False))
        quiet.backend.set_faults([replace(k.fault, group_id=g) for g, k in kinds.items()])
        single = [expected((kind,), "Succeed", existed=False)[0] for kind in (first, second)]
        if ENDS_INVOCATION in single:
            continue  # who is tried again before the invocation ends is another test's
        batch = [{"GroupId": name, "OnExisting": "Succeed"} for name in NAMES]
        wanted = dict(enumerate((*single, "Created")))
        assert outcomes(quiet, batch) == spoken_of(wanted), (first.name, second.name)
