"""One call from its request to what the client sees, as steps that a front plays.

A front gives the steps time and effect, each in its way: over `responses` as exceptions and
injected sleeps, on the wire as stalls and resets. That is why a fault is written only once.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from onsmqtt_stub import answers, rpc
from onsmqtt_stub.answers import Answer
from onsmqtt_stub.errors import ApiError
from onsmqtt_stub.journal import Call
from onsmqtt_stub.spoiled import replacement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onsmqtt_stub.backend import Backend
    from onsmqtt_stub.faults import Fault


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
    if fault is None:
        yield _handle(backend, request, call, None)
    elif fault.effect == "refuse":
        yield Refuse(fault.delay)
    else:
        yield from _faulty(backend, request, call, fault)


def _faulty(
    backend: Backend, request: rpc.Request, call: rpc.RpcCall, fault: Fault
) -> Iterator[Step]:
    if fault.delay and fault.acts_before:
        yield Pause(fault.delay)
    if fault.effect == "reset" and fault.acts_before:
        outcome = _Outcome(fault.effect, fault.described)
        backend.record(_entry(call, outcome, "", None, backend.clock()))
        yield Reset()
        return
    answer = _handle(backend, request, call, fault)
    if fault.delay and not fault.acts_before and fault.effect != "trickle":
        yield Pause(fault.delay)
    half = len(answer.body) // 2
    if fault.effect == "reset" and fault.when == "after":
        yield Reset()
    elif fault.effect == "reset":
        yield answer.head() + answer.body[:half]
        yield Reset()
    elif fault.effect == "truncated":
        yield answer.head() + answer.body[:half]
    elif fault.effect == "trickle":
        yield from _trickle(answer, fault)
    else:
        yield answer


def _trickle(answer: Answer, fault: Fault) -> Iterator[Step]:
    slow, whole = answer.head(), answer.body
    if fault.part == "body":
        yield slow
        slow, whole = whole, b""
    for byte in slow:
        yield Pause(fault.delay)
        yield bytes([byte])
    yield whole


@dataclass(frozen=True)
class _Outcome:
    verdict: str = "accepted"
    reason: str = ""
    committed: bool = False


def _handle(
    backend: Backend, request: rpc.Request, call: rpc.RpcCall, fault: Fault | None
) -> Answer:
    """Judge and commit, then journal what leaves: the answer, or a fault's in its place."""
    request_id = str(uuid.uuid4()).upper()
    now = backend.clock()
    with backend.lock:
        answer, outcome = _judge(backend, request, call, fault, request_id, now)
        lost = fault is not None and fault.effect == "reset" and fault.when != "answer"
        status = None if lost else answer.status
        backend.record(_entry(call, outcome, request_id, status, now))
    return answer


def _judge(
    backend: Backend,
    request: rpc.Request,
    call: rpc.RpcCall,
    fault: Fault | None,
    request_id: str,
    now: float,
) -> tuple[Answer, _Outcome]:
    def refusal(failure: ApiError) -> tuple[Answer, _Outcome]:
        answer = answers.error(failure, request_id, request.host, xml=call.xml)
        return answer, _Outcome(failure.code, failure.reason)

    try:
        action, caller = backend.gateway.admit(request, call, now)
    except ApiError as failure:
        # No fault takes its place: it would hide a wrong signature.
        return refusal(failure)
    instead = None if fault is None else replacement(fault, request_id, request.host, xml=call.xml)
    if fault and instead and fault.acts_before:
        return instead, _Outcome(fault.code or fault.effect, fault.described)
    try:
        fields = backend.gateway.perform(action, caller, call, now)
    except ApiError as failure:
        answer, outcome = refusal(failure)
    else:
        answer = answers.success(call.action, request_id, fields, xml=call.xml)
        outcome = _Outcome(committed=action.writes)
    if fault:
        reason = f"{outcome.reason}; {fault.described}" if outcome.reason else fault.described
        outcome = replace(outcome, verdict=fault.code or outcome.verdict, reason=reason)
    return instead or answer, outcome


def _entry(
    call: rpc.RpcCall, outcome: _Outcome, request_id: str, status: int | None, now: float
) -> Call:
    return Call(
        action=call.action[:LONGEST],
        group_id=call.parameters.get("GroupId", "")[:LONGEST],
        instance_id=call.parameters.get("InstanceId", "")[:LONGEST],
        request_id=request_id,
        verdict=outcome.verdict,
        reason=outcome.reason,
        committed=outcome.committed,
        status=status,
        at=now,
    )
