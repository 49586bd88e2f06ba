"""Peel what transports wrap around a signup or a request.

The formats: https://www.alibabacloud.com/help/en/fc/formats-of-event-for-different-triggers
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from create_group_id import strict_json
from create_group_id.errors import (
    MALFORMED_PAYLOAD,
    UNKNOWN_EVENT,
    UNKNOWN_EVENT_TYPE,
    Failure,
    Kind,
)

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_LAYERS = 8
_MAX_ID = 128
_TRANSPORTS = ("mns:", "mq:", "amqp:", "alikafka:")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Wrapping(NamedTuple):
    """A transport's object: the properties that mark it, where its ID and its inside stand."""

    marks: tuple[str, ...]
    event_id: str
    inside: str


# They come before a signup and a request: attributes of a wrapping may carry any name.
_MARKED = (
    Wrapping(("TopicOwner",), "MessageId", "Message"),  # MNS topic, JSON
    Wrapping(("attrs", "body"), "", "body"),  # MNS topic, STREAM with attributes
    Wrapping(("messageId", "messageBody"), "messageId", "messageBody"),  # MNS queue
)
_UNMARKED = ("body", "value")  # RocketMQ, RabbitMQ and MQTT; Kafka


@dataclass
class Item:
    """One payload of an event: a request or a signup, or why there is none."""

    payload: dict[str, Any] = field(default_factory=dict)
    is_signup: bool = False
    failure: Failure | None = None
    event_id: str | None = None
    traceparent: str | None = None

    def note(self, event_id: object, trace: object = None) -> None:
        """Keep the outermost ID and trace context that are well-formed."""
        if self.event_id is None and isinstance(event_id, str) and 0 < len(event_id) <= _MAX_ID:
            self.event_id = event_id
        self.traceparent = self.traceparent or traceparent(trace)


def traceparent(value: object) -> str | None:
    """Give a W3C traceparent that is one, for the log."""
    return value if isinstance(value, str) and _TRACEPARENT.fullmatch(value) else None


def decode(event: bytes) -> tuple[Any, int]:
    """Give the JSON value of an event's bytes, and how many layers of text were around it.

    Raises `Failure` (MalformedPayload) for bytes that are neither UTF-8 JSON nor base64 of it.
    """
    layers = 0
    try:
        value = strict_json.loads(event)
    except Failure as not_json:
        value, layers = _unbase64(event, not_json), 1
    while isinstance(value, str) and layers < MAX_LAYERS:
        value, layers = _open(value), layers + 1
    return value, layers


def is_request(value: Any) -> bool:
    """Tell a bare request: an object with GroupId, in any case, that is no wrapping or signup."""
    return (
        _is_bare(value)
        and "tenantId" not in value
        and any(name.lower() == "groupid" for name in value)
    )


def peel(
    value: Any, signup_types: Collection[str], *, layers: int = 0, over_http: bool = False
) -> Item:
    """Find the signup or the request in a value; the item holds the `Failure` where none is."""
    item = Item()
    try:
        _peel(item, value, signup_types, layers, MALFORMED_PAYLOAD if over_http else UNKNOWN_EVENT)
    except Failure as failure:
        item.failure = failure
    return item


def _peel(item: Item, value: Any, signup_types: Collection[str], layers: int, array: Kind) -> None:
    while not (item.is_signup or is_request(value)):
        if _is_bare(value) and "tenantId" in value:
            item.is_signup = True
            break
        if isinstance(value, str):
            value = _open(value)
        elif isinstance(value, dict):
            value = _inside(item, value, signup_types)
        else:
            raise Failure(array if isinstance(value, list) else MALFORMED_PAYLOAD)
        layers += 1
        if layers > MAX_LAYERS:
            raise Failure(UNKNOWN_EVENT, f"The event has more than {MAX_LAYERS} layers.")
    item.payload = value


def _inside(item: Item, value: dict[str, Any], signup_types: Collection[str]) -> Any:
    if "specversion" in value:
        item.note(value.get("id"), value.get("traceparent"))
        item.is_signup = _is_signup(value.get("type"), signup_types)
        data = value.get("data")
        if item.is_signup and not isinstance(data, dict):
            raise Failure(MALFORMED_PAYLOAD, "The signup's CloudEvent has no object as data.")
        return data
    if wrapping := _marked(value):
        item.note(value.get(wrapping.event_id))
        return value.get(wrapping.inside)
    for name in _UNMARKED:
        if name in value:
            return value[name]
    raise Failure(UNKNOWN_EVENT)


def _is_bare(value: Any) -> bool:
    return isinstance(value, dict) and "specversion" not in value and not _marked(value)


def _marked(value: dict[str, Any]) -> Wrapping | None:
    return next((w for w in _MARKED if all(mark in value for mark in w.marks)), None)


def _is_signup(event_type: object, signup_types: Collection[str]) -> bool:
    if isinstance(event_type, str):
        if event_type in signup_types:
            return True
        if event_type.startswith(_TRANSPORTS):
            return False
    raise Failure(UNKNOWN_EVENT_TYPE)


def _open(text: str) -> Any:
    data = text.encode()
    try:
        return strict_json.loads(data)
    except Failure as not_json:
        return _unbase64(data, not_json)


def _unbase64(data: bytes, otherwise: Failure) -> Any:
    # White space, since the base64 command breaks lines.
    try:
        decoded = base64.b64decode(b"".join(data.split()), validate=True)
    except binascii.Error:
        raise otherwise from None
    return strict_json.loads(decoded)
