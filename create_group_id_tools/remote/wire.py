"""Send one request to Function Compute, and turn its own errors into `InvokeError`."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, NewConnectionError

from create_group_id_tools import json_text
from create_group_id_tools.terminal import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Seconds. The whole response may take longer than any function of ours may run.
_CONNECT_TIMEOUT, _RESPONSE_TIMEOUT = 10, 90
# FC's limit: https://www.alibabacloud.com/help/en/functioncompute/product-overview/limits-of-usage
_MAX_BODY = 32 << 20
_RETRY = 'the function may have run; try again, with "OnExisting": "Succeed" in a request'
_HINTS = {
    400: "FC rejected the request; see the code",
    401: "FC rejected the credentials; check the key or the token",
    403: "FC denied access; check the permission fc:InvokeFunction, the secret, this machine's "
    "clock, and the methods of the trigger",
    404: "no such function or trigger; check its name and its region",
    412: "the function could not start; see its log",
    429: "every instance is busy, or the account is throttled; try again in a moment",
}
_HERE = ("127.0.0.1", "localhost", "::1")
# Its log would quote what it cannot parse.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)


class InvokeError(CommandError):
    """FC did not run the function, or did not return its result.

    The text is one line that says what to do. `status` and `code` are FC's; without a response the
    status is 0.
    """

    def __init__(self, message: str, status: int = 0, code: str = "") -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass(frozen=True)
class FcResponse:
    """A response of `host`. The names of headers are case-insensitive."""

    host: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """Send prepared requests without proxy, .netrc, cookies, redirects and retries."""

    def __init__(self) -> None:
        self._adapter = HTTPAdapter()

    def send(self, request: requests.PreparedRequest) -> FcResponse:
        """Send a request; raise `InvokeError`, which names only the host, if no response arrives.

        The timeout of requests bounds each read. The thread bounds all of them together, so that
        a response that trickles ends too: https://github.com/psf/requests/issues/3070
        """
        done: Queue[FcResponse | InvokeError] = Queue()
        Thread(target=lambda: done.put(self._exchange(request)), daemon=True).start()
        try:
            response = done.get(timeout=_RESPONSE_TIMEOUT)
        except Empty:
            response = _exchange_error(_host(request), requests.ReadTimeout())
        if isinstance(response, InvokeError):
            raise response
        return response

    def _exchange(self, request: requests.PreparedRequest) -> FcResponse | InvokeError:
        host, body = _host(request), bytearray()
        try:
            with self._adapter.send(
                request, timeout=(_CONNECT_TIMEOUT, _RESPONSE_TIMEOUT), stream=True
            ) as response:
                for part in response.raw.stream(1 << 20, decode_content=False):
                    body += part
                    if len(body) > _MAX_BODY:
                        return InvokeError(
                            f"{host}: a response above {_MAX_BODY >> 20} MiB: {_RETRY}"
                        )
        # Malformed headers raise ValueError, a missing file of certifi plain OSError. The texts of
        # all quote the request or the response.
        except (OSError, HTTPError, ValueError) as error:
            return _exchange_error(host, error)
        return FcResponse(host, response.status_code, response.headers, bytes(body))


def _host(request: requests.PreparedRequest) -> str:
    return urlsplit(str(request.url)).netloc


def _exchange_error(host: str, error: Exception) -> InvokeError:
    return InvokeError(f"{host}: {_why(error, host)}")


def rejection(response: FcResponse) -> InvokeError:
    """Return the error for a response that is not the function's."""
    status, code = response.status, _code(response.body)
    label = " ".join(filter(None, (str(status), code)))
    return InvokeError(f"{response.host}: {label}: {_hint(status)}", status, code)


def not_fc(response: FcResponse) -> InvokeError:
    """Return the error for a response without FC's header."""
    reason = "without X-Fc-Request-Id: not Function Compute; check the target"
    return InvokeError(f"{response.host}: {response.status} {reason}")


def _hint(status: int) -> str:
    if 300 <= status < 400:
        return "redirects are not followed; use the address that it leads to"
    if 500 <= status < 600:
        return f"FC failed; {_RETRY}"
    return _HINTS.get(status, "not a response of FC; check the target")


def _why(error: Exception, host: str) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "no trusted TLS connection; check the host and its certificate"
    cause = error.args[0] if error.args else None
    unreachable = isinstance(getattr(cause, "reason", cause), NewConnectionError)
    if unreachable or isinstance(error, requests.ConnectTimeout):
        if urlsplit(f"//{host}").hostname in _HERE:
            return "no connection; start `make serve`, or use the port of a running server"
        return "no connection; check the target, its region and your network"
    return f"no usable response ({type(error).__name__}): {_RETRY}"


def _code(body: bytes) -> str:
    """Return only FC's code: its message may quote what was signed."""
    try:
        error = json_text.read(body)
        code = error.get("Code") or error.get("ErrorCode") or error.get("errorCode")
    except (ValueError, AttributeError):
        return ""
    return code if isinstance(code, str) and re.fullmatch(r"[A-Za-z0-9._-]{1,64}", code) else ""
