"""SendMessage and BatchSendMessage of Simple Message Queue, as its clients send them.

https://www.alibabacloud.com/help/en/mns/developer-reference/sendmessage
https://www.alibabacloud.com/help/en/mns/developer-reference/batchsendmessage
"""

from __future__ import annotations

import hashlib
import re
import uuid
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import TYPE_CHECKING

from create_group_id_tools.events.http_event import HttpRequest, HttpResponse
from create_group_id_tools.local import authentication, fc_errors
from create_group_id_tools.local.fc_errors import FcError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from create_group_id_tools.local.authentication import Keys
    from create_group_id_tools.local.message_queue import MessageQueue

PREFIX = "/queues/"
_NAMESPACE = "http://mns.aliyuncs.com/doc/v1/"
_VERSION = "2015-06-06"
_PATH = re.compile(rf"{PREFIX}(?P<name>[^/]+)/messages")
_MAX_MESSAGES, _MAX_BYTES, _MAX_DELAY = 16, 64 << 10, 604_800


@dataclass(frozen=True)
class _Message:
    body: bytes
    delay: int

    @classmethod
    def read(cls, element: ET.Element) -> _Message:
        """Read a message; raise `FcError`. A priority is taken and changes nothing."""
        body = element.findtext(f"{{{_NAMESPACE}}}MessageBody")
        delay = element.findtext(f"{{{_NAMESPACE}}}DelaySeconds", "0")
        if not body:
            raise fc_errors.invalid("MessageBody is missing or empty")
        if not re.fullmatch("[0-9]{1,6}", delay) or int(delay) > _MAX_DELAY:
            raise fc_errors.invalid(f"DelaySeconds must be 0 to {_MAX_DELAY}")
        return cls(body.encode(), int(delay))


class MessageApi:
    """Takes messages for the queues that a trigger of the template names."""

    def __init__(self, queues: Mapping[str, MessageQueue], keys: Keys) -> None:
        self._queues, self._keys = queues, keys

    @staticmethod
    def serves(request: HttpRequest) -> bool:
        """Whether a request is for SMQ."""
        return request.raw_path.startswith(PREFIX)

    def respond(self, request: HttpRequest, request_id: str, now: float) -> HttpResponse:
        """Take messages from a sender whose signature is of one of the keys; raise `FcError`."""
        found = _PATH.fullmatch(request.raw_path)
        if found is None or request.method != "POST":
            raise FcError(400, "InvalidRequestURL", f"only POST {PREFIX}NAME/messages is served")
        authentication.verify_mns(request, self._keys, now)
        queue = self._queues.get(found["name"])
        if queue is None:
            raise FcError(404, "QueueNotExist", "no trigger of the template reads this queue")
        root = _parse(request.body)
        messages = [_Message.read(element) for element in _elements(root)]
        if sum(len(message.body) for message in messages) > _MAX_BYTES:
            raise fc_errors.invalid(f"the messages are longer than {_MAX_BYTES} bytes together")
        try:
            entries = [_put(queue, message) for message in messages]
        except OSError:
            raise fc_errors.internal("the message cannot be written to the server's disk") from None
        answer = entries[0] if _is(root, "Message") else _element("Messages", *entries)
        return _response(201, answer, request_id)


def refusal(error: FcError, request_id: str) -> HttpResponse:
    """Make the response of an error; the connection ends, since the body may be unread."""
    fields = {
        "Code": error.code,
        "Message": error.message,
        "RequestId": request_id,
        "HostId": "127.0.0.1",
    }
    element = _element("Error", *(_text(name, text) for name, text in fields.items()))
    response = _response(error.status, element, request_id)
    return HttpResponse(error.status, response.body, {**response.headers, "Connection": "close"})


def _parse(body: bytes) -> ET.Element:
    try:
        # Python's expat knows no external entities, and bounds the internal ones.
        return ET.fromstring(body)  # noqa: S314 - see above
    except (ET.ParseError, ValueError, LookupError):
        raise FcError(400, "MalformedXML", "the body is not XML") from None


def _elements(root: ET.Element) -> list[ET.Element]:
    messages = [root] if _is(root, "Message") else list(root)
    known = _is(root, "Message") or _is(root, "Messages")
    if not known or not all(_is(message, "Message") for message in messages):
        raise FcError(400, "MalformedXML", f"must be Message, or Messages of it, of {_NAMESPACE}")
    if not 1 <= len(messages) <= _MAX_MESSAGES:
        raise fc_errors.invalid(f"a request has 1 to {_MAX_MESSAGES} messages")
    return messages


def _put(queue: MessageQueue, message: _Message) -> ET.Element:
    message_id = uuid.uuid4().hex.upper()
    queue.put(message_id, message.body, message.delay)
    digest = hashlib.md5(message.body, usedforsecurity=False).hexdigest().upper()
    return _element("Message", _text("MessageId", message_id), _text("MessageBodyMD5", digest))


def _is(element: ET.Element, name: str) -> bool:
    return element.tag == f"{{{_NAMESPACE}}}{name}"


def _element(name: str, *inside: ET.Element) -> ET.Element:
    element = ET.Element(name)
    element.extend(inside)
    return element


def _text(name: str, text: str) -> ET.Element:
    element = ET.Element(name)
    element.text = text
    return element


def _response(status: int, element: ET.Element, request_id: str) -> HttpResponse:
    element.set("xmlns", _NAMESPACE)
    headers = {
        "Content-Type": "text/xml;charset=utf-8",
        "x-mns-request-id": request_id,
        "x-mns-version": _VERSION,
    }
    return HttpResponse(status, ET.tostring(element, "utf-8", xml_declaration=True), headers)
