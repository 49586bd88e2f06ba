"""The stub as a response of the library `responses`, for tests that already use such a mock.

`mock_onsmqtt` does not need this: it works together with `responses` and other mocks.
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
    """The response of a `responses` mock to every call of OnsMqtt.

    Use it as `with responses.RequestsMock() as mocked: mocked.add(OnsMqtt(backend))`. The backend
    is new by default, and in the attribute `backend`. `endpoint` is a base URL or host that is
    mocked too.
    """

    def __init__(self, backend: Backend | None = None, *, endpoint: str | None = None) -> None:
        super().__init__("*", re.compile(".*"))
        self.backend = backend or Backend()
        self._endpoints = Endpoints(
            None if endpoint is None else BaseUrl.parse("endpoint", endpoint)
        )

    def matches(self, request: requests.PreparedRequest) -> tuple[bool, str]:
        """Match every call of the service, with any method."""
        if self._endpoints.match_url(str(request.url)):
            return True, ""
        return False, "URL is not an endpoint of OnsMqtt"

    def get_response(self, request: requests.PreparedRequest) -> urllib3.HTTPResponse:
        """Return the backend's response. Raise the error of `requests` if there is none."""
        arguments = request.req_kwargs  # type: ignore[attr-defined]  # set by responses
        response = send_to(
            self.backend, HTTPAdapter(), request, stream=True, timeout=arguments.get("timeout")
        )
        raw: urllib3.HTTPResponse = response.raw
        return raw
