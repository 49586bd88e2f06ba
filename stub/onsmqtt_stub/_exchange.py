"""One call, from its request to what the client sees of it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from onsmqtt_stub import _response, _rpc
from onsmqtt_stub._errors import ApiError
from onsmqtt_stub._journal import Call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from onsmqtt_stub._actions import Action
    from onsmqtt_stub._backend import Backend
    from onsmqtt_stub._faults import Fault
    from onsmqtt_stub._models import Caller
    from onsmqtt_stub._response import ServerResponse
    from onsmqtt_stub._rpc import RpcRequest
    from onsmqtt_stub._steps import Step

# Names in the journal are cut: a client may send anything.
_LONGEST = 128


class Exchange:
    """A call with the ID of its request; what effects of faults work on."""

    def __init__(self, backend: Backend, request: RpcRequest) -> None:
        self.call = _rpc.read_call(request)
        self.request_id = str(uuid.uuid4()).upper()
        self._backend = backend
        self._request = request
        self._admitted: tuple[Action, Caller] | None = None

    def steps(self) -> Iterator[Step]:
        """Handle the call: what happens, in order. The commit happens between two steps."""
        fault = self._backend.pick_fault(self.call)
        if fault is not None and fault.acts_unsent:
            yield from fault.steps(self)
            return
        try:
            with self._backend.lock:
                self._admitted = self._backend.gateway.admit(
                    self._request, self.call, self._backend.clock()
                )
        except ApiError as refusal:
            # Whatever the fault: it would hide a wrong signature.
            response = self.error(refusal)
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
        shape: Callable[[ServerResponse], ServerResponse | None] | None = None,
    ) -> ServerResponse:
        """Commit and journal; return the service's response.

        `shape` makes of it what the client is sent, None for nothing.
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
                verdict, reason, response = refusal.code, refusal.reason, self.error(refusal)
            sent = response if shape is None else shape(response)
            if fault is not None:
                verdict = fault.code or verdict
                reason = f"{reason}; {fault.described}" if reason else fault.described
            status = None if sent is None else sent.status
            self._record(verdict, reason, status, committed=committed)
        return sent or response

    def fail(self, fault: Fault, response: ServerResponse | None) -> None:
        """Journal a call that a fault took before the commit."""
        status = None if response is None else response.status
        self._record(fault.code or fault.effect, fault.described, status)

    def error(self, failure: ApiError) -> ServerResponse:
        """Make the response to a call that failed."""
        return _response.error(failure, self.request_id, self._request.host, xml=self.call.xml)

    def _record(
        self, verdict: str, reason: str, status: int | None, *, committed: bool = False
    ) -> None:
        self._backend.record(
            Call(
                action=self.call.action[:_LONGEST],
                group_id=self.call.parameters.get("GroupId", "")[:_LONGEST],
                instance_id=self.call.parameters.get("InstanceId", "")[:_LONGEST],
                request_id=self.request_id,
                verdict=verdict,
                reason=reason,
                committed=committed,
                status=status,
                at=self._backend.clock(),
            )
        )
