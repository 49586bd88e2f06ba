"""The responses of the stub: status, headers, and a body in JSON or XML."""

from __future__ import annotations

import http.client
import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from onsmqtt_stub._errors import ApiError

JSON = "application/json;charset=utf-8"
# The official SDK parses an XML error only if its content type is exactly this one.
XML = "text/xml;charset=utf-8"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class ServerResponse:
    """A whole response. Its Content-Length is the length of its body."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_headers(self, more: Mapping[str, str]) -> ServerResponse:
        """Return the same response with more headers. They replace headers of the same name."""
        new = {name.lower() for name in more}
        kept = {name: value for name, value in self.headers.items() if name.lower() not in new}
        return replace(self, headers={**kept, **more})

    @property
    def is_bare(self) -> bool:
        """Return whether its status forbids a body."""
        return self.status in (204, 304)

    def head(self, *, close: bool = True) -> bytes:
        """Return the status line and the headers as they are sent."""
        reason = http.client.responses.get(self.status, "")
        lines = [f"HTTP/1.1 {self.status} {reason}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if not self.is_bare:
            lines += [f"Content-Length: {len(self.body)}"]
        if close:
            lines += ["Connection: close"]
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")


def success(
    action: str, request_id: str, fields: Mapping[str, Any], *, xml: bool
) -> ServerResponse:
    """Build the response to a call that succeeded."""
    return _render(200, f"{action}Response", request_id, fields, xml=xml)


def error(failure: ApiError, request_id: str, host: str, *, xml: bool) -> ServerResponse:
    """Build the gateway's response to a call that failed, with HostId and Recommend."""
    fields = {
        "HostId": host,
        "Code": failure.code,
        "Message": failure.message,
        "Recommend": f"https://api.aliyun.com/troubleshoot?q={failure.code}",
        **failure.detail,
    }
    return _render(failure.status, "Error", request_id, fields, xml=xml)


def _render(
    status: int, root: str, request_id: str, fields: Mapping[str, Any], *, xml: bool
) -> ServerResponse:
    content = {"RequestId": request_id, **fields}
    if xml:
        text = f"<?xml version='1.0' encoding='UTF-8'?>{_element(root, content)}"
    else:
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    headers = {"Content-Type": XML if xml else JSON, "x-acs-request-id": request_id}
    return ServerResponse(status, text.encode("utf-8", "replace"), headers)


def _element(name: str, value: Any) -> str:
    """Write one element. A list becomes one element for each item, with no element around them."""
    if isinstance(value, list):
        return "".join(_element(name, item) for item in value)
    if isinstance(value, dict):
        content = "".join(_element(key, item) for key, item in value.items())
    elif isinstance(value, bool):
        content = str(value).lower()
    elif name == "Recommend":
        content = f"<![CDATA[{value}]]>"
    else:
        content = escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", str(value)))
    return f"<{name}>{content}</{name}>"
