"""Every sequence of up to three faults, with the result that the contract expects.

`expected` follows the contract: which attempts may have created the group, and what the last
response was. It uses none of the function's code; the facts come from the stub's journal.
"""

from __future__ import annotations

import itertools
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pytest

from onsmqtt_stub import Fault
from tests.world import World, a_cloud_event, an_http_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONG = 30.0  # longer than any attempt may take


@dataclass(frozen=True)
class Kind:
    """A fault of one attempt, and what it means by the contract."""

    fault: Fault
    code: str
    commits: bool
    unknown: bool
    retries: int = 99

    @property
    def name(self) -> str:
        return f"{self.fault.effect}-{self.fault.when}-{self.fault.code or self.fault.part}"


def error(code: str, status: int, *, when: Literal["before", "after"] = "before") -> Fault:
    return Fault("error", code=code, status=status, when=when, times=1)


KINDS = (
    # fault                                         our code           commits unknown retries
    Kind(Fault("refuse", times=1), "UpstreamUnreachable", False, False),
    Kind(Fault("refuse", delay=LONG, times=1), "UpstreamUnreachable", False, False),
    Kind(error("Throttling.User", 400), "Throttled", False, False),
    Kind(error("Throttling.Api", 503), "Throttled", False, False),
    Kind(error("InternalError", 500), "UpstreamInternalError", False, True),
    Kind(error("ServiceUnavailable", 503), "UpstreamUnavailable", False, True),
    Kind(error("CreateGroupIdError", 500, when="after"), "CreateGroupIdFailed", True, True),
    Kind(Fault("reset", when="before", times=1), "UpstreamBadResponse", False, True),
    Kind(Fault("reset", when="after", times=1), "UpstreamBadResponse", True, True),
    Kind(Fault("reset", when="answer", times=1), "UpstreamBadResponse", True, True),
    Kind(Fault("delay", when="before", delay=LONG, times=1), "UpstreamTimeout", True, True),
    Kind(Fault("delay", when="after", delay=LONG, times=1), "UpstreamTimeout", True, True),
    Kind(Fault("truncated", times=1), "UpstreamBadResponse", True, True),
    Kind(Fault("oversized", size=70_000, times=1), "UpstreamBadResponse", True, True),
    Kind(Fault("not_json", status=200, times=1), "UpstreamBadResponse", True, True),
    Kind(Fault("wrong_type", status=200, times=1), "UpstreamBadResponse", True, True),
    Kind(Fault("empty", status=200, times=1), "UpstreamBadResponse", True, True),
    Kind(error("SignatureNonceUsed", 400), "UpstreamRejected", False, True, retries=1),
    Kind(error("InvalidTimeStamp.Expired", 400), "UpstreamRejected", False, False, retries=1),
    Kind(error("InvalidSecurityToken.Expired", 400), "CredentialsRejected", False, False, 0),
    Kind(error("InstanceNotFound", 404), "InstanceNotFound", False, False, 0),
    Kind(Fault("redirect", times=1), "UpstreamBadResponse", False, False, 0),
)

# The result by the contract, once an attempt gets a normal response.
#  group exists, an earlier outcome is unknown, OnExisting
RESULTS: dict[tuple[bool, bool, str], str] = {
    (False, False, "Fail"): "Created",
    (False, False, "Succeed"): "Created",
    (False, True, "Fail"): "Created",
    (False, True, "Succeed"): "Created",
    (True, False, "Fail"): "GroupIdAlreadyExists",
    (True, False, "Succeed"): "AlreadyExists",
    (True, True, "Fail"): "GroupIdAlreadyExists, OutcomeUnknown",
    (True, True, "Succeed"): "Recovered",
}


def expected(faults: tuple[Kind, ...], on_existing: str, *, existed: bool) -> tuple[str, int]:
    """Return the result by the contract and the number of attempts."""
    exists, unknown = existed, False
    for attempt, kind in enumerate(faults, 1):
        unknown, exists = unknown or kind.unknown, exists or kind.commits
        same = [k for k in faults[:attempt] if k.code == kind.code and k.retries == kind.retries]
        if len(same) > kind.retries:
            return kind.code + (", OutcomeUnknown" if unknown else ""), attempt
    return RESULTS[exists, unknown, on_existing], len(faults) + 1


