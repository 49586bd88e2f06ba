"""Check a publisher's CloudEvent as EventBridge does, and complete it for the target.

https://www.alibabacloud.com/help/en/eventbridge/user-guide/event-overview
https://www.alibabacloud.com/help/en/eventbridge/product-overview/limits
"""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from create_group_id_tools import json_text
from create_group_id_tools.local import fc_errors
from create_group_id_tools.local.fc_errors import FcError
from create_group_id_tools.project import ACCOUNT_ID, REGION_ID
from create_group_id_tools.template.deployment import BUS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MAX_BYTES = 256 << 10
_REQUIRED = ("id", "source", "type", "specversion")
_LONGEST = {"id": 128, "source": 128, "subject": 512}


def check(event: Any, buses: Sequence[str]) -> None:
    """Check an event; raise `FcError` if it is invalid or does not name one of the buses."""
    if not isinstance(event, dict):
        raise fc_errors.invalid("each event must be a JSON object")
    if len(encoded(event)) > _MAX_BYTES:
        raise fc_errors.too_large(_MAX_BYTES)
    for name in _REQUIRED:
        if not isinstance(event.get(name), str) or not event[name]:
            raise fc_errors.invalid(f"{name} must be a non-empty string")
    for name, longest in _LONGEST.items():
        if len(str(event.get(name, ""))) > longest:
            raise fc_errors.invalid(f"{name} may have at most {longest} characters")
    if event.get(BUS) not in buses:
        names = ", ".join(buses) or "none"
        raise FcError(404, "EventBusNotExist", f"{BUS} must be a bus of template.yml: {names}")


def completed(event: Mapping[str, Any], now: float) -> dict[str, Any]:
    """Return a checked event as its target gets it; raise `FcError`. `now` is in epoch seconds."""
    published = datetime.fromtimestamp(now, timezone.utc).isoformat(timespec="milliseconds")
    complete = {
        **event,
        "aliyunaccountid": ACCOUNT_ID,
        "aliyunpublishtime": published.replace("+00:00", "Z"),
        "aliyunregionid": REGION_ID,
    }
    if "data_base64" in complete:
        content = _decoded(complete["data_base64"])
        # Bytes that are not UTF-8 stay encoded: a replacement character would be another name.
        with suppress(UnicodeDecodeError):
            complete["data"] = _value(content)
            del complete["data_base64"]
    return complete


def encoded(event: Mapping[str, Any]) -> bytes:
    """Return an event as JSON; raise `FcError`."""
    try:
        text = json.dumps(event, ensure_ascii=False)
    except RecursionError:
        raise fc_errors.invalid("the event is nested too deeply") from None
    # A lone surrogate becomes the escape sequence that it was sent as.
    return text.encode(errors="backslashreplace")


def _decoded(data: Any) -> bytes:
    """Decode base64. The SDK encodes all data except that of the bare type application/json."""
    try:
        return base64.b64decode(data, validate=True)
    except (TypeError, ValueError):
        raise fc_errors.invalid("data_base64 must be base64") from None


def _value(content: bytes) -> Any:
    """Return the value of JSON, or else the text. Raise UnicodeDecodeError."""
    text = content.decode()
    try:
        return json_text.read(text)
    except ValueError:
        return text
