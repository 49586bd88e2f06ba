"""Call InvokeFunction of FC 2.0 with the official client.

https://www.alibabacloud.com/help/en/functioncompute/fc-2-0/developer-reference/invokefunction
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import fc2
import requests

from create_group_id_tools.remote.fc_api import invocation_headers, invoke_response
from create_group_id_tools.remote.wire import Wire

if TYPE_CHECKING:
    from create_group_id_tools.remote.invoke_response import InvokeResponse
    from create_group_id_tools.remote.wire import FcResponse
    from create_group_id_tools.runtime.context import AccessCredentials


class Fc2Client:
    """Invoke functions through an account's endpoint of FC 2.0, a base URL."""

    def __init__(self, endpoint: str, credentials: AccessCredentials) -> None:
        self._client = _Client(
            endpoint=endpoint,
            accessKeyID=credentials.access_key_id,
            accessKeySecret=credentials.access_key_secret,
            securityToken=credentials.security_token,
        )

    def invoke(
        self,
        service: str,
        function: str,
        payload: bytes,
        *,
        asynchronous: bool = False,
        log: bool = False,
    ) -> InvokeResponse:
        """Invoke a function, and wait unless `asynchronous`; raise `InvokeError`."""
        headers = invocation_headers(asynchronous=asynchronous, log=log)
        return invoke_response(
            self._client.invoke_function(service, function, payload, headers).data
        )


class _Client(fc2.Client):  # type: ignore[misc]  # published without types
    """The official client, which builds and signs requests, with our own transport.

    Its own transport uses .netrc, follows redirects with the token, logs signed headers, and
    retries a host that does not respond for half a minute.
    """

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
        response: FcResponse = self._wire.send(request)
        # With headers the client would log and raise what they say about the function.
        return SimpleNamespace(headers={}, content=response)
