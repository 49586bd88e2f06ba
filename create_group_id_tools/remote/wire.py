"""One exchange with Function Compute, and the refusals that are its own."""

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

# Seconds: for the connection, and for the whole answer, which is longer than any function of ours
# may take.
_CONNECT, _ANSWER = 10, 90
# Of FC's own: https://www.alibabacloud.com/help/en/functioncompute/product-overview/limits-of-usage
_MAX_BODY = 32 << 20
_REPEAT = 'the function may have run; repeat it, a request with "OnExisting": "Succeed"'
_HINTS = {
    400: "FC rejected the request; see the code",
    401: "FC rejected the key or the token",
    403: "the key may not invoke the function (fc:InvokeFunction), its secret or this machine's "
    "clock is wrong, or the trigger does not allow the method",
    404: "there is no such function or trigger; check its name and its region",
    412: "the function could not start; see its log",
    429: "every instance is busy, or the account is throttled; try again in a moment",
}
_HERE = ("127.0.0.1", "localhost", "::1")
# It would show what it cannot parse.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)


class Refused(CommandError):
    """FC did not run the function, or did not say what became of it.

    The text is one line that says what to do. `status` and `code` are FC's; a status of 0 is no
    answer.
    """

    def __init__(self, message: str, status: int = 0, code: str = "") -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass(frozen=True)
class Answer:
    """What came back from `host`; no header is missing for its case."""

    host: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """Sends prepared requests: no proxy, no .netrc, no cookie, no redirect, no retry."""

    def __init__(self) -> None:
        self._adapter = HTTPAdapter()

    def send(self, request: requests.PreparedRequest) -> Answer:
        """Send a request; raises `Refused`, which names the host only, where there is no answer.

        A time-out of requests bounds each read. A thread bounds them all, so that an answer which
        trickles ends too: https://github.com/psf/requests/issues/3070
        """
        done: Queue[Answer | Refused] = Queue()
        Thread(target=lambda: done.put(self._exchange(request)), daemon=True).start()
        try:
            answer = done.get(timeout=_ANSWER)
        except Empty:
            answer = _refused(_host(request), requests.ReadTimeout())
        if isinstance(answer, Refused):
            raise answer
        return answer

    def _exchange(self, request: requests.PreparedRequest) -> Answer | Refused:
        host, body = _host(request), bytearray()
        try:
            with self._adapter.send(request, timeout=(_CONNECT, _ANSWER), stream=True) as answer:
                for part in answer.raw.stream(1 << 20, decode_content=False):
                    body += part
                    if len(body) > _MAX_BODY:
                        return Refused(f"{host}: an answer above {_MAX_BODY >> 20} MiB: {_REPEAT}")
        # ValueError is that of malformed headers. Each quotes the request or the answer.
        except (requests.RequestException, HTTPError, ValueError) as error:
            return _refused(host, error)
        return Answer(host, answer.status_code, answer.headers, bytes(body))


def _host(request: requests.PreparedRequest) -> str:
    return urlsplit(str(request.url)).netloc


def _refused(host: str, error: Exception) -> Refused:
    return Refused(f"{host}: {_why(error, host)}")


def refusal(answer: Answer) -> Refused:
    """Make the error of an answer that is no function's."""
    status, code = answer.status, _code(answer.body)
    told = " ".join(filter(None, (str(status), code)))
    return Refused(f"{answer.host}: {told}: {_hint(status)}", status, code)


def not_fc(answer: Answer) -> Refused:
    """Make the error of an answer without FC's mark."""
    told = f"{answer.status} without X-Fc-Request-Id: not Function Compute; check the target"
    return Refused(f"{answer.host}: {told}")


def _hint(status: int) -> str:
    if 300 <= status < 400:
        return "a redirect, which is not followed; use the address that it leads to"
    if 500 <= status < 600:
        return f"FC failed, or {_REPEAT}"
    return _HINTS.get(status, "not an answer of FC; check the target")


def _why(error: Exception, host: str) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "no trusted TLS connection; check the host"
    cause = error.args[0] if error.args else None
    unreachable = isinstance(getattr(cause, "reason", cause), NewConnectionError)
    if unreachable or isinstance(error, requests.ConnectTimeout):
        if urlsplit(f"//{host}").hostname in _HERE:
            return "no connection; start `make serve`, or name the port of one that runs"
        return "no connection; check the target, its region and your network"
    return f"no usable answer ({type(error).__name__}): {_REPEAT}"


def _code(body: bytes) -> str:
    """Return FC's code alone: a message may quote what was signed."""
    try:
        told = json_text.read(body)
        code = told.get("Code") or told.get("ErrorCode") or told.get("errorCode")
    except (ValueError, AttributeError):
        return ""
    return code if isinstance(code, str) and re.fullmatch(r"[A-Za-z0-9._-]{1,64}", code) else ""
