"""A client for the stub's tests that can make every mistake, in process and over HTTP.

It signs with the stub's own functions. Other tests check these against the vectors of the documents
and against the official SDKs.
"""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import requests

from onsmqtt_stub import signatures

if TYPE_CHECKING:
    from onsmqtt_stub import Backend

INSTANCE = "mqtt-cn-0pp1ldu0001"
HOST = "onsmqtt.cn-hangzhou.aliyuncs.com"
START = 1_795_478_400.0  # 2026-11-24T00:00:00Z
_NONCES = itertools.count()


class Clock:
    """A clock that moves only by its own `sleep`."""

    def __init__(self) -> None:
        self.now = START
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Gate:
    """A sleep for a server: it lasts until the test opens the gate, at most 5 s."""

    def __init__(self) -> None:
        self._opened = threading.Event()

    def sleep(self, _seconds: float) -> None:
        self._opened.wait(5)

    def open(self) -> None:
        self._opened.set()


@dataclass
class Client:
    """Each method sends one signed call. Keyword arguments replace the correct values."""

    backend: Backend
    base: str
    session: requests.Session = field(default_factory=requests.Session)

    def v3(
        self,
        action: str = "CreateGroupId",
        *,
        key: str = "testid",
        secret: str = "testsecret",  # noqa: S107 - documented, not secret
        token: str | None = None,
        method: str = "POST",
        path: str = "/",
        host: str = HOST,
        headers: dict[str, str | None] | None = None,
        query: str | None = None,
        signed_query: str | None = None,
        signature: str | None = None,
        form: bool = False,
        timeout: Any = 5,
        stream: bool = False,
        **parameters: Any,
    ) -> requests.Response:
        """Send a call signed with V3. A header that is None is neither sent nor signed."""
        canonical = signatures.canonical_query(parameters.items())
        in_query, body = ("", canonical.encode()) if form else (canonical, b"")
        sent: dict[str, str | None] = {
            "host": host,
            "x-acs-action": action,
            "x-acs-version": "2020-04-20",
            "x-acs-date": timestamp(self.backend.clock()),
            "x-acs-signature-nonce": f"nonce-{next(_NONCES):08}",
            "x-acs-content-sha256": signatures.payload_hash(body),
            "x-acs-security-token": token,
            "content-type": "application/x-www-form-urlencoded" if form else None,
            **(headers or {}),
        }
        signed = {name: value for name, value in sent.items() if value is not None}
        text = signatures.acs3_canonical_request(
            method,
            path,
            in_query if signed_query is None else signed_query,
            signed,
            tuple(signed),
            signatures.payload_hash(body),
        )
        right = signatures.acs3_signature(secret, signatures.acs3_string_to_sign(text))
        authorization = (
            f"ACS3-HMAC-SHA256 Credential={key},SignedHeaders={';'.join(sorted(signed))},"
            f"Signature={signature or right}"
        )
        return self.send(
            method,
            path,
            in_query if query is None else query,
            {"accept": "application/json", "authorization": authorization, **signed},
            body=body,
            timeout=timeout,
            stream=stream,
        )

    def v1(
        self,
        action: str = "CreateGroupId",
        *,
        secret: str = "testsecret",  # noqa: S107 - documented, not secret
        method: str = "POST",
        common: dict[str, str | None] | None = None,
        timeout: Any = 5,
        **parameters: Any,
    ) -> requests.Response:
        """Send a call signed with V1. A common parameter that is None is left out."""
        parameters_sent: dict[str, str | None] = {
            "Action": action,
            "Version": "2020-04-20",
            "Format": "JSON",
            "AccessKeyId": "testid",
            "SignatureNonce": f"nonce-{next(_NONCES):08}",
            "Timestamp": timestamp(self.backend.clock()),
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            **parameters,
            **(common or {}),
        }
        pairs = [(name, value) for name, value in parameters_sent.items() if value is not None]
        if "Signature" not in parameters_sent:
            to_sign = signatures.rpc_string_to_sign(method, pairs)
            pairs.append(("Signature", signatures.rpc_signature(secret, to_sign)))
        return self.send(
            method, "/", signatures.canonical_query(pairs), {"host": HOST}, timeout=timeout
        )

    def send(
        self,
        method: str,
        path: str,
        query: str,
        headers: dict[str, str],
        *,
        body: bytes = b"",
        timeout: Any = 5,
        stream: bool = False,
    ) -> requests.Response:
        """Send a request unchanged."""
        return self.session.request(
            method,
            f"{self.base}{path}{'?' if query else ''}{query}",
            headers=headers,
            data=body,
            timeout=timeout,
            stream=stream,
            allow_redirects=False,
        )

    def create(self, group_id: str = "GID_test", **more: Any) -> requests.Response:
        """Create a group in the stub's own instance."""
        return self.v3("CreateGroupId", GroupId=group_id, InstanceId=INSTANCE, **more)


def timestamp(epoch: float) -> str:
    """Format a time as the gateway expects it."""
    return datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def eventually(condition: Any) -> None:
    """Wait at most 5 s for something that another thread does."""
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.002)
