"""One attempt of CreateGroupId: signed, sent, its answer understood."""

from __future__ import annotations

import json
import logging
import re
import time
from typing import TYPE_CHECKING, Any

import requests
from requests.structures import CaseInsensitiveDict
from urllib3 import Timeout
from urllib3.exceptions import HTTPError, NewConnectionError, ReadTimeoutError

from create_group_id import signature
from create_group_id.connection import BoundedAdapter
from create_group_id.errors import (
    BAD_RESPONSE,
    REDIRECTED,
    REJECTED,
    THROTTLED,
    TIMED_OUT,
    UNREACHABLE,
    UPSTREAM_ERROR,
    Failure,
    Kind,
    upstream_kind,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from create_group_id.credentials import Credentials
    from create_group_id.payload import Request
    from create_group_id.settings import Settings

CONNECT_TIMEOUT, ATTEMPT_TIMEOUT = 3.0, 5.0
MAX_IDLE = 10.0  # a frozen instance does not see its connections die
MAX_ANSWER = 64 * 1024
# urllib3 logs addresses, and headers that it cannot parse: upstream text.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)
_SAFE = re.compile(r"[A-Za-z0-9._-]+")
_REQUEST_ID = re.compile(r"[A-Za-z0-9*_-]{1,64}")
_MILLISECONDS = re.compile(r"[0-9]{1,9}")


class Client:
    """Calls the OpenAPI over one kept connection; an instance of the function has one."""

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
        nonce: Callable[[], str],
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._clock, self._wall_clock, self._nonce = clock, wall_clock, nonce
        self._used = clock()
        # Without a session: proxies, .netrc, cookies and redirects are a session's doing, and none
        # of them may have our credentials.
        self._adapter = BoundedAdapter(context)

    def create_group_id(
        self, request: Request, settings: Settings, credentials: Credentials, time_left: float
    ) -> str:
        """Try once, within `time_left` seconds; gives the answer's RequestId.

        Raises `Failure`, whose `outcome_unknown` tells whether the group may exist all the same.
        """
        if self._clock() - self._used > MAX_IDLE:
            self._adapter.close()
        prepared = self._prepare(request, settings, credentials)
        # A sleep may have taken what was left.
        limit = max(0.01, min(ATTEMPT_TIMEOUT, time_left))
        # A name with two addresses is tried twice, and both must fit. The annotation: requests
        # takes urllib3's Timeout, which its types leave out.
        timeout: Any = Timeout(total=limit, connect=min(CONNECT_TIMEOUT, limit / 2))
        try:
            with self._adapter.send(prepared, timeout=timeout, stream=True) as answer:
                body = answer.raw.read(MAX_ANSWER + 1, decode_content=True)
        except (requests.Timeout, ReadTimeoutError) as error:
            raise _no_answer(error) from None
        except (requests.RequestException, HTTPError) as error:
            raise _lost(error) from None
        finally:
            self._used = self._clock()
        return _understand(answer, body)

    def _prepare(
        self, request: Request, settings: Settings, credentials: Credentials
    ) -> requests.PreparedRequest:
        network = "-vpc" if settings.network == "vpc" else ""
        endpoint = settings.endpoint or f"https://onsmqtt{network}.{request.region_id}.aliyuncs.com"
        query = signature.canonical_query(request.parameters)
        now = time.gmtime(self._wall_clock())
        headers = {
            "accept": "application/json",
            "host": endpoint.partition("://")[2],
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
        # Not through Request.prepare, which would parse and quote again what was signed: so it is
        # sent as it was, and a warm call takes a tenth less.
        prepared = requests.PreparedRequest()
        prepared.method, prepared.url = "POST", f"{endpoint}/?{query}"
        unsigned = {"content-length": "0", "user-agent": "create-group-id"}
        prepared.headers = CaseInsensitiveDict(headers | unsigned)
        return prepared


def _no_answer(error: Exception) -> Failure:
    if isinstance(error, requests.ConnectTimeout):
        return Failure(UNREACHABLE)
    return Failure(TIMED_OUT, outcome_unknown=True)


def _lost(error: Exception) -> Failure:
    cause = error.args[0] if error.args else None
    if isinstance(getattr(cause, "reason", cause), NewConnectionError):
        return Failure(UNREACHABLE)
    return Failure(BAD_RESPONSE, "The connection was lost after sending.", outcome_unknown=True)


def _understand(answer: requests.Response, body: bytes) -> str:
    status = answer.status_code
    fields = {} if len(body) > MAX_ANSWER else _fields(body)
    request_id, code = fields.get("RequestId"), fields.get("Code")
    if not (isinstance(request_id, str) and _REQUEST_ID.fullmatch(request_id)):
        request_id = None
    if isinstance(code, str) and code:
        raise _error(status, code, request_id, answer.headers.get("x-acs-retry-after", ""))
    if status // 100 == 2 and request_id:
        return request_id
    if status // 100 == 3:
        raise Failure(REDIRECTED, request_id=request_id)
    raise Failure(
        BAD_RESPONSE, request_id=request_id, outcome_unknown=status < 300 or status >= 500
    )


def _error(status: int, code: str, request_id: str | None, retry_after: str) -> Failure:
    wait = int(retry_after) / 1000 if _MILLISECONDS.fullmatch(retry_after) else None
    kind = upstream_kind(code) or _unlisted(status, wait)
    # A 5xx may have created the group, a used nonce may be ours, arrived twice; a 2xx should not
    # hold a code at all. What was throttled was not done, whatever its status.
    unknown = status < 300 or status >= 500 or code == "SignatureNonceUsed"
    return Failure(
        kind,
        upstream_code=code[:64] if _SAFE.fullmatch(code) else None,
        request_id=request_id,
        retry_after=wait,
        outcome_unknown=unknown and not code.startswith("Throttling"),
    )


def _unlisted(status: int, wait: float | None) -> Kind:
    if wait is not None:
        return THROTTLED
    if status // 100 == 4:
        return REJECTED
    if status // 100 == 3:
        return REDIRECTED
    return UPSTREAM_ERROR if status >= 500 else BAD_RESPONSE


def _fields(body: bytes) -> dict[str, Any]:
    """Read a JSON or XML answer as a flat object; an empty one where it is neither."""
    try:
        if body.lstrip()[:1] == b"<":
            return _xml_fields(body)
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _xml_fields(body: bytes) -> dict[str, Any]:
    # The gateway's default, though we ask for JSON: seldom enough to import it only here.
    from xml.etree import ElementTree as ET  # noqa: PLC0415

    try:
        # TLS says who wrote it, and expat bounds what entities expand to.
        return {child.tag: child.text for child in ET.fromstring(body)}  # noqa: S314
    except ET.ParseError:
        return {}
