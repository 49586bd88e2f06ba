"""The APIs SendMessage and BatchSendMessage of Simple Message Queue, for their clients.

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
from create_group_id_tools.terminal import note

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
        """Read a message; raise `FcError`. Its priority is ignored."""
        body = element.findtext(f"{{{_NAMESPACE}}}MessageBody")
        delay = element.findtext(f"{{{_NAMESPACE}}}DelaySeconds", "0")
        if not body:
            raise fc_errors.invalid("MessageBody must be present and not empty")
        if not re.fullmatch("[0-9]{1,6}", delay) or int(delay) > _MAX_DELAY:
            raise fc_errors.invalid(f"DelaySeconds must be a whole number from 0 to {_MAX_DELAY}")
        return cls(body.encode(), int(delay))


class MessageApi:
    """Put messages into the queues that the triggers of template.yml read."""

    def __init__(self, queues: Mapping[str, MessageQueue], keys: Keys) -> None:
        self._queues, self._keys = queues, keys

    @staticmethod
    def serves(request: HttpRequest) -> bool:
        """Return whether a request is for Simple Message Queue."""
        return request.raw_path.startswith(PREFIX)

    def respond(self, request: HttpRequest, request_id: str, now: float) -> HttpResponse:
        """Put the messages of a signed request into a queue; raise `FcError`."""
        match = _PATH.fullmatch(request.raw_path)
        if match is None or request.method != "POST":
            raise FcError(400, "InvalidRequestURL", f"use POST {PREFIX}NAME/messages")
        authentication.verify_mns(request, self._keys, now)
        queue = self._queues.get(match["name"])
        if queue is None:
            names = ", ".join(self._queues) or "none"
            raise FcError(
                404, "QueueNotExist", f"template.yml has triggers for the queues: {names}"
            )
        root = _parse(request.body)
        messages = [_Message.read(element) for element in _elements(root)]
        if sum(len(message.body) for message in messages) > _MAX_BYTES:
            raise fc_errors.invalid(f"the messages may have at most {_MAX_BYTES} bytes together")
        try:
            entries = [_put(queue, message) for message in messages]
        except OSError as error:
            note(f"Message for {match['name']} not accepted: cannot write it: {error.strerror}.")
            raise fc_errors.internal("the server cannot write the message to its disk") from None
        element = entries[0] if _is(root, "Message") else _element("Messages", *entries)
        return _response(201, element, request_id)


def refusal(error: FcError, request_id: str) -> HttpResponse:
    """Build the response to an error. It closes the connection, as the body may be unread."""
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
        raise FcError(400, "MalformedXML", "the body must be XML") from None


def _elements(root: ET.Element) -> list[ET.Element]:
    messages = [root] if _is(root, "Message") else list(root)
    known = _is(root, "Message") or _is(root, "Messages")
    if not known or not all(_is(message, "Message") for message in messages):
        problem = (
            "the root element must be Message, or Messages with Message elements, in the namespace"
        )
        raise FcError(400, "MalformedXML", f"{problem} {_NAMESPACE}")
    if not 1 <= len(messages) <= _MAX_MESSAGES:
        raise fc_errors.invalid(f"a request must have 1 to {_MAX_MESSAGES} messages")
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
