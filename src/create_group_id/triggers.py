"""What invoked the function: read its payloads, return its response."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from create_group_id import envelope, http_trigger, wrappings
from create_group_id.errors import PAYLOAD_TOO_LARGE, Failure, ProvisioningFailed
from create_group_id.wrappings import Item

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from create_group_id.envelope import Result

MAX_EVENT = 4 * 1024 * 1024


class Trigger(Protocol):
    """What invoked the function; `at_least_once` says that the same payload may come twice."""

    name: str
    at_least_once: bool

    def items(self, signup_types: Collection[str]) -> list[Item]:
        """Return one item for each payload, with a `Failure` if it cannot be read."""

    def respond(
        self, items: Sequence[Item], results: Sequence[Result], invocation_id: str | None
    ) -> object:
        """Return the results in the trigger's form, or raise `ProvisioningFailed`."""


def infer(event: bytes, *, raises: bool) -> Trigger:
    """Return what invoked the function; with `raises`, everything but HTTP is an `Event`.

    HTTP comes first, since its callers must never get an exception. What is neither HTTP nor a bare
    request is an `Event`, since only an exception leads to FC's retries and failure destination.
    """
    is_http = any(marker in event for marker in http_trigger.MARKERS)
    if len(event) > MAX_EVENT:
        message = "The event must not be larger than 4 MiB: send smaller batches."
        too_large = Failure(PAYLOAD_TOO_LARGE, message)
        return http_trigger.OversizedRequest() if is_http else Event([too_large])
    if is_http and (request := http_trigger.read(event)):
        return request
    try:
        value, layers = wrappings.decode(event)
    except Failure as failure:
        return Event([failure])
    if layers == 0 and not raises and wrappings.is_request(value):
        return Direct(value)
    if isinstance(value, list) and value:
        return Event(value, layers, is_batch=True)
    return Event([value], layers)


class Direct:
    """A bare request of a caller, who gets the envelope and never an exception."""

    name, at_least_once = "direct", False

    def __init__(self, request: dict[str, Any]) -> None:
        self._request = request

    def items(self, _signup_types: Collection[str]) -> list[Item]:
        """Return the request."""
        return [Item(self._request)]

    def respond(
        self, _items: Sequence[Item], results: Sequence[Result], invocation_id: str | None
    ) -> object:
        """Return the envelope."""
        return envelope.single(results[0], invocation_id)


class Event:
    """An event or a batch of events, delivered at least once."""

    name, at_least_once = "event", True

    def __init__(self, values: Sequence[Any], layers: int = 0, *, is_batch: bool = False) -> None:
        self._values, self._layers, self._is_batch = values, layers, is_batch

    def items(self, signup_types: Collection[str]) -> list[Item]:
        """Unwrap every event; a value that is a `Failure` could not be decoded.

        Events with equal failures share an item: 4 MiB can contain two million zeros.
        """
        items: list[Item] = []
        failed: dict[object, Item] = {}
        for value in self._values:
            if isinstance(value, Failure):
                item = Item(failure=value)
            else:
                item = wrappings.unwrap(value, signup_types, layers=self._layers)
            if item.failure and item.event_id is None:
                item = failed.setdefault(item.failure.key, item)
            items.append(item)
        return items

    def respond(
        self, items: Sequence[Item], results: Sequence[Result], invocation_id: str | None
    ) -> object:
        """Return the envelope if all succeeded; otherwise raise it as `ProvisioningFailed`.

        A failure that is not retryable raises too: FC sends only failed invocations to the failure
        destination.
        """
        failed = any(isinstance(result, Failure) for result in results)
        if self._is_batch:
            event_ids = [item.event_id for item in items]
            if failed:
                raise ProvisioningFailed(
                    envelope.failed_batch(results, event_ids, invocation_id)
                ) from None
            return envelope.batch(results, event_ids, invocation_id)
        rendered = envelope.single(results[0], invocation_id)
        if failed:
            raise ProvisioningFailed(envelope.compact(rendered)) from None
        return rendered
