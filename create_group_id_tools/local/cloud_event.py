"""A CloudEvent as EventBridge takes it from a publisher, and as it hands it on.

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
    """Check what a publisher gave, which must name one of the buses; raises `FcError`."""
    if not isinstance(event, dict):
        raise fc_errors.invalid("an event must be an object")
    if len(encoded(event)) > _MAX_BYTES:
        raise fc_errors.too_large(_MAX_BYTES)
    for name in _REQUIRED:
        if not isinstance(event.get(name), str) or not event[name]:
            raise fc_errors.invalid(f"{name} must be a string that is not empty")
    for name, longest in _LONGEST.items():
        if len(str(event.get(name, ""))) > longest:
            raise fc_errors.invalid(f"{name} is longer than {longest} characters")
    if event.get(BUS) not in buses:
        raise FcError(404, "EventBusNotExist", f"{BUS} names no bus of the template")


def completed(event: Mapping[str, Any], now: float) -> dict[str, Any]:
    """Return a checked event as a target gets it; `now` in epoch seconds. Raises `FcError`."""
    published = datetime.fromtimestamp(now, timezone.utc).isoformat(timespec="milliseconds")
    complete = {
        **event,
        "aliyunaccountid": ACCOUNT_ID,
        "aliyunpublishtime": published.replace("+00:00", "Z"),
        "aliyunregionid": REGION_ID,
    }
    if "data_base64" in complete:
        content = _decoded(complete["data_base64"])
        # Bytes that are no text stay as they are: a replacement character would be another name.
        with suppress(UnicodeDecodeError):
            complete["data"] = _value(content)
            del complete["data_base64"]
    return complete


def encoded(event: Mapping[str, Any]) -> bytes:
    """Return an event as JSON; raises `FcError`."""
    try:
        text = json.dumps(event, ensure_ascii=False)
    except RecursionError:
        raise fc_errors.invalid("an event is nested too deeply") from None
    # What is no character, a lone surrogate, becomes the escape that it came as.
    return text.encode(errors="backslashreplace")


def _decoded(data: Any) -> bytes:
    """Decode what the SDK encodes: all data but that of the bare type application/json."""
    try:
        return base64.b64decode(data, validate=True)
    except (TypeError, ValueError):
        raise fc_errors.invalid("data_base64 is not base64") from None


def _value(content: bytes) -> Any:
    """Return JSON as its value, else the text; raise UnicodeDecodeError."""
    text = content.decode()
    try:
        return json_text.read(text)
    except ValueError:
        return text
