"""Call actions of OnsMqtt, and break a rule of the gateway where a check wants that.

https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
"""

from __future__ import annotations

import hashlib
import http.client
import re
import ssl
import time
import uuid
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import certifi
import requests

from create_group_id_tools import json_text
from create_group_id_tools.remote import acs3
from create_group_id_tools.terminal import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from create_group_id_tools.runtime.context import AccessCredentials

_EMPTY_BODY = hashlib.sha256(b"").hexdigest()
_CODE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._*-]{1,64}")  # as the function accepts it
# Seconds. The pause leaves half of the quota of 10 calls per second to the account's other callers.
_TIMEOUT, _PAUSE = 15, 0.2


@dataclass(frozen=True)
class ApiResponse:
    """A response of the API: its headers, and its body if that is a JSON object."""

    status: int
    headers: Mapping[str, str]
    fields: dict[str, Any]

    @property
    def succeeded(self) -> bool:
        """Return whether the call succeeded."""
        return self.status == 200 and not self.fields.get("Code")

    @property
    def request_id(self) -> str:
        """Return "RequestId", or what is wrong with it."""
        value = self.fields.get("RequestId")
        if not isinstance(value, str):
            return "no RequestId"
        return "RequestId" if _REQUEST_ID.fullmatch(value) else "a RequestId of another form"

    @property
    def summary(self) -> str:
        """Return the status, and the code or the RequestId."""
        code = self.fields.get("Code")
        if code is None:
            return f"{self.status} {self.request_id}"
        usable = isinstance(code, str) and _CODE.fullmatch(code)
        return f"{self.status} {code if usable else 'a code of another form'}"


class OnsMqttClient:
    """Call one endpoint, a base URL. `clock` returns epoch seconds, `sleep` waits seconds."""

    def __init__(
        self,
        endpoint: str,
        credentials: AccessCredentials,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.host = urlsplit(endpoint).netloc
        self._endpoint, self.credentials = endpoint, credentials
        self._clock, self.sleep = clock, sleep
        self._session = requests.Session()
        self._session.trust_env = False

    def call(
        self,
        action: str,
        parameters: Mapping[str, str],
        *,
        credentials: AccessCredentials | None = None,
        nonce: str = "",
        clock_error: float = 0,
        paced: bool = True,
    ) -> ApiResponse:
        """Call an action; raise `CommandError`, which names only the host, without a response.

        `clock_error` is in seconds, and positive if the time stamp is ahead of the time. A call
        that is not `paced` may exceed the quota.
        """
        if paced:
            self.sleep(_PAUSE)
        request = self._signed(action, parameters, credentials, nonce, clock_error)
        try:
            response = self._session.send(request, timeout=_TIMEOUT, allow_redirects=False)
        except requests.RequestException as error:
            raise self._lost(error) from None
        try:
            fields = json_text.read(response.content)
        except ValueError:
            fields = {}
        return ApiResponse(
            response.status_code, response.headers, fields if isinstance(fields, dict) else {}
        )

    def stays_open(self, action: str, parameters: Mapping[str, str], idle_seconds: float) -> bool:
        """Return whether an idle connection still serves a second call after this time."""
        secure = self._endpoint.startswith("https:")
        with closing(
            http.client.HTTPSConnection(
                self.host,
                timeout=_TIMEOUT,
                context=ssl.create_default_context(cafile=certifi.where()),
            )
            if secure
            else http.client.HTTPConnection(self.host, timeout=_TIMEOUT)
        ) as connection:
            try:
                self._exchange(connection, action, parameters)
            except (OSError, http.client.HTTPException) as error:
                raise self._lost(error) from None
            connection.auto_open = 0
            self.sleep(idle_seconds)
            try:
                self._exchange(connection, action, parameters)
            except (OSError, http.client.HTTPException):
                return False
            return True

    def _exchange(
        self, connection: http.client.HTTPConnection, action: str, parameters: Mapping[str, str]
    ) -> None:
        request = self._signed(action, parameters)
        headers = {str(name): str(value) for name, value in request.headers.items()}
        connection.request("POST", request.path_url, headers=headers)
        connection.getresponse().read()

    def _signed(
        self,
        action: str,
        parameters: Mapping[str, str],
        credentials: AccessCredentials | None = None,
        nonce: str = "",
        clock_error: float = 0,
    ) -> requests.PreparedRequest:
        headers = {
            "accept": "application/json",
            "x-acs-action": action,
            "x-acs-version": "2020-04-20",
            "x-acs-signature-nonce": nonce or uuid.uuid4().hex,
            "x-acs-content-sha256": _EMPTY_BODY,
        }
        url = f"{self._endpoint}/"
        request = requests.Request("POST", url, headers, params=dict(parameters)).prepare()
        acs3.sign(request, credentials or self.credentials, self._clock() + clock_error)
        return request

    def _lost(self, error: Exception) -> CommandError:
        return CommandError(f"{self.host}: no usable response ({type(error).__name__})")
