"""One call from its request to what the client sees, as steps that a front plays.

A front gives the steps time and effect, each in its way: over `responses` as exceptions and
injected sleeps, on the wire as stalls and resets. That is why a fault is written only once.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onsmqtt_stub import answers, rpc
from onsmqtt_stub.answers import Answer
from onsmqtt_stub.errors import ApiError
from onsmqtt_stub.journal import Call
from onsmqtt_stub.spoiled import replacement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onsmqtt_stub.actions import Action
    from onsmqtt_stub.backend import Backend
    from onsmqtt_stub.faults import Fault
    from onsmqtt_stub.models import Caller


@dataclass(frozen=True)
class Pause:
    """Nothing for so many seconds; a client may give up meanwhile, the server goes on."""

    seconds: float


@dataclass(frozen=True)
class Refuse:
    """No connection is made within `delay` seconds; nothing was sent."""

    delay: float


class Reset:
    """The connection breaks."""


# Names in the journal are cut: a client may send anything.
LONGEST = 128

# A whole answer, or bytes of one that is sent in pieces, its head first.
Step = Pause | Refuse | Reset | Answer | bytes


def exchange(backend: Backend, request: rpc.Request) -> Iterator[Step]:
    """Handle a request: what happens to it, in order. The commit happens between two steps."""
    call = rpc.read(request)
    fault = backend.pick_fault(call)
    if fault is not None and fault.effect == "refuse":
        yield Refuse(fault.delay)
        return
    visit = _Visit(backend, request, call)
    try:
        with backend.lock:
            action, caller = backend.gateway.admit(request, call, backend.clock())
    except ApiError as refusal:
        # Whatever the fault: it would hide a wrong signature.
        yield visit.refuse(refusal)
        return
    if fault is None:
        yield visit.perform(action, caller)
    elif fault.acts_before:
        yield from visit.fail_before(fault, action, caller)
    else:
        yield from visit.fail_after(fault, action, caller)


class _Visit:
    """One call and the ID of its request."""

    def __init__(self, backend: Backend, request: rpc.Request, call: rpc.RpcCall) -> None:
        self._backend = backend
        self._request = request
        self._call = call
        self._request_id = str(uuid.uuid4()).upper()

    def refuse(self, refusal: ApiError) -> Answer:
        """Give the answer to a call that was refused, and journal it."""
        answer = self._error(refusal)
        self._record(refusal.code, refusal.reason, answer.status)
        return answer

    def perform(self, action: Action, caller: Caller, fault: Fault | None = None) -> Answer:
        """Commit and journal; give the answer, or the one that a fault puts in its place."""
        verdict, reason, committed = "accepted", "", False
        with self._backend.lock:
            try:
                fields = self._backend.gateway.perform(
                    action, caller, self._call, self._backend.clock()
                )
                answer = answers.success(
                    self._call.action, self._request_id, fields, xml=self._call.xml
                )
                committed = action.writes
            except ApiError as refusal:
                verdict, reason, answer = refusal.code, refusal.reason, self._error(refusal)
            status: int | None = answer.status
            if fault is not None:
                answer = self._instead(fault) or answer
                lost = fault.effect == "reset" and fault.when == "after"
                status = None if lost else answer.status
                verdict = fault.code or verdict
                reason = f"{reason}; {fault.described}" if reason else fault.described
            self._record(verdict, reason, status, committed=committed)
        return answer

    def fail_before(self, fault: Fault, action: Action, caller: Caller) -> Iterator[Step]:
        """Let a fault happen before the commit, which only a delay leaves to happen at all."""
        if fault.delay:
            yield Pause(fault.delay)
        if fault.effect == "delay":
            yield self.perform(action, caller, fault)
            return
        answer = self._instead(fault)
        status = None if answer is None else answer.status
        self._record(fault.code or fault.effect, fault.described, status)
        yield Reset() if answer is None else answer

    def fail_after(self, fault: Fault, action: Action, caller: Caller) -> Iterator[Step]:
        """Commit, then let a fault happen to the answer."""
        answer = self.perform(action, caller, fault)
        if fault.effect == "trickle":
            yield from _trickle(answer, fault)
            return
        if fault.delay:
            yield Pause(fault.delay)
        part = answer.head() + answer.body[: len(answer.body) // 2]
        if fault.effect == "truncated":
            yield part
        elif fault.effect == "reset":
            if fault.when == "answer":
                yield part
            yield Reset()
        else:
            yield answer

    def _error(self, refusal: ApiError) -> Answer:
        return answers.error(refusal, self._request_id, self._request.host, xml=self._call.xml)

    def _instead(self, fault: Fault) -> Answer | None:
        return replacement(fault, self._request_id, self._request.host, xml=self._call.xml)

    def _record(
        self, verdict: str, reason: str, status: int | None, *, committed: bool = False
    ) -> None:
        self._backend.record(
            Call(
                action=self._call.action[:LONGEST],
                group_id=self._call.parameters.get("GroupId", "")[:LONGEST],
                instance_id=self._call.parameters.get("InstanceId", "")[:LONGEST],
                request_id=self._request_id,
                verdict=verdict,
                reason=reason,
                committed=committed,
                status=status,
                at=self._backend.clock(),
            )
        )


def _trickle(answer: Answer, fault: Fault) -> Iterator[Step]:
    slow, whole = answer.head(), answer.body
    if fault.part == "body":
        yield slow
        slow, whole = whole, b""
    for byte in slow:
        yield Pause(fault.delay)
        yield bytes([byte])
    if whole:
        yield whole
