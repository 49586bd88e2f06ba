"""One exchange with Function Compute, and the refusals that are its own."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from devtools.local import http_event
from devtools.local.http_event import HttpResponse
from devtools.runtime_result import Result
from devtools.unusable import Unusable

if TYPE_CHECKING:
    from collections.abc import Mapping

# Seconds. The second is longer than any function of ours may take.
_CONNECT, _READ = 10, 90
_HINTS = {
    400: "the request is not one that FC takes",
    401: "the key or the token is not taken",
    403: "the key may not invoke it (fc:InvokeFunction), its secret or the clock is wrong, "
    "or the trigger does not take the method",
    404: "there is no such function or trigger: check its name and its region",
    412: "the function cannot start: see its log",
    429: "every instance is busy, or the account is throttled: repeat in a moment",
}


class Refused(Unusable):
    """FC did not run the function, or did not say what became of it.

    The text is one line that says what to do. `status` and `code` are FC's; a status of 0 is no
    answer.
    """

    def __init__(self, message: str, status: int = 0, code: str = "") -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass(frozen=True)
class Reply:
    """What FC gave a caller.

    `status`, `headers` and `body` are those of its answer, `by_http` tells whether a trigger gave
    it; `error_type` is None where the function did not fail.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    error_type: str | None = None
    by_http: bool = False

    @property
    def request_id(self) -> str:
        """FC's own."""
        return self.headers.get("X-Fc-Request-Id", "")

    @property
    def log(self) -> str:
        """The log's last 4 KiB, where they were asked for."""
        try:
            tail = base64.b64decode(self.headers.get("X-Fc-Log-Result", ""), validate=True)
        except (binascii.Error, ValueError):
            return ""
        return tail.decode(errors="replace")

    @property
    def usage(self) -> str:
        """What FC says of the invocation, in a line."""
        told = [f"Request {self.request_id}"]
        for name, unit in (("Invocation-Duration", "ms"), ("Max-Memory-Usage", "MB")):
            if value := self.headers.get(f"X-Fc-{name}"):
                told.append(f"{value} {unit}")
        return ", ".join(told)

    def response(self) -> HttpResponse:
        """Give what a caller of the HTTP trigger gets, or would get for an event of its own."""
        if self.by_http or self.status == 202:
            return HttpResponse(self.status, self.body, self.headers)
        return http_event.response(Result(self.body, self.error_type), self.request_id)


class Wire:
    """Sends prepared requests: no proxy, no .netrc, no redirect, no repetition."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False

    def send(self, request: requests.PreparedRequest) -> requests.Response:
        """Send one; raises `Refused` where there is no answer, whose text names the host alone."""
        host = urlsplit(str(request.url)).netloc
        try:
            return self._session.send(request, timeout=(_CONNECT, _READ), allow_redirects=False)
        except requests.RequestException as error:
            # Its text quotes the request.
            raise Refused(f"{host}: {_why(error)}") from None


def refusal(answer: requests.Response) -> Refused:
    """Make the error of an answer that is FC's own."""
    host, status, code = urlsplit(answer.url).netloc, answer.status_code, _code(answer)
    hint = _HINTS.get(status, "an error of FC's: repeat later" if status >= 500 else "unexpected")
    return Refused(f"{host}: {' '.join(filter(None, (str(status), code)))}: {hint}", status, code)


def _why(error: requests.RequestException) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "no trusted TLS connection: check the host"
    reason = error.args[0] if error.args else None
    if isinstance(reason, MaxRetryError):
        reason = reason.reason
    if isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError):
        return "no connection: check the target, its region and your network"
    return (
        f"no answer ({type(error).__name__}): the function may have run; "
        'repeat with "OnExisting": "Succeed"'
    )


def _code(answer: requests.Response) -> str:
    """Give FC's code alone: a message may quote what was signed."""
    try:
        told = json.loads(answer.content)
        code = told.get("Code") or told.get("ErrorCode") or told.get("errorCode")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return code if isinstance(code, str) and re.fullmatch(r"[A-Za-z0-9._-]{1,64}", code) else ""
