"""Each fault at each place of a batch: every event is tried once, in order, before any retry.

The event that meets the fault ends as tests/function/test_fault_matrix.py expects of it alone. The
others are created, unless the fault ends the invocation.
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
    """Invoke on a batch; return the results in its envelope, by their index."""
    try:
        envelope: Any = world.handle(batch, a_context(timeout=60))
    except ProvisioningFailed as failure:
        envelope = json.loads(str(failure))
        assert envelope["Omitted"] == 0
    return {result["Index"]: label(result) for result in envelope["Results"]}


def reported(expected_results: dict[int, str]) -> dict[int, str]:
    """Return only the failures if there is one, as the exception does."""
    failed = {n: outcome for n, outcome in expected_results.items() if outcome not in SUCCESSES}
    return failed or expected_results


@pytest.mark.parametrize("on_existing", ("Fail", "Succeed"))
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_one_fault_at_each_place_of_a_batch(quiet: World, kind: Kind, on_existing: str) -> None:
    for place in range(SIZE):
        quiet.backend.reset()
        quiet.clock.now += 60  # until the pace has recovered
        quiet.backend.set_faults([replace(kind.fault, group_id=NAMES[place])])
        outcome, attempts = expected((kind,), on_existing, existed=False)
        results = dict.fromkeys(range(SIZE), "Created") | {place: outcome}
        if outcome == ENDS_INVOCATION:
            results |= dict.fromkeys(range(place, SIZE), ENDS_INVOCATION)
        batch = [{"GroupId": name, "OnExisting": on_existing} for name in NAMES]
        assert outcomes(quiet, batch) == reported(results), (kind.name, place)
        tried = place + 1 if outcome == ENDS_INVOCATION else SIZE
        refused = kind.fault.effect == "refuse"
        assert quiet.calls == tried + attempts - 1 - refused, (kind.name, place)
        if not refused:
            called = [call.group_id for call in quiet.backend.journal]
            assert called[:tried] == NAMES[:tried]


@pytest.mark.exhaustive
def test_two_faults_at_two_places_of_a_batch(quiet: World) -> None:
    for first, second in itertools.product(KINDS, repeat=2):
        quiet.backend.reset()
        quiet.clock.now += 60
        kinds = dict(zip(NAMES, (first, second), strict=False))
        quiet.backend.set_faults([replace(k.fault, group_id=g) for g, k in kinds.items()])
        single = [expected((kind,), "Succeed", existed=False)[0] for kind in (first, second)]
        if ENDS_INVOCATION in single:
            continue  # how far the retries come before the invocation ends is not fixed
        batch = [{"GroupId": name, "OnExisting": "Succeed"} for name in NAMES]
        results = dict(enumerate((*single, "Created")))
        assert outcomes(quiet, batch) == reported(results), (first.name, second.name)
