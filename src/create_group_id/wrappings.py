"""Unwrap a signup or a request from the objects that transports put around it.

The formats: https://www.alibabacloud.com/help/en/fc/formats-of-event-for-different-triggers
and https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from create_group_id import strict_json
from create_group_id.errors import (
    MALFORMED_PAYLOAD,
    UNKNOWN_EVENT,
    UNKNOWN_EVENT_TYPE,
    Failure,
    Violation,
    invalid_payload,
)

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_LAYERS = 8
_SPEC_VERSIONS = ("1.0", "0.3")
_TRANSPORTS = ("mns:", "mq:", "amqp:", "alikafka:")
_EVENT_ID = re.compile(r".{1,128}", re.DOTALL)
# https://www.w3.org/TR/trace-context/#traceparent-header
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)
# https://www.rfc-editor.org/rfc/rfc3339#section-5.6
_TIMESTAMP = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


class Wrapping(NamedTuple):
    """A transport's object: the properties that mark it, and those of its content and its ID."""

    marks: tuple[str, ...]
    content: str
    event_id: str | None = None


_WRAPPINGS = (
    Wrapping(("TopicOwner",), "Message", "MessageId"),  # MNS topic, JSON
    Wrapping(("attrs", "body"), "body"),  # MNS topic, STREAM with attributes
    Wrapping(("messageId", "messageBody"), "messageBody", "messageId"),  # MNS queue
    Wrapping(("systemProperties", "body"), "body"),  # RocketMQ
    Wrapping(("envelope", "body"), "body"),  # RabbitMQ
    Wrapping(("props", "body"), "body"),  # RabbitMQ, MQTT
    Wrapping(("partition", "offset", "value"), "value"),  # Kafka
)


class Item:
    """A request or a signup, not validated yet, or the `Failure` that took its place."""

    __slots__ = ("event_id", "event_time", "failure", "is_signup", "payload", "traceparent")

    def __init__(
        self,
        payload: dict[str, Any] | None = None,
        *,
        is_signup: bool = False,
        failure: Failure | None = None,
    ) -> None:
        self.payload = payload or {}
        self.is_signup = is_signup
        self.failure = failure
        self.event_id: str | None = None
        self.event_time: str | None = None
        self.traceparent: str | None = None

    def add_metadata(
        self, event_id: object = None, traceparent: object = None, event_time: object = None
    ) -> None:
        """Set what is well-formed and not set yet; so the outermost event's values stay."""
        self.event_id = self.event_id or _well_formed(event_id, _EVENT_ID)
        self.traceparent = self.traceparent or _well_formed(traceparent, _TRACEPARENT)
        self.event_time = self.event_time or _well_formed(event_time, _TIMESTAMP)


def _well_formed(value: object, pattern: re.Pattern[str]) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


def decode(event: bytes) -> tuple[Any, int]:
    """Return the JSON value of an event's bytes, and how many layers of text were around it.

    Raise `Failure` (MalformedPayload) for bytes that are neither UTF-8 JSON nor base64 of it.
    """
    value, is_base64 = strict_json.loads_or_decode(event)
    layers = int(is_base64)
    while isinstance(value, str):
        value, _ = strict_json.loads_or_decode(value.encode())
        layers += 1
    return value, layers


def is_request(value: Any) -> bool:
    """Return whether a value is a bare request: neither wrapping nor signup, but with a GroupId."""
    return (
        isinstance(value, dict)
        and not _is_wrapping(value)
        and not is_signup(value)
        and _has(value, "groupid")
    )


def is_signup(value: dict[str, Any]) -> bool:
    """Return whether an object that is no wrapping has a tenantId."""
    return _has(value, "tenantid")


def _has(value: dict[str, Any], name: str) -> bool:
    # In upper or lower case, so that a violation can say which one is right.
    return any(key.lower() == name for key in value)


def unwrap(
    value: Any, signup_types: Collection[str], *, layers: int = 0, over_http: bool = False
) -> Item:
    """Return the signup or the request in a value; the item has a `Failure` if there is none."""
    item = Item()
    try:
        item.payload = _payload(item, value, signup_types, layers, over_http=over_http)
    except Failure as failure:
        item.failure = failure.without_traceback()
    return item


def _payload(
    item: Item, value: Any, signup_types: Collection[str], layers: int, *, over_http: bool
) -> dict[str, Any]:
    while layers <= MAX_LAYERS:
        if _is_payload(item, value):
            payload: dict[str, Any] = value
            return payload
        if isinstance(value, str):
            value, _ = strict_json.loads_or_decode(value.encode())
        elif isinstance(value, dict):
            value = _unwrap_layer(item, value, signup_types)
        elif item.is_signup:
            raise Failure(MALFORMED_PAYLOAD, "The data of a signup's CloudEvent must be an object.")
        elif isinstance(value, list) and not over_http:
            raise Failure(UNKNOWN_EVENT)
        else:
            raise Failure(MALFORMED_PAYLOAD)
        layers += 1
    raise Failure(
        UNKNOWN_EVENT, f"The event must not have more than {MAX_LAYERS} layers of wrappings."
    )


def _is_payload(item: Item, value: Any) -> bool:
    if not isinstance(value, dict) or "specversion" in value:
        return False
    if item.is_signup:  # by the type of its CloudEvent, whatever the data is
        return True
    if _is_wrapping(value):
        return False
    item.is_signup = is_signup(value)
    return item.is_signup or _has(value, "groupid")


def _unwrap_layer(item: Item, value: dict[str, Any], signup_types: Collection[str]) -> Any:
    if "specversion" in value:
        return _cloud_event_data(item, value, signup_types)
    wrapping = _find_wrapping(value)
    if wrapping is None:
        raise Failure(UNKNOWN_EVENT)
    if wrapping.event_id:
        item.add_metadata(value.get(wrapping.event_id))
    return value.get(wrapping.content)


def _cloud_event_data(item: Item, event: dict[str, Any], signup_types: Collection[str]) -> Any:
    item.add_metadata(event.get("id"), event.get("traceparent"), event.get("time"))
    if event["specversion"] not in _SPEC_VERSIONS:
        raise invalid_payload([Violation("/specversion", "enum", "must be 1.0 or 0.3")])
    item.is_signup = _is_signup_type(event.get("type"), signup_types)
    if "data_base64" not in event:
        return event.get("data")
    if "data" in event:
        raise Failure(
            MALFORMED_PAYLOAD, "The CloudEvent has both data and data_base64: send one of them."
        )
    try:
        data = strict_json.from_base64(event["data_base64"])
    except (TypeError, ValueError):
        raise Failure(MALFORMED_PAYLOAD, "The CloudEvent's data_base64 must be base64.") from None
    try:
        return strict_json.loads(data)
    except Failure:
        if strict_json.LIKE_BASE64.fullmatch(data):
            return data.decode()  # base64 in base64 is another layer
        raise


def _is_wrapping(value: dict[str, Any]) -> bool:
    return "specversion" in value or _find_wrapping(value) is not None


def _find_wrapping(value: dict[str, Any]) -> Wrapping | None:
    return next((w for w in _WRAPPINGS if all(mark in value for mark in w.marks)), None)


def _is_signup_type(event_type: object, signup_types: Collection[str]) -> bool:
    if isinstance(event_type, str):
        if event_type in signup_types:
            return True
        if event_type.startswith(_TRANSPORTS):
            return False
    raise Failure(UNKNOWN_EVENT_TYPE)
