"""The stub as a response of the library `responses`, for tests that have a mock of it already.

`mock_onsmqtt` needs nothing of this: it stands beside `responses` and other mocks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import responses
from requests.adapters import HTTPAdapter

from onsmqtt_stub._backend import Backend
from onsmqtt_stub._endpoints import BaseUrl, Endpoints
from onsmqtt_stub._hooks import send_to

if TYPE_CHECKING:
    import requests
    import urllib3


class OnsMqtt(responses.BaseResponse):
    """What answers every call of OnsMqtt in a `responses` mock, from a backend.

    `with responses.RequestsMock() as mocked: mocked.add(OnsMqtt(backend))`. A new backend by
    default; it is `self.backend`. `endpoint` is a base URL or host that is the service's too.
    """

    def __init__(self, backend: Backend | None = None, *, endpoint: str | None = None) -> None:
        super().__init__("*", re.compile(".*"))
        self.backend = backend or Backend()
        self._endpoints = Endpoints(
            None if endpoint is None else BaseUrl.parse("endpoint", endpoint)
        )

    def matches(self, request: requests.PreparedRequest) -> tuple[bool, str]:
        """Take what goes to the service, whatever its method."""
        if self._endpoints.match_url(str(request.url)):
            return True, ""
        return False, "is no endpoint of OnsMqtt"

    def get_response(self, request: requests.PreparedRequest) -> urllib3.HTTPResponse:
        """Return the backend's response; raise what `requests` raises where there is none."""
        arguments = request.req_kwargs  # type: ignore[attr-defined]  # set by responses
        response = send_to(
            self.backend, HTTPAdapter(), request, stream=True, timeout=arguments.get("timeout")
        )
        raw: urllib3.HTTPResponse = response.raw
        return raw
