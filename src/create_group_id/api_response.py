"""Parse the OpenAPI's response into the RequestId of a success, or a `Failure`."""

from __future__ import annotations

import json
import re
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from create_group_id.errors import (
    BAD_RESPONSE,
    NONCE_USED,
    REDIRECTED,
    REJECTED,
    REJECTED_ELSEWHERE,
    THROTTLED,
    TIMED_OUT,
    UPSTREAM_ERROR,
    Failure,
    Kind,
    upstream_kind,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODE = re.compile(r"[A-Za-z0-9._-]+")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._*-]{1,64}")
_NUMBER = re.compile(r"[0-9]{1,9}")
_REQUEST_TIMEOUT, _TOO_EARLY, _TOO_MANY_REQUESTS = 408, 425, 429


def parse(status: int, headers: Mapping[str, str], body: bytes, now: float) -> str:
    """Return the RequestId of a success; `now` is the time in seconds since 1970.

    Raise `Failure` for any other response. Its `outcome_unknown` says whether the group may exist
    anyway; its `upstream_code` is None unless the response has a code of the OpenAPI's form.
    """
    fields = _fields(body)
    code, id_match = _field(fields, "Code"), _REQUEST_ID.fullmatch(_field(fields, "RequestId"))
    request_id = id_match[0] if id_match else None
    if status // 100 == 2 and request_id and not code and not _reports_failure(fields):
        return request_id
    wait, is_throttled = _retry_after(headers, now)
    kind = upstream_kind(code)
    if kind is None:
        kind = (
            THROTTLED if is_throttled or status == _TOO_MANY_REQUESTS else _by_status(status, code)
        )
    # A 5xx or a 408 may have created the group. A used nonce may mean that our request arrived
    # twice. A throttled call did nothing, whatever its status.
    unknown = status // 100 == 2 or status >= 500 or status == _REQUEST_TIMEOUT
    raise Failure(
        kind,
        upstream_code=code[:64] if _CODE.fullmatch(code) else None,
        request_id=request_id,
        retry_after=wait,
        outcome_unknown=(unknown or kind is NONCE_USED) and not code.startswith("Throttling"),
    )


def date(headers: Mapping[str, str]) -> float | None:
    """Return the response's `Date` in seconds since 1970, or None if it is unusable."""
    return _http_date(_header(headers, "date"))


def _by_status(status: int, code: str) -> Kind:
    if status // 100 == 3:
        return REDIRECTED
    if status == _REQUEST_TIMEOUT:
        return TIMED_OUT
    if status // 100 == 4:
        if code:
            return REJECTED
        return BAD_RESPONSE if status == _TOO_EARLY else REJECTED_ELSEWHERE
    return UPSTREAM_ERROR if code and status >= 500 else BAD_RESPONSE


def _reports_failure(fields: Mapping[str, Any]) -> bool:
    success = fields.get("Success", fields.get("success"))
    return str(success).strip().lower() == "false"


def _retry_after(headers: Mapping[str, str], now: float) -> tuple[float | None, bool]:
    """Return the longest wait in the headers, in seconds, and whether one is the gateway's own."""
    waits = []
    milliseconds = _header(headers, "x-acs-retry-after")
    is_throttled = bool(_NUMBER.fullmatch(milliseconds))
    if is_throttled:
        waits.append(int(milliseconds) / 1000)
    standard = _header(headers, "retry-after")  # RFC 9110, 10.2.3
    if _NUMBER.fullmatch(standard):
        waits.append(float(standard))
    elif (retry_at := _http_date(standard)) is not None:
        waits.append(max(0.0, retry_at - (date(headers) or now)))
    return max(waits, default=None), is_throttled


def _header(headers: Mapping[str, str], name: str) -> str:
    return headers.get(name, "").strip()


def _http_date(text: str) -> float | None:
    try:
        parsed = parsedate_to_datetime(text)
        # The asctime form names no zone and means UTC (RFC 9110, 5.6.7).
        return parsed.replace(tzinfo=parsed.tzinfo or timezone.utc).timestamp()
    except (ValueError, OverflowError):
        return None


def _field(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name, fields.get(name[0].lower() + name[1:]))
    return value.strip() if isinstance(value, str) else ""


def _fields(body: bytes) -> dict[str, Any]:
    """Return the fields of a JSON or XML body, or an empty dict if it is neither."""
    # A message in another charset must not hide the code beside it.
    text = body.decode("utf-8-sig", errors="replace").strip()
    try:
        fields = _xml_fields(text) if text.startswith("<") else json.loads(text)
    except (ValueError, SyntaxError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _xml_fields(text: str) -> dict[str, Any]:
    # The gateway defaults to XML. We ask for JSON, so this import is rarely needed.
    from xml.etree import ElementTree as ET  # noqa: PLC0415

    # Parse text, since bytes may declare another encoding. TLS authenticates the sender, and
    # expat limits the expansion of entities.
    root = ET.fromstring(text)  # noqa: S314
    return {child.tag.rpartition("}")[2]: child.text for child in root}
