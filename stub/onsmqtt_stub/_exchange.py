"""One call: the steps that its client sees, and its record in the journal.

A front plays the steps, each front in its own way: in process as pauses and errors of a connection
without a socket, on a port as real ones. So each fault is written only once.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING

from onsmqtt_stub import _response, _rpc
from onsmqtt_stub._errors import ApiError
from onsmqtt_stub._response import ServerResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from onsmqtt_stub._actions import Action
    from onsmqtt_stub._backend import Backend
    from onsmqtt_stub._faults import Fault
    from onsmqtt_stub._models import Caller
    from onsmqtt_stub._rpc import RpcRequest

# The journal cuts names at this length: a client may send anything.
_MAX_NAME = 128


@dataclass(frozen=True)
class Pause:
    """Nothing is sent for `seconds`. The client may give up meanwhile; the server goes on."""

    seconds: float


@dataclass(frozen=True)
class Refuse:
    """The connection is refused after `delay` seconds; nothing was sent."""

    delay: float


class Reset:
    """The connection breaks."""


# Bytes are part of a response that is sent in pieces, the head first.
Step = Pause | Refuse | Reset | ServerResponse | bytes


@dataclass(frozen=True)
class Call:
    """One call that reached the service.

    `verdict` is "accepted" or the error code; it is "reset" or "redirect" if such a fault took the
    call before the commit. `reason` says why. `committed` says whether the state changed. `status`
    is the HTTP status that was sent, even if the client did not wait for it, and None if none was
    sent. `at` is the clock's time at the commit, or when the commit would have been.
    """

    action: str
    group_id: str
    instance_id: str
    request_id: str
    verdict: str
    reason: str
    committed: bool
    status: int | None
    at: float


class Exchange:
    """A call with its request ID. The effects of faults act on it."""

    def __init__(self, backend: Backend, request: RpcRequest) -> None:
        self.call = _rpc.read_call(request)
        self.request_id = str(uuid.uuid4()).upper()
        self._backend = backend
        self._request = request
        self._admitted: tuple[Action, Caller] | None = None

    def steps(self) -> Iterator[Step]:
        """Handle the call, and yield its steps in order. The commit happens between two of them."""
        fault = self._backend.pick_fault(self.call)
        if fault is not None and fault.acts_before_sending:
            yield from fault.steps(self)
            return
        try:
            with self._backend.lock:
                self._admitted = self._backend.gateway.admit(
                    self._request, self.call, self._backend.clock()
                )
        except ApiError as refusal:
            # A fault must not hide a wrong signature.
            response = self._dated(self.error(refusal))
            self._record(refusal.code, refusal.reason, response.status)
            yield response
            return
        if fault is None:
            yield self.perform()
        else:
            yield from fault.steps(self)

    def perform(
        self,
        fault: Fault | None = None,
        replace: Callable[[ServerResponse], ServerResponse | None] | None = None,
    ) -> ServerResponse:
        """Commit the call, write it into the journal, and return the response.

        `replace` makes of it the response that is sent instead, None if nothing is sent.
        """
        assert self._admitted is not None  # noqa: S101 - effects act on admitted calls
        action, caller = self._admitted
        verdict, reason, committed = "accepted", "", False
        with self._backend.lock:
            try:
                fields = self._backend.gateway.perform(
                    action, caller, self.call, self._backend.clock()
                )
                response = _response.success(
                    self.call.action, self.request_id, fields, xml=self.call.xml
                )
                committed = action.writes
            except ApiError as refusal:
                verdict, reason = refusal.code, refusal.reason
                response = self._dated(self.error(refusal))
            sent = response if replace is None else replace(response)
            if fault is not None:
                verdict = fault.code or verdict
                reason = f"{reason}; {fault.description}" if reason else fault.description
            status = None if sent is None else sent.status
            self._record(verdict, reason, status, committed=committed)
        return sent or response

    def fail(self, fault: Fault, response: ServerResponse | None) -> None:
        """Write a call into the journal that a fault took before the commit."""
        status = None if response is None else response.status
        self._record(fault.code or fault.effect, fault.description, status)

    def error(self, failure: ApiError) -> ServerResponse:
        """Return the gateway's response to a call that failed."""
        return _response.error(failure, self.request_id, self._request.host, xml=self.call.xml)

    def _dated(self, response: ServerResponse) -> ServerResponse:
        """Add the time, by which a client can correct its clock (RFC 9110, 6.6.1)."""
        date = formatdate(self._backend.clock(), usegmt=True)
        return response.with_headers({"Date": date})

    def _record(
        self, verdict: str, reason: str, status: int | None, *, committed: bool = False
    ) -> None:
        self._backend.record(
            Call(
                action=self.call.action[:_MAX_NAME],
                group_id=self.call.parameters.get("GroupId", "")[:_MAX_NAME],
                instance_id=self.call.parameters.get("InstanceId", "")[:_MAX_NAME],
                request_id=self.request_id,
                verdict=verdict,
                reason=reason,
                committed=committed,
                status=status,
                at=self._backend.clock(),
            )
        )