def sequences(length: int) -> Iterator[tuple[Kind, ...]]:
    """Yield the sequences of that length in which every fault takes effect."""
    for faults in itertools.product(KINDS, repeat=length):
        if all(expected(faults[:n], "Fail", existed=False)[1] > n for n in range(length)):
            yield faults


def label(envelope: dict[str, Any]) -> str:
    if envelope["Success"]:
        outcome: str = envelope["Data"]["Outcome"]
        return outcome
    unknown = envelope["Error"].get("OutcomeUnknown", False)
    return f"{envelope['Error']['Code']}{', OutcomeUnknown' if unknown else ''}"


def over_http(world: World, request: dict[str, str]) -> dict[str, Any]:
    envelope: dict[str, Any] = json.loads(world.handle(an_http_event(request))["body"])
    return envelope


def directly(world: World, request: dict[str, str]) -> dict[str, Any]:
    envelope: dict[str, Any] = world.handle(request)
    return envelope


def as_an_event(world: World, request: dict[str, str]) -> dict[str, Any]:
    event = a_cloud_event({"messageId": "1", "messageBody": json.dumps(request)}, "mns:Queue:X")
    try:
        envelope: dict[str, Any] = world.handle(event)
    except Exception as failure:  # noqa: BLE001 - conftest checks the exception
        envelope = json.loads(str(failure))
    return envelope


Trigger = Callable[[World, "dict[str, str]"], "dict[str, Any]"]
TRIGGERS: tuple[Trigger, ...] = (over_http, directly, as_an_event)
TLS = ssl.create_default_context()


@pytest.fixture
def quiet() -> Iterator[World]:
    environ = {"ONSMQTT_INSTANCE_ID": "mqtt-cn-0pp1ldu0001", "LOG_LEVEL": "CRITICAL"}
    with World(environ, tls=TLS) as world:
        yield world


def check(world: World, faults: tuple[Kind, ...], triggers: Iterable[Trigger]) -> None:
    """Check the result for each OnExisting, with and without the group, through each trigger."""
    cases = itertools.product(("Fail", "Succeed"), (False, True), triggers)
    for on_existing, existed, invoke in cases:
        world.backend.reset()
        if existed:
            world.backend.add_group("GID_test")
        world.backend.set_faults([kind.fault for kind in faults])
        envelope = invoke(world, {"GroupId": "GID_test", "OnExisting": on_existing})
        outcome, attempts = expected(faults, on_existing, existed=existed)
        case = [kind.name for kind in faults], on_existing, existed, invoke.__name__
        assert label(envelope) == outcome, case
        refused = sum(kind.fault.effect == "refuse" for kind in faults[:attempts])
        assert world.calls == attempts - refused, case
        exists = exists_at_the_end(faults, attempts, existed)
        assert world.backend.groups() == ["GID_test"] * exists, case


def exists_at_the_end(faults: tuple[Kind, ...], attempts: int, existed: bool) -> bool:
    """Return whether the group exists after the last attempt; one without a fault creates it."""
    return existed or attempts > len(faults) or any(kind.commits for kind in faults[:attempts])


def in_turn(index: int) -> tuple[Trigger, ...]:
    return (TRIGGERS[index % len(TRIGGERS)],)


@pytest.mark.parametrize("length", (0, 1))
def test_up_to_one_fault_through_every_trigger(quiet: World, length: int) -> None:
    for faults in sequences(length):
        check(quiet, faults, TRIGGERS)


def test_two_faults_through_one_trigger_in_turn(quiet: World) -> None:
    for index, faults in enumerate(sequences(2)):
        check(quiet, faults, in_turn(index))


def test_a_sample_of_three_faults(quiet: World) -> None:
    for index, faults in enumerate(itertools.islice(sequences(3), 0, None, 101)):
        check(quiet, faults, in_turn(index))


@pytest.mark.exhaustive
def test_two_faults_through_every_trigger(quiet: World) -> None:
    for faults in sequences(2):
        check(quiet, faults, TRIGGERS)


@pytest.mark.exhaustive
@pytest.mark.parametrize("first", KINDS, ids=lambda kind: kind.name)
def test_three_faults(quiet: World, first: Kind) -> None:
    for index, faults in enumerate(sequences(3)):
        if faults[0] is first:
            check(quiet, faults, in_turn(index))
