"""The API of EventBridge: deliver published events to the functions whose rules match.

https://www.alibabacloud.com/help/en/eventbridge/product-overview/limits
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from create_group_id_tools import json_text
from create_group_id_tools.events.http_event import HttpRequest, HttpResponse
from create_group_id_tools.local import authentication, cloud_event, fc_errors
from create_group_id_tools.local.fc_errors import FcError
from create_group_id_tools.project import ACCOUNT_ID
from create_group_id_tools.runtime.context import new_request_id
from create_group_id_tools.terminal import note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from create_group_id_tools.local.authentication import Keys
    from create_group_id_tools.local.function_compute import FunctionCompute
    from create_group_id_tools.template.deployment import Rule

PREFIX = "/openapi/"
_MAX_EVENTS, _MAX_BODY = 16, 1 << 20


class EventBus:
    """The buses that `rules` name. Each rule comes with its target, a function name."""

    def __init__(self, rules: Sequence[tuple[Rule, str]], fc: FunctionCompute, keys: Keys) -> None:
        self._rules, self._fc, self._keys = rules, fc, keys
        self._names = [rule.bus for rule, _ in rules]

    @staticmethod
    def serves(request: HttpRequest) -> bool:
        """Return whether a request is for EventBridge."""
        return request.raw_path.startswith(PREFIX)

    def respond(self, request: HttpRequest, request_id: str, now: float) -> HttpResponse:
        """Publish the events of a signed request; raise `FcError`."""
        if (request.method, request.raw_path) != ("POST", f"{PREFIX}putEvents"):
            raise FcError(
                400, "PathNotSupported", "use POST /openapi/putEvents: nothing else exists here"
            )
        authentication.verify_eventbridge(request, self._keys, now)
        entries = [self._publish(event, now) for event in _events(request.body)]
        result = {
            "FailedEntryCount": sum("ErrorCode" in entry for entry in entries),
            "EntryList": entries,
            "RequestId": request_id,
            "ResourceOwnerAccountId": ACCOUNT_ID,
        }
        return HttpResponse(200, json.dumps(result).encode(), {"Content-Type": "application/json"})

    def _publish(self, event: Any, now: float) -> dict[str, str]:
        entry = {}
        if isinstance(event, dict) and isinstance(event.get("id"), str):
            entry["EventId"] = event["id"]
        try:
            cloud_event.check(event, self._names)
            complete = cloud_event.completed(event, now)
            payload = cloud_event.encoded(complete)
            for rule, function in self._rules:
                if rule.matches(complete):
                    self._deliver(function, payload)
        except FcError as error:
            return {**entry, "ErrorCode": error.code, "ErrorMessage": error.message}
        return {**entry, "TraceId": uuid.uuid4().hex}

    def _deliver(self, function: str, payload: bytes) -> None:
        try:
            self._fc.enqueue(function, payload, new_request_id(), "EventBridge")
        except FcError as error:
            if error.status >= 500:  # not accepted
                raise
            # As in the cloud, the publisher does not learn that the delivery failed.
            note(f"Event for {function} not delivered: {error.message}.")


def refusal(error: FcError, request_id: str) -> dict[str, str]:
    """Return the body of an error in the format that EventBridge's SDK reads."""
    return {"code": error.code, "message": error.message, "requestId": request_id}


def _events(body: bytes) -> list[Any]:
    if len(body) > _MAX_BODY:
        raise fc_errors.too_large(_MAX_BODY)
    try:
        events = json_text.read(body)
    except ValueError:
        raise fc_errors.invalid("the body must be JSON") from None
    if not isinstance(events, list) or not 1 <= len(events) <= _MAX_EVENTS:
        raise fc_errors.invalid(f"the body must be a JSON array of 1 to {_MAX_EVENTS} events")
    return events
