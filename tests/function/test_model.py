"""Random invocations, faults, deadlines and replays in virtual time, against the stub's journal.

After each invocation the promises are checked against the calls that the service received, never
against the function's own state.
"""

from __future__ import annotations

import itertools
import json
import ssl
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from create_group_id.errors import ProvisioningFailed
from onsmqtt_stub import Fault
from tests.world import World, a_cloud_event, a_context, an_http_event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onsmqtt_stub import Call

QPS = 4
TLS = ssl.create_default_context()
NAMES = ("one", "two", "three")
CODES = (
    ("InternalError", 500),
    ("ServiceUnavailable", 503),
    ("Throttling.User", 400),
    ("Throttling.Api", 503),
    ("SignatureNonceUsed", 400),
    ("InvalidTimeStamp.Expired", 400),
    ("NoPermission", 403),
)
SOME = {"times": st.integers(1, 3), "skip": st.integers(0, 2)}
FAULTS = st.one_of(
    st.builds(
        lambda code, times, skip: Fault(
            "error", code=code[0], status=code[1], times=times, skip=skip
        ),
        st.sampled_from(CODES),
        **SOME,
    ),
    st.builds(Fault, st.just("error"), code=st.just("CreateGroupIdError"), status=st.just(500),
              when=st.just("after"), **SOME),
    st.builds(Fault, st.just("refuse"), delay=st.sampled_from((0, 1, 30)), **SOME),
    st.builds(Fault, st.just("delay"), delay=st.sampled_from((0.3, 4, 30)),
              when=st.sampled_from(("before", "after")), **SOME),
    st.builds(Fault, st.just("reset"), when=st.sampled_from(("before", "after", "answer")), **SOME),
    st.builds(Fault, st.sampled_from(("truncated", "oversized", "not_json", "wrong_type", "empty",
                                      "redirect")), **SOME),
)  # fmt: skip
TIMEOUTS = st.sampled_from((0.2, 1, "3", 10, 60))
PAYLOADS = st.one_of(
    st.builds(lambda name: {"tenantId": name}, st.sampled_from(NAMES)),
    st.builds(
        lambda name, on_existing: {"GroupId": f"GID_{name}", "OnExisting": on_existing},
        st.sampled_from(NAMES),
        st.sampled_from(("Fail", "Succeed")),
    ),
    st.just({"GroupId": "bad"}),
)


def may_have_committed(call: Call) -> bool:
    """Return whether the outcome of a call is unknown by the contract."""
    if "fault" not in call.reason or "redirect" in call.reason:
        return False
    if call.verdict.startswith("Throttling"):
        return False
    if "fault: error" in call.reason:
        return (call.status or 0) >= 500 or call.verdict == "SignatureNonceUsed"
    # This counts a delay within the timeout too, which has a response: a weaker check, but true.
    return True


class Machine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        environ = {
            "ONSMQTT_INSTANCE_ID": "mqtt-cn-0pp1ldu0001",
            "ONSMQTT_MAX_QPS": str(QPS),
            "LOG_LEVEL": "CRITICAL",
        }
        self.world = World(environ, tls=TLS).__enter__()
        self.created: list[str] = []

    def teardown(self) -> None:
        self.world.__exit__(None, None, None)

    @rule(faults=st.lists(FAULTS, max_size=4))
    def faults(self, faults: list[Fault]) -> None:
        self.world.backend.set_faults(faults)

    @rule(seconds=st.sampled_from((0.01, 1, 11, 3600)))
    def time_passes(self, seconds: float) -> None:
        self.world.clock.now += seconds

    @rule(jitter=st.sampled_from((0.0, 0.5, 0.999)))
    def set_jitter(self, jitter: float) -> None:
        self.world.jitter = jitter

    @rule(name=st.sampled_from(NAMES))
    def another_client_creates(self, name: str) -> None:
        if f"GID_{name}" not in self.world.backend.groups():
            self.world.backend.add_group(f"GID_{name}")

    @rule(payload=PAYLOADS, timeout=TIMEOUTS)
    def over_http(self, payload: dict[str, str], timeout: Any) -> None:
        response = self.invoke(an_http_event(payload), timeout, [payload])
        assert isinstance(response, dict)
        self.check([payload], [json.loads(response["body"])])

    @rule(payloads=st.lists(PAYLOADS, min_size=1, max_size=5), timeout=TIMEOUTS)
    def as_a_batch(self, payloads: list[dict[str, str]], timeout: Any) -> None:
        events: list[object] = [
            a_cloud_event(payload) if "tenantId" in payload else payload for payload in payloads
        ]
        envelope = self.invoke(events, timeout, payloads)
        results: list[dict[str, Any] | None] = [None] * len(payloads)
        for result in envelope["Results"]:
            results[result["Index"]] = result
        if envelope["Success"]:
            assert None not in results
        else:
            assert envelope["Omitted"] == 0
            assert any(result for result in results)
        self.check(payloads, results)

    def invoke(self, event: object, timeout: Any, payloads: Sequence[object]) -> dict[str, Any]:
        self.groups_before = set(self.world.backend.groups())
        self.calls_before = self.world.calls
        started = self.world.clock.now
        try:
            response: dict[str, Any] = self.world.handle(event, a_context(timeout=timeout))
        except ProvisioningFailed as failure:
            response = json.loads(str(failure))
            assert response["Count"] == len(payloads)
        assert self.world.clock.now <= started + float(timeout), "after the timeout"
        return response

    def check(
        self, payloads: Sequence[dict[str, str]], results: Sequence[dict[str, Any] | None]
    ) -> None:
        calls = self.world.backend.journal[self.calls_before :]
        groups = self.world.backend.groups()
        reported: set[str] = set()
        # The events of a batch are retried out of order: any of them may be the one that created.
        created_here = [
            result["Data"]["GroupId"]
            for result in results
            if result and result["Success"] and result["Data"]["Outcome"] == "Created"
        ]
        for payload, result in zip(payloads, results, strict=True):
            group = payload.get("GroupId") or f"GID_{payload['tenantId']}"
            own = [call for call in calls if call.group_id == group]
            if result is None or result["Success"]:
                assert group in groups, "success without a group"
                reported.add(group)
            elif result["Error"].get("OutcomeUnknown"):
                reported.add(group)
            outcome = result["Data"]["Outcome"] if result and result["Success"] else None
            if outcome == "Created":
                assert any(c.committed for c in own), "Created without a commit"
            elif outcome == "Recovered":
                assert any(may_have_committed(c) for c in own), (
                    "Recovered without an unknown outcome"
                )
            elif outcome == "AlreadyExists":
                assert group in self.groups_before or group in created_here, (
                    "AlreadyExists for a group created here"
                )
        committed = {call.group_id for call in calls if call.committed}
        assert committed <= reported, "a group created, but not reported"
        self.created += created_here
        assert len(self.created) == len(set(self.created)), "one group created twice"

    @invariant()
    def pace(self) -> None:
        for earlier, later in itertools.pairwise(self.world.starts):
            assert later - earlier >= 1 / QPS - 1e-9, "above the pace"


def run(examples: int, *, derandomize: bool) -> None:
    profile = settings(
        max_examples=examples,
        derandomize=derandomize,
        stateful_step_count=20,
    )
    run_state_machine_as_test(Machine, settings=profile)


def test_promises_hold_in_60_histories() -> None:
    run(60, derandomize=True)


@pytest.mark.exhaustive
def test_promises_hold_in_3000_histories() -> None:
    run(3000, derandomize=False)
