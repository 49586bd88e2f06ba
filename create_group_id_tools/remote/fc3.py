"""Call InvokeFunction of FC 3.0.

https://www.alibabacloud.com/help/en/functioncompute/api-fc-2023-03-30-invokefunction
"""

from __future__ import annotations

import hashlib
import time
import uuid
from typing import TYPE_CHECKING
from urllib.parse import quote

import requests

from create_group_id_tools.remote import acs3
from create_group_id_tools.remote.fc_api import invocation_headers, invoke_response
from create_group_id_tools.remote.wire import Wire

if TYPE_CHECKING:
    from create_group_id_tools.remote.invoke_response import InvokeResponse
    from create_group_id_tools.runtime.context import AccessCredentials

_VERSION = "2023-03-30"


class Fc3Client:
    """Invoke functions through an endpoint of FC 3.0, a base URL."""

    def __init__(self, endpoint: str, credentials: AccessCredentials) -> None:
        self._endpoint, self._credentials, self._wire = endpoint, credentials, Wire()

    def invoke(
        self, function: str, payload: bytes, *, asynchronous: bool = False, log: bool = False
    ) -> InvokeResponse:
        """Invoke a function, and wait unless `asynchronous`; raise `InvokeError`."""
        request = self.request(function, payload, asynchronous=asynchronous, log=log)
        return invoke_response(self._wire.send(request))

    def request(
        self, function: str, payload: bytes, *, asynchronous: bool = False, log: bool = False
    ) -> requests.PreparedRequest:
        """Return the signed request that invokes a function."""
        headers = {
            "content-type": "application/octet-stream",
            "x-acs-action": "InvokeFunction",
            "x-acs-version": _VERSION,
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": hashlib.sha256(payload).hexdigest(),
            **invocation_headers(asynchronous=asynchronous, log=log),
        }
        path = f"/{_VERSION}/functions/{quote(function, safe='')}/invocations"
        request = requests.Request("POST", self._endpoint + path, headers, data=payload).prepare()
        acs3.sign(request, self._credentials, time.time())
        return request
