"""A short soak, and problems that its records and its trends must find."""

from __future__ import annotations

import copy
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.endurance import ledger, soak
from tests.endurance.callers import Case
from tests.endurance.ledger import Lap
from tests.endurance.readings import Reading, Soak
from tests.endurance.usage import Usage, growth

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def is_short(fault: soak.Fault) -> bool:
    """Return whether nobody waits long: a caller, or a batch of the queue for its retry."""
    is_final = fault["effect"] == "redirect" or fault.get("code") == "NoPermission"
    return not is_final and fault.get("delay", 0) < 1


def test_a_short_soak_has_no_problem() -> None:
    with soak.course(2, 20, list(filter(is_short, soak.FAULTS))) as course:
        course.lap(0, 3)
    assert course.soak.problems == []
    assert course.soak.kinds.total() >= 20
    assert course.soak.faults.total() > 0
    assert course.soak.readings[0].calls > 20


def call(group: str, request_id: str, *, committed: bool = True) -> dict[str, Any]:
    verdict = "accepted" if committed else "NoPermission"
    return {
        "group_id": group, "request_id": request_id, "committed": committed, "verdict": verdict,
    }  # fmt: skip


def line(request_id: str, **fields: Any) -> str:
    return f"2026-01-01T00:00:00.000Z {request_id} [INFO] {json.dumps(fields)}"


def lines(request_id: str, group: str, upstream: str, result: str = "Created") -> list[str]:
    return [
        line(request_id, Event="attempt", GroupId=group, RequestId=upstream),
        line(request_id, Event="invocation", Attempts=1, Results={result: 1}),
    ]


def record(request_id: str) -> dict[str, Any]:
    return {"requestContext": {"requestId": request_id, "approximateInvokeCount": 1}}


def result(group: str, request_id: str, upstream: str) -> dict[str, Any]:
    data = {"GroupId": group, "Outcome": "Created"}
    return {"Success": True, "RequestId": upstream, "InvocationId": request_id, "Data": data}


def denied(request_id: str, upstream: str) -> dict[str, Any]:
    error = {"Code": "AccessDenied", "HttpStatus": 403}
    return {"Success": False, "RequestId": upstream, "InvocationId": request_id, "Error": error}


def lap() -> Lap:
    """Return a lap in which a caller created a group, another was denied, and two events ended."""
    return Lap(
        cases=[
            Case("signup", ("GID_a",), True, 200, "1-a", [result("GID_a", "1-a", "A")]),
            Case("request", ("GID_b",), True, 403, "1-b", [denied("1-b", "B")]),
            Case("event", ("GID_c",), True, 202, "1-c"),
            Case("event", ("GID_d",), True, 202, "1-d"),
        ],
        calls=[
            call("GID_a", "A"),
            call("GID_b", "B", committed=False),
            call("GID_c", "C"),
            call("GID_d", "D", committed=False),
        ],
        groups={"GID_a", "GID_c"},
        refused=0,
        log=[
            *lines("1-a", "GID_a", "A"),
            *lines("1-b", "GID_b", "B", "AccessDenied"),
            *lines("1-c", "GID_c", "C"),
            *lines("1-d", "GID_d", "D", "AccessDenied"),
        ],
        successes=[record("1-c")],
        failures=[record("1-d")],
    )


def test_records_that_agree_are_not_a_problem() -> None:
    assert list(ledger.problems(lap())) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    (
        (lambda lap: lap.calls.pop(0), "the attempt with A is not one call of the journal"),
        (lambda lap: lap.calls.append(lap.calls[0]), "a call is in the journal twice"),
        (lambda lap: lap.calls.append(call("GID_a", "X")), "created twice: ['GID_a']"),
        (lambda lap: lap.calls[0].update(committed=False), "it created nothing"),
        (lambda lap: lap.log.pop(0), "calls 4, attempts 3, Attempts 4"),
        (lambda lap: lap.log.pop(1), "calls 4, attempts 4, Attempts 3"),
        (lambda lap: lap.log.pop(1), "1-a ran 1 times, which is not in the log"),
        (lambda lap: lap.log.append("Traceback (most recent call last):"), "a traceback"),
        (lambda lap: lap.groups.add("GID_x"), "groups without a call"),
        (lambda lap: lap.groups.remove("GID_a"), "no such group"),
        (lambda lap: lap.groups.add("GID_b"), "the group exists"),
        (lambda lap: lap.cases.pop(0), "groups that no request named: {'GID_a'}"),
        (lambda lap: lap.successes.clear(), "1-c has not one record"),
        (lambda lap: lap.failures.clear(), "1-d has not one record"),
        (lambda lap: lap.failures.append(record("1-c")), "1-c has not one record"),
        (lambda lap: lap.failures.append(record("1-x")), "records of nothing that was accepted"),
        (lambda lap: lap.groups.remove("GID_c"), "1-c succeeded without {'GID_c'}"),
        (lambda lap: setattr(lap.cases[1], "status", 200), "another status"),
        (lambda lap: setattr(lap.cases[0], "results", [{"Problem": "x"}]), "not the envelope"),
    ),
)
def test_records_that_differ_are_a_problem(change: Callable[[Lap], object], problem: str) -> None:
    changed = copy.deepcopy(lap())
    change(changed)
    assert any(problem in found for found in ledger.problems(changed))


def reading(memory: float = 60, descriptors: int = 18, worker: int = 1) -> Reading:
    use = Usage(round(memory * 1024), round(memory * 1024), descriptors, 12)
    return Reading(
        server=use, workers={worker: use}, idle_descriptors=descriptors, idle_threads=12, files=0,
        calls=900, seconds=60,
    )  # fmt: skip


FLAT = [*[reading(50)] * 3, *[reading(60)] * 6]


def test_figures_flat_after_the_warm_up_are_not_a_trend() -> None:
    noise = [reading(60 + part) for part in (0, 0.5, -0.5, 0.1, -0.2, 0.7)]
    assert list(Soak(readings=[*[reading(50)] * 3, *noise]).trends()) == []


@pytest.mark.parametrize(
    ("readings", "problem"),
    (
        ([*FLAT[:-3], *[reading(62)] * 3], "server MB grew by 3.3%"),
        ([*FLAT[:-1], reading(descriptors=19)], "descriptors grew"),
        ([*FLAT[:-1], reading(worker=2)], "a worker started or ended"),
    ),
)
def test_a_figure_that_grows_is_a_trend(readings: list[Reading], problem: str) -> None:
    assert any(problem in found for found in Soak(readings=readings).trends())


def test_growth_compares_the_last_third_with_the_middle_one() -> None:
    assert growth([1, 1, 1, 100, 100, 100, 102, 103, 102]) == pytest.approx(0.02)
