"""Read the failure records in a queue of Simple Message Queue (MNS), one per message.

https://www.alibabacloud.com/help/en/mns/developer-reference/request-protocol-description
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import xml.etree.ElementTree as ET
from email.utils import formatdate
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from create_group_id_tools.runtime.context import AccessCredentials

# Plain http only to loopback: each request carries a signature and a token.
_URL = re.compile(
    r"(https://[0-9]+\.mns\.[a-z0-9-]+\.aliyuncs\.com|http://127\.0\.0\.1:[0-9]+)"
    r"/queues/[A-Za-z0-9][A-Za-z0-9-]{0,254}"
)
_NAMESPACE = "{http://mns.aliyuncs.com/doc/v1/}"
_VERSION = "2015-06-06"
_TIMEOUT = 30


class QueueError(Exception):
    """The queue cannot be used, or returned an error. The text is one line."""


def check_url(url: str) -> None:
    """Raise `QueueError` unless it is the URL of a queue."""
    if not _URL.fullmatch(url):
        raise QueueError("the queue must be https://ACCOUNT.mns.REGION.aliyuncs.com/queues/NAME")


class FailureQueue:
    """One queue. Raise `QueueError` for an invalid URL."""

    def __init__(self, url: str, credentials: AccessCredentials) -> None:
        check_url(url)
        parts = urlsplit(url)
        self._origin, self._path = f"{parts.scheme}://{parts.netloc}", f"{parts.path}/messages"
        self._credentials = credentials
        self._session = requests.Session()
        self._session.trust_env = False

    def receive(self) -> Iterator[tuple[bytes, str]]:
        """Yield each message's body and receipt handle, until no message is visible."""
        while True:
            response = self._send("GET", "numOfMessages=16&waitseconds=0", expected=(200, 404))
            if response.status_code == 404:
                if b"MessageNotExist" not in response.content:
                    raise QueueError("no such queue; check its name, its account and its region")
                return
            for message in _parse(response.content):
                body = message.findtext(f"{_NAMESPACE}MessageBody", "")
                yield _decoded(body), message.findtext(f"{_NAMESPACE}ReceiptHandle", "")

    def delete(self, handle: str) -> None:
        """Delete a message."""
        self._send("DELETE", f"ReceiptHandle={quote(handle, safe='')}", expected=(204,))

    def _send(self, method: str, query: str, expected: tuple[int, ...]) -> requests.Response:
        target, date = f"{self._path}?{query}", formatdate(usegmt=True)
        to_sign = f"{method}\n\ntext/xml\n{date}\nx-mns-version:{_VERSION}\n{target}"
        secret = self._credentials.access_key_secret.encode()
        digest = hmac.new(secret, to_sign.encode(), hashlib.sha1).digest()
        signature = base64.b64encode(digest).decode()
        headers = {
            "Authorization": f"MNS {self._credentials.access_key_id}:{signature}",
            "Content-Type": "text/xml",
            "Date": date,
            "x-mns-version": _VERSION,
        }
        if self._credentials.security_token:
            headers["security-token"] = self._credentials.security_token
        try:
            response = self._session.request(
                method,
                self._origin + target,
                headers=headers,
                timeout=_TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise QueueError(f"no response ({type(error).__name__}); check the queue") from None
        if response.status_code not in expected:
            advice = "check the key, its permissions and the queue"
            raise QueueError(f"status {response.status_code} for {method}; {advice}")
        return response


def _parse(content: bytes) -> ET.Element:
    try:
        # Python's expat knows no external entities, and bounds the internal ones.
        return ET.fromstring(content)  # noqa: S314 - see above
    except (ET.ParseError, ValueError, LookupError):
        raise QueueError("the response is not XML; check the address of the queue") from None


def _decoded(body: str) -> bytes:
    """Return a body, decoded if an SDK of MNS encoded it as base64."""
    data = body.encode()
    try:
        return data if body.lstrip().startswith("{") else base64.b64decode(data, validate=True)
    except binascii.Error:
        return data
