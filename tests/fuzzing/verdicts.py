"""What a response means, by a second reader of HTTP and by the table of the contract.

h11 is the second reader; https://www.alibabacloud.com/help/en/apsaramq-for-mqtt/ lists the codes of
the API. Nothing here comes from src.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree as ET

import h11

from tests.fuzzing.scripted_server import END

if TYPE_CHECKING:
    from tests.fuzzing.scripted_server import Exchange

_MAX_BODY, _MAX_HEADERS, _MAX_LINE = 65_536, 100, 65_000
# h11 takes most control characters in a reason; RFC 9112, 4 allows none but the tab.
_REASON = rb"( [\t -~\x80-\xff]*)?"
_UNCLEAR_REASON = re.compile(rb"HTTP/1\.[0-9] [0-9]{3}" + _REASON + rb"[^\t -~\x80-\xff\r\n]")
# Skipped with any lines, 101 included, because the function asks for no other protocol.
_INTERIM = re.compile(
    rb"(HTTP/1\.[0-9] 1[0-9][0-9]" + _REASON + rb"\r?\n((?!\r?\n)[^\n]*\n)*\r?\n)*"
)
_CREATED, _BAD, _EXISTS = "Created", "UpstreamBadResponse", "GroupIdAlreadyExists"
_CODES = {
    "GroupIdAlreadyExsited": _EXISTS,
    "GroupIdAlreadyUsedByOtherUsers": "GroupIdUsedByAnotherAccount",
    "ParameterFieldCheckFailed": "InvalidParameter",
    "ParameterCheckFailed": "InvalidParameter",
    "MissingGroupId": "InvalidParameter",
    "MissingInstanceId": "InvalidParameter",
    "InstancePermissionCheckFailed": "InstanceAccessDenied",
    "PermissionCheckFailed": "AccessDenied",
    "NoPermission": "AccessDenied",
    "Forbidden.AccessKeyDisabled": "CredentialsRejected",
    "InstanceNotFound": "InstanceNotFound",
    "CreateGroupIdError": "CreateGroupIdFailed",
    "InternalError": "UpstreamInternalError",
    "ServiceUnavailable": "UpstreamUnavailable",
    "SignatureNonceUsed": "UpstreamRejected",
    "InvalidTimeStamp.Expired": "UpstreamRejected",
    "IllegalTimestamp": "UpstreamRejected",
    "IncompleteSignature": "CredentialsRejected",
    "MissingSecurityToken": "CredentialsRejected",
    "SignatureDoesNotMatch": "CredentialsRejected",
}
_PREFIXES = {
    "GroupIdAlreadyExist": _EXISTS,
    "InvalidParameter": "InvalidParameter",
    "Forbidden": "AccessDenied",
    "Throttling": "Throttled",
    "InvalidSecurityToken.": "CredentialsRejected",
    "InvalidAccessKeyId": "CredentialsRejected",
}
# Whoever splits at the colon takes them for headers of no meaning.
_ODD_HEADER = re.compile(rb"(?m)^[!-9;-~]*[\"(),/;<=>?@\[\\\]{}][!-9;-~]*:[^\n]*\n")
_HEAD = re.compile(rb"[^\n]*\n((?!\r?\n)[^\n]*\n)*")


class Response(NamedTuple):
    """A whole response; `is_clear` says that its end shows where the next one begins."""

    status: int
    headers: dict[str, str]
    body: bytes
    is_clear: bool


class Verdict(NamedTuple):
    """The code or `Created`; whether the group may exist; what the function may show."""

    code: str
    is_unknown: bool
    request_id: str | None = None
    upstream_code: str | None = None


UNREACHABLE = Verdict("UpstreamUnreachable", is_unknown=False)
TIMED_OUT = Verdict("UpstreamTimeout", is_unknown=True)
LOST = Verdict(_BAD, is_unknown=True)


class Malformed(Exception):
    """The bytes are not HTTP for this reader; a more lenient one may accept them."""


def response(exchange: Exchange) -> Response | None:
    """Return the response of an exchange; None if it is incomplete. Raise `Malformed`."""
    reader = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
    reader.send(h11.Request(method="POST", target="/", headers=[("Host", "a")]))
    reader.send(h11.EndOfMessage())
    found = _Found()
    received = _lenient(exchange.received)
    if _UNCLEAR_REASON.match(received):
        raise Malformed
    try:
        reader.receive_data(received)
        found.take(reader)
    except h11.RemoteProtocolError:
        raise Malformed from None
    if exchange.ending == END and not found.is_whole:
        try:
            reader.receive_data(b"")
            found.take(reader)
        except h11.RemoteProtocolError:
            return None
    if not found.is_whole:
        return None
    longest = max((len(name) + len(value) for name, value in found.head.headers), default=0)
    if len(found.head.headers) > _MAX_HEADERS or longest > _MAX_LINE:
        raise Malformed
    headers: dict[str, str] = {}
    for name, value in found.head.headers:
        headers.setdefault(name.decode(), value.decode("latin-1"))
    is_clear = reader.their_state is h11.DONE and not reader.trailing_data[0]
    return Response(found.head.status_code, headers, found.body, is_clear)


def _lenient(received: bytes) -> bytes:
    """Return the bytes without interim heads, and without headers whose names are no tokens."""
    final = _INTERIM.sub(b"", received, count=1)
    head = _HEAD.match(final)
    return _ODD_HEADER.sub(b"", head[0]) + final[head.end() :] if head else final


class _Found:
    """The parts of a response so far."""

    def __init__(self) -> None:
        self.head: Any = None
        self.body, self.is_whole = b"", False

    def take(self, reader: h11.Connection) -> None:
        """Take the next events of the reader."""
        while not self.is_whole:
            event = reader.next_event()
            if isinstance(event, h11.Response):
                self.head = event
            elif isinstance(event, h11.Data):
                self.body += event.data
            elif isinstance(event, h11.EndOfMessage):
                self.is_whole = True
            else:
                return


def verdict(given: Response) -> Verdict:
    """Return what a whole response means."""
    status = given.status
    fields = _fields(given.body) if len(given.body) <= _MAX_BODY else {}
    request_id, code = _field(fields, "RequestId"), _field(fields, "Code")
    request_id = request_id if re.fullmatch(r"[A-Za-z0-9._*-]{1,64}", request_id) else ""
    denied = str(fields.get("Success", fields.get("success"))).strip().lower() == "false"
    if 200 <= status < 300 and request_id and not code and not denied:
        return Verdict(_CREATED, is_unknown=False, request_id=request_id)
    unknown = 200 <= status < 300 or status >= 500 or status == 408 or code == "SignatureNonceUsed"
    return Verdict(
        _listed(code) or _by_status(given, code),
        unknown and not code.startswith("Throttling"),
        request_id or None,
        code[:64] if re.fullmatch(r"[A-Za-z0-9._-]+", code) else None,
    )


def _listed(code: str) -> str | None:
    if code in _CODES:
        return _CODES[code]
    for prefix, ours in _PREFIXES.items():
        if code.startswith(prefix):
            return ours
    return "Throttled" if "FLOW_CONTROL" in code else None


def _by_status(given: Response, code: str) -> str:
    status = given.status
    wait = given.headers.get("x-acs-retry-after", "").strip()
    if status == 429 or re.fullmatch("[0-9]{1,9}", wait):
        return "Throttled"
    if 300 <= status < 400:
        return _BAD
    if status == 408:
        return "UpstreamTimeout"
    if code and status >= 400:
        return "UpstreamRejected" if status < 500 else "UpstreamInternalError"
    return _BAD


def _fields(body: bytes) -> dict[str, Any]:
    text = body.decode("utf-8-sig", "replace").strip()
    try:
        if text.startswith("<"):
            return {element.tag.split("}")[-1]: element.text for element in ET.fromstring(text)}  # noqa: S314 - the input of the fuzzer, without a network
        value = json.loads(text)
    except (ValueError, SyntaxError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _field(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name, fields.get(name[0].lower() + name[1:]))
    return value.strip() if isinstance(value, str) else ""
