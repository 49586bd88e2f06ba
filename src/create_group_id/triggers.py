"""What invoked the function: its payloads out, its answer back. Knows nothing of OnsMqtt."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any, Protocol

from create_group_id import envelope, strict_json, wrappings
from create_group_id.errors import (
    MALFORMED_PAYLOAD,
    METHOD_NOT_ALLOWED,
    PAYLOAD_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    Failure,
    ProvisioningFailed,
)
from create_group_id.wrappings import Item

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from create_group_id.envelope import Answer

MAX_BODY = 64 * 1024
_MEDIA_TYPES = ("application/json", "application/cloudevents+json")


class Trigger(Protocol):
    """A way to be invoked; `replayed` says that the same payload may come twice."""

    name: str
    replayed: bool

    def items(self, signup_types: Collection[str]) -> list[Item]:
        """Take the payloads out, each with the `Failure` that stands in its way."""

    def answer(self, answers: Sequence[Answer], invocation_id: str | None) -> object:
        """Give the answers back in the trigger's form, or raise `ProvisioningFailed`."""


def infer(event: bytes, *, raises: bool) -> Trigger:
    """Tell what invoked us; `raises` makes an event of everything but an HTTP request.

    HTTP comes first, since it must never see an exception; what is neither that nor a bare
    request is an event, since only its exception reaches FC's retry and failure destination.
    """
    if request := _http_request(event):
        return Http(request)
    try:
        value, layers = wrappings.decode(event)
    except Failure as failure:
        return Event([failure], 0, is_batch=False)
    if layers == 0 and not raises and wrappings.is_request(value):
        return Direct(value)
    if isinstance(value, list) and value:
        return Event(value, layers, is_batch=True)
    return Event([value], layers, is_batch=False)


def _http_request(event: bytes) -> dict[str, Any] | None:
    # The JSON around the body is FC's own, so it need not be strict: whatever is wrong with the
    # body inside must become an HTTP answer.
    if b'"requestContext"' not in event:
        return None
    try:
        request = json.loads(event.decode())
    except (ValueError, RecursionError):
        return None
    context = request.get("requestContext") if isinstance(request, dict) else None
    return request if isinstance(context, dict) and "http" in context else None


class Http:
    """FC 3.0's HTTP trigger.

    https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/http-trigger-invoking-function
    """

    def __init__(self, request: dict[str, Any]) -> None:
        given = request.get("headers")
        headers = given.items() if isinstance(given, dict) else ()
        self._request = request
        self._headers = {name.lower(): value for name, value in headers if isinstance(value, str)}
        self.replayed = self._headers.get("x-fc-invocation-type", "").lower() == "async"
        self.name = "http-async" if self.replayed else "http"

    def items(self, signup_types: Collection[str]) -> list[Item]:
        """Take the one body: a signup, a CloudEvent, or else a request."""
        try:
            value = self._body()
        except Failure as failure:
            item = Item(failure=failure)
        else:
            if "specversion" in value:
                item = wrappings.peel(value, signup_types, over_http=True)
            else:
                item = Item(value, is_signup="tenantId" in value)
        item.traceparent = item.traceparent or wrappings.traceparent(
            self._headers.get("traceparent")
        )
        return [item]

    def answer(self, answers: Sequence[Answer], _invocation_id: str | None) -> object:
        """Give FC's response struct; only an asynchronous request may raise."""
        (answer,) = answers
        if self.replayed and not answer.succeeded:
            raise ProvisioningFailed(envelope.compact(answer.body)) from None
        return {
            "statusCode": answer.status,
            "headers": {"Content-Type": "application/json", **answer.headers},
            "isBase64Encoded": False,
            "body": envelope.compact(answer.body),
        }

    def _body(self) -> dict[str, Any]:
        http = self._request["requestContext"]["http"]
        if not isinstance(http, dict) or http.get("method") != "POST":
            raise Failure(METHOD_NOT_ALLOWED)
        media_type = self._headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in _MEDIA_TYPES:
            raise Failure(UNSUPPORTED_MEDIA_TYPE)
        body = self._request.get("body")
        if not isinstance(body, str):
            raise Failure(MALFORMED_PAYLOAD, "The request has no body.")
        data = self._decoded(body)
        if len(data) > MAX_BODY:
            raise Failure(PAYLOAD_TOO_LARGE)
        value = strict_json.loads(data)
        if not isinstance(value, dict):
            raise Failure(MALFORMED_PAYLOAD)
        return value

    def _decoded(self, body: str) -> bytes:
        # A lone surrogate becomes bytes that are no UTF-8, and is refused as such.
        data = body.encode(errors="surrogatepass")
        if self._request.get("isBase64Encoded") is not True:
            return data
        try:
            return base64.b64decode(data, validate=True)
        except binascii.Error:
            raise Failure(MALFORMED_PAYLOAD, "The body is not base64.") from None


class Direct:
    """A caller's bare request: it gets the envelope, never an exception."""

    name, replayed = "direct", False

    def __init__(self, request: dict[str, Any]) -> None:
        self._request = request

    def items(self, _signup_types: Collection[str]) -> list[Item]:
        """Take the request."""
        return [Item(self._request)]

    def answer(self, answers: Sequence[Answer], _invocation_id: str | None) -> object:
        """Give the envelope."""
        return answers[0].body


class Event:
    """An event or a batch of them, delivered at least once."""

    name, replayed = "event", True

    def __init__(self, values: Sequence[Any], layers: int, *, is_batch: bool) -> None:
        self._values, self._layers, self._is_batch = values, layers, is_batch
        self._event_ids: list[str | None] = []

    def items(self, signup_types: Collection[str]) -> list[Item]:
        """Peel every event; one that was no JSON stands here as its `Failure`."""
        items = [
            Item(failure=value)
            if isinstance(value, Failure)
            else wrappings.peel(value, signup_types, layers=self._layers)
            for value in self._values
        ]
        self._event_ids = [item.event_id for item in items]
        return items

    def answer(self, answers: Sequence[Answer], invocation_id: str | None) -> object:
        """Give the envelope where all succeeded, and raise it otherwise.

        A terminal failure raises too: only a failed invocation reaches the failure destination.
        """
        result = answers[0].body
        if self._is_batch:
            result = envelope.batch(answers, self._event_ids, invocation_id)
        if result["Success"]:
            return result
        raise ProvisioningFailed(envelope.failed_only(result)) from None
