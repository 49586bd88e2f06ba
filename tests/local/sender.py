"""Send messages to a queue of SMQ, signed as its documents say."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from email.utils import formatdate
from xml.sax.saxutils import escape

import requests

NAMESPACE = "http://mns.aliyuncs.com/doc/v1/"


def message(body: str, **more: object) -> str:
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in more.items())
    return f"<Message><MessageBody>{escape(body)}</MessageBody>{inside}</Message>"


def document(*messages: str) -> bytes:
    """Return the body of SendMessage for one message, or of BatchSendMessage for several."""
    if len(messages) == 1:
        text = messages[0].replace("<Message>", f'<Message xmlns="{NAMESPACE}">')
    else:
        text = f'<Messages xmlns="{NAMESPACE}">{"".join(messages)}</Messages>'
    return f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode()


def send(
    url: str,
    queue: str,
    body: bytes,
    *,
    key: str = "testid",
    secret: str = "testsecret",  # noqa: S107 - the stub's, as documented
    token: str = "",
    sent: float | None = None,
    method: str = "POST",
    path: str = "/queues/{}/messages",
    headers: dict[str, str] | None = None,
) -> requests.Response:
    """Send a request. `headers` are not signed."""
    target = path.format(queue)
    signed = {
        "Content-MD5": base64.b64encode(hashlib.md5(body).hexdigest().encode()).decode(),  # noqa: S324 - the API's
        "Content-Type": "text/xml;charset=UTF-8",
        "Date": formatdate(time.time() if sent is None else sent, usegmt=True),
        "x-mns-version": "2015-06-06",
    }
    # https://www.alibabacloud.com/help/en/mns/developer-reference/request-protocol-description
    text = "\n".join(
        [
            method,
            signed["Content-MD5"],
            signed["Content-Type"],
            signed["Date"],
            f"x-mns-version:{signed['x-mns-version']}",
            target,
        ]
    )
    digest = base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest())
    signed["Authorization"] = f"MNS {key}:{digest.decode()}"
    if token:
        signed["security-token"] = token
    return requests.request(
        method, url + target, data=body, headers={**signed, **(headers or {})}, timeout=30
    )
