"""Make one attempt of CreateGroupId: sign it, send it, interpret the response."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError, NewConnectionError, ReadTimeoutError

from create_group_id import __version__, api_response, logs, signature
from create_group_id.connection import BoundedAdapter
from create_group_id.dial import MAX_RESPONSE
from create_group_id.errors import BAD_RESPONSE, TIMED_OUT, TIMESTAMP_REJECTED, UNREACHABLE, Failure

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

    from create_group_id.credentials import Credentials
    from create_group_id.payload import Request
    from create_group_id.settings import Settings

ATTEMPT_TIMEOUT = 5.0
MAX_IDLE = 10.0  # seconds; FC freezes idle instances, and a frozen one misses a closed connection
# urllib3 logs addresses, and headers that it cannot parse. Upstream text must not be logged.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)


class Client:
    """Calls the OpenAPI over one persistent connection. Each FC instance has one client."""

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
        nonce: Callable[[], str],
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._clock, self._wall_clock, self._nonce = clock, wall_clock, nonce
        self._last_used, self._last_used_wall = clock(), wall_clock()
        self._clock_error = 0.0  # seconds that the service's clock is ahead of ours
        # Not a session: it uses proxies, .netrc, cookies and redirects, and each could leak the
        # credentials.
        self._adapter = BoundedAdapter(context)

    def create_group_id(
        self, request: Request, settings: Settings, credentials: Credentials, time_left: float
    ) -> str:
        """Make one attempt within `time_left` seconds, and return the RequestId.

        Raise `Failure`; its `outcome_unknown` says whether the group may exist anyway.
        """
        if not 0 <= self._clock() - self._last_used <= MAX_IDLE or (
            not 0 <= self._wall_clock() - self._last_used_wall <= MAX_IDLE
        ):
            self._adapter.close()
        prepared = self._prepare(request, settings, credentials)
        timeout = min(ATTEMPT_TIMEOUT, time_left)
        try:
            response = self._adapter.send(prepared, timeout=timeout)
            body = response.raw.read()
            request_id = self._interpret(
                response.status_code,
                response.headers,
                body if len(body) <= MAX_RESPONSE else b"",
            )
        except Failure:
            raise
        except Exception as error:  # noqa: BLE001 - no exception says what the server did
            raise _failure_for(error) from None
        finally:
            self._last_used, self._last_used_wall = self._clock(), self._wall_clock()
        return request_id

    def _interpret(self, status: int, headers: Mapping[str, str], body: bytes) -> str:
        now = self._wall_clock()
        try:
            request_id = api_response.parse(status, headers, body, now)
        except Failure as failure:
            if failure.upstream_code:
                self._adapter.keep()
            if (
                failure.kind is TIMESTAMP_REJECTED
                and (date := api_response.date(headers)) is not None
            ):
                self._clock_error = date - now
            raise
        self._adapter.keep()
        return request_id

    def _prepare(
        self, request: Request, settings: Settings, credentials: Credentials
    ) -> requests.PreparedRequest:
        network = "-vpc" if settings.network == "vpc" else ""
        endpoint = settings.endpoint or f"https://onsmqtt{network}.{request.region_id}.aliyuncs.com"
        query = signature.canonical_query(request.parameters)
        now = time.gmtime(self._wall_clock() + self._clock_error)
        headers = {
            "accept": "application/json",
            "host": urlsplit(endpoint).netloc,
            "x-acs-action": "CreateGroupId",
            "x-acs-content-sha256": signature.EMPTY_BODY,
            "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", now),
            "x-acs-signature-nonce": self._nonce(),
            "x-acs-version": "2020-04-20",
        }
        if credentials.security_token:
            headers["x-acs-security-token"] = credentials.security_token
        headers["authorization"] = signature.authorization(
            "POST", query, headers, credentials.access_key_id, credentials.access_key_secret
        )
        # Request.prepare would parse and quote the URL again. Without it, the URL is sent as it was
        # signed, and a warm call takes 10 % less time.
        prepared = requests.PreparedRequest()
        prepared.method, prepared.url = "POST", f"{endpoint}/?{query}"
        unsigned = {
            "accept-encoding": "identity",
            "content-length": "0",
            "user-agent": f"create-group-id/{__version__}",
        }
        prepared.headers = CaseInsensitiveDict(headers | unsigned)
        return prepared


def _failure_for(error: Exception) -> Failure:
    """Return the failure for an exception; an unexpected one leaves the outcome unknown."""
    cause = next(iter(error.args), None)
    if isinstance(error, (requests.ConnectTimeout, NewConnectionError)) or (
        isinstance(getattr(cause, "reason", cause), NewConnectionError)
    ):
        return Failure(UNREACHABLE)
    if isinstance(error, (requests.Timeout, ReadTimeoutError)):
        return Failure(TIMED_OUT, outcome_unknown=True)
    if not isinstance(error, (requests.RequestException, HTTPError)):
        logs.bug(error)
    message = "The connection was lost after the call was sent: retry later."
    return Failure(BAD_RESPONSE, message, outcome_unknown=True)
