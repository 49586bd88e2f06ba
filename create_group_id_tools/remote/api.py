"""InvokeFunction as a caller, of FC 3.0 and of FC 2.0.

https://www.alibabacloud.com/help/en/functioncompute/api-fc-2023-03-30-invokefunction
https://www.alibabacloud.com/help/en/functioncompute/fc-2-0/developer-reference/invokefunction
"""

from __future__ import annotations

import time
import uuid
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import fc2
import requests

from create_group_id_tools.remote import signing
from create_group_id_tools.remote.reply import Reply
from create_group_id_tools.remote.wire import Wire, refusal, stranger
from onsmqtt_stub import signatures

if TYPE_CHECKING:
    from create_group_id_tools.remote.wire import Answer
    from create_group_id_tools.runtime.context import Credentials

_VERSION = "2023-03-30"


class Fc3:
    """Invokes the functions behind an endpoint of FC 3.0, a base URL."""

    def __init__(self, endpoint: str, role: Credentials) -> None:
        self._endpoint, self._role, self._wire = endpoint, role, Wire()

    def invoke(
        self, function: str, payload: bytes, *, asynchronous: bool = False, log: bool = False
    ) -> Reply:
        """Invoke, and wait unless `asynchronous`; raises `Refused`."""
        headers = {
            "content-type": "application/octet-stream",
            "x-acs-action": "InvokeFunction",
            "x-acs-version": _VERSION,
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": signatures.payload_hash(payload),
            **_wishes(asynchronous=asynchronous, log=log),
        }
        path = f"/{_VERSION}/functions/{signatures.percent(function)}/invocations"
        request = requests.Request("POST", self._endpoint + path, headers, data=payload).prepare()
        signing.sign(request, self._role, time.time())
        return _understood(self._wire.send(request))


class Fc2:
    """Invokes the functions of services behind an account's endpoint of FC 2.0, a base URL."""

    def __init__(self, endpoint: str, role: Credentials) -> None:
        self._client = _Client(
            endpoint=endpoint,
            accessKeyID=role.access_key_id,
            accessKeySecret=role.access_key_secret,
            securityToken=role.security_token,
        )

    def invoke(
        self,
        service: str,
        function: str,
        payload: bytes,
        *,
        asynchronous: bool = False,
        log: bool = False,
    ) -> Reply:
        """Invoke, and wait unless `asynchronous`; raises `Refused`."""
        headers = _wishes(asynchronous=asynchronous, log=log)
        self._client.invoke_function(service, function, payload, headers)
        return _understood(self._client.answer)


class _Client(fc2.Client):  # type: ignore[misc]  # published without types
    """The official client, which builds and signs, over a transport of ours.

    Its own takes a .netrc for the signature, follows redirects with the token, logs signed
    headers, and tries a host that does not answer for half a minute.
    """

    answer: Answer

    def __init__(self, **options: str) -> None:
        super().__init__(**options)
        self._wire = Wire()

    def _do_request(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        params: Any = None,
        body: bytes = b"",
    ) -> SimpleNamespace:
        url = f"{self.endpoint}{path}"
        request = requests.Request(method, url, headers, data=body, params=params).prepare()
        self.answer = self._wire.send(request)
        # It would log, and raise, what the headers say of the function.
        return SimpleNamespace(headers={}, content=b"")


def _wishes(*, asynchronous: bool, log: bool) -> dict[str, str]:
    return {
        "x-fc-invocation-type": "Async" if asynchronous else "Sync",
        "x-fc-log-type": "Tail" if log else "None",
    }


def _understood(answer: Answer) -> Reply:
    if answer.status not in (200, 202):
        raise refusal(answer)
    if "X-Fc-Request-Id" not in answer.headers:
        raise stranger(answer)
    return Reply(answer, answer.headers.get("X-Fc-Error-Type"))
