"""HTTP requests, as the events of Function Compute's HTTP trigger and of API Gateway."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from create_group_id import envelope, strict_json, wrappings
from create_group_id.errors import (
    MALFORMED_PAYLOAD,
    METHOD_NOT_ALLOWED,
    PAYLOAD_TOO_LARGE,
    THROTTLED,
    UNSUPPORTED_MEDIA_TYPE,
    Failure,
    ProvisioningFailed,
    Violation,
    invalid_payload,
)
from create_group_id.wrappings import Item

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from create_group_id.envelope import Result

MAX_BODY = 64 * 1024
_JSON, _CLOUD_EVENT = "application/json", "application/cloudevents+json"
_CLOUD_EVENT_BATCH = "application/cloudevents-batch+json"
# Other attributes are ignored, since the header `ce-data_base64` would replace the payload.
_ATTRIBUTES = ("specversion", "id", "type", "time", "traceparent")

# Every HTTP event contains one of these. An event without them is not parsed as one.
MARKERS = (b'"requestContext"', b'"httpMethod"')


def read(event: bytes) -> Http | None:
    """Return the HTTP request in an event, or None if there is none.

    https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/http-trigger-invoking-function
    https://www.alibabacloud.com/help/en/api-gateway/traditional-api-gateway/user-guide/use-function-compute-as-the-backend-service-of-an-api
    """
    # FC or the gateway wrote the JSON around the body, so it is not parsed strictly. Whatever is
    # wrong with the body must become an HTTP response.
    try:
        request = json.loads(event)
    except (ValueError, RecursionError):
        return None
    if not isinstance(request, dict) or "specversion" in request:
        return None
    context = request.get("requestContext")
    if "version" in request and isinstance(context, dict) and "http" in context:
        http = context["http"]
        method = http.get("method") if isinstance(http, dict) else None
        return Http(request, method, may_be_async=True)
    if "httpMethod" in request and "path" in request:
        return Http(request, request["httpMethod"], name="api-gateway")
    return None


class Http:
    """An HTTP request. The trigger and the gateway take the same response struct."""

    def __init__(
        self,
        request: dict[str, Any],
        method: object,
        *,
        name: str = "http",
        may_be_async: bool = False,
    ) -> None:
        raw_headers = request.get("headers")
        headers = raw_headers.items() if isinstance(raw_headers, dict) else ()
        self._request, self._method = request, method
        self._headers = {name.lower(): value for name, value in headers if isinstance(value, str)}
        self.at_least_once = (
            may_be_async and self._headers.get("x-fc-invocation-type", "").lower() == "async"
        )
        self.name = "http-async" if self.at_least_once else name

    def items(self, signup_types: Collection[str]) -> list[Item]:
        """Return the body's one payload: a signup, a CloudEvent's data, or else a request."""
        try:
            item = self._item(signup_types)
        except Failure as failure:
            item = Item(failure=failure)
        item.add_metadata(traceparent=self._headers.get("traceparent"))
        return [item]

    def respond(
        self, _items: Sequence[Item], results: Sequence[Result], invocation_id: str | None
    ) -> object:
        """Return the response struct; raise only for an asynchronous request that failed."""
        (result,) = results
        if self.at_least_once and isinstance(result, Failure):
            raise ProvisioningFailed(
                envelope.compact(envelope.single(result, invocation_id))
            ) from None
        return _response(result, invocation_id)

    def _item(self, signup_types: Collection[str]) -> Item:
        if self._method != "POST":
            raise Failure(METHOD_NOT_ALLOWED)
        media_type = _media_type(self._headers)
        value = strict_json.loads(self._body())
        if media_type == _JSON and "ce-specversion" in self._headers:
            return wrappings.unwrap(self._binary_cloud_event(value), signup_types, over_http=True)
        if not isinstance(value, dict):
            raise Failure(MALFORMED_PAYLOAD)
        if "specversion" in value:
            return wrappings.unwrap(value, signup_types, over_http=True)
        if media_type == _CLOUD_EVENT:
            raise invalid_payload([Violation("/specversion", "required", "is missing")])
        return Item(value, is_signup=wrappings.is_signup(value))

    def _binary_cloud_event(self, data: Any) -> dict[str, Any]:
        """Return a CloudEvent in binary mode as an object in structured mode.

        https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
        """
        event = {
            name: _decode_attribute(self._headers[f"ce-{name}"])
            for name in _ATTRIBUTES
            if f"ce-{name}" in self._headers
        }
        return {**event, "data": data}

    def _body(self) -> bytes:
        body = self._request.get("body")
        if not isinstance(body, str):
            raise Failure(MALFORMED_PAYLOAD, "The request has no body: send a JSON object.")
        # A lone surrogate becomes invalid UTF-8, which `strict_json` rejects.
        data = body.encode(errors="surrogatepass")
        if self._request.get("isBase64Encoded") in (True, "true"):
            try:
                data = strict_json.from_base64(data)
            except ValueError:
                raise Failure(
                    MALFORMED_PAYLOAD, "The body must be base64, since isBase64Encoded is true."
                ) from None
        if len(data) > MAX_BODY:
            raise Failure(PAYLOAD_TOO_LARGE)
        return data


class OversizedRequest:
    """An HTTP request in an event that is too large to be parsed."""

    name, at_least_once = "http", False

    def items(self, _signup_types: Collection[str]) -> list[Item]:
        """Return the failure."""
        return [Item(failure=Failure(PAYLOAD_TOO_LARGE))]

    def respond(
        self, _items: Sequence[Item], results: Sequence[Result], invocation_id: str | None
    ) -> object:
        """Return the response struct."""
        return _response(results[0], invocation_id)


def _media_type(headers: dict[str, str]) -> str:
    """Return the media type in lower case. Raise `Failure` unless it is uncompressed UTF-8 JSON."""
    if headers.get("content-encoding", "").strip().lower() not in ("", "identity"):
        raise Failure(
            UNSUPPORTED_MEDIA_TYPE, "The Content-Encoding must be identity: send plain JSON."
        )
    content_type = headers.get("content-type", "").lower()
    media_type, *parameters = (part.strip() for part in content_type.split(";"))
    if media_type == _CLOUD_EVENT_BATCH:
        raise Failure(
            UNSUPPORTED_MEDIA_TYPE,
            "Batches of CloudEvents are not supported over HTTP: send one event per request.",
        )
    if media_type not in (_JSON, _CLOUD_EVENT):
        raise Failure(UNSUPPORTED_MEDIA_TYPE)
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip().strip('"') not in ("utf-8", "us-ascii"):
            raise Failure(UNSUPPORTED_MEDIA_TYPE, "The charset must be utf-8 or us-ascii.")
    return media_type


def _decode_attribute(value: str) -> str:
    """Decode the header of an attribute: a quoted string, then percent-encoding (3.1.3.2)."""
    if value[:1] == value[-1:] == '"':
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise Failure(MALFORMED_PAYLOAD, "A ce- header must be percent-encoded UTF-8.") from None


def _response(result: Result, invocation_id: str | None) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    status = 200
    if isinstance(result, Failure):
        status = result.kind.status
        if result.kind is METHOD_NOT_ALLOWED:
            headers["Allow"] = "POST"
        if result.kind is THROTTLED or result.retry_after:
            headers["Retry-After"] = str(math.ceil(result.retry_after or 1))
    return {
        "statusCode": status,
        "headers": headers,
        "isBase64Encoded": False,
        "body": envelope.compact(envelope.single(result, invocation_id)),
    }
