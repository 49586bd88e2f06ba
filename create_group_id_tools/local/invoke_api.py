"""The API InvokeFunction of FC 3.0 and FC 2.0, for their SDKs.

https://www.alibabacloud.com/help/en/functioncompute/api-fc-2023-03-30-invokefunction
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from create_group_id_tools.events.http_event import HttpRequest, HttpResponse
from create_group_id_tools.local import authentication, fc_errors
from create_group_id_tools.local.fc_errors import FcError

if TYPE_CHECKING:
    from create_group_id_tools.local.authentication import Keys
    from create_group_id_tools.local.function_compute import FunctionCompute
    from create_group_id_tools.local.instance import Outcome

_PREFIXES = {"/2023-03-30/": 3, "/2016-08-15/": 2}
_PATHS = {
    3: re.compile(r"/2023-03-30/functions/(?P<name>[^/]+)/invocations"),
    # The service may contain the qualifier. Its name is ignored: there is one set of functions.
    2: re.compile(
        r"/2016-08-15/services/[^/.]+(\.(?P<qualifier>[^/]+))?"
        r"/functions/(?P<name>[^/]+)/invocations"
    ),
}
_TAIL = 4096


def version(request: HttpRequest) -> int | None:
    """Return the API version that a request is for, 2 or 3, or None."""
    return next(
        (number for prefix, number in _PREFIXES.items() if request.raw_path.startswith(prefix)),
        None,
    )


def respond(
    request: HttpRequest, version: int, fc: FunctionCompute, keys: Keys, request_id: str, now: float
) -> HttpResponse:
    """Invoke a function for a request that is signed with one of `keys`; raise `FcError`."""
    match = _PATHS[version].fullmatch(request.raw_path)
    if match is None or request.method != "POST":
        raise FcError(
            400,
            "PathNotSupported",
            f"'{request.raw_path[:256]}' against '{request.method}' is not supported",
        )
    (authentication.verify_acs3 if version == 3 else authentication.verify_fc)(request, keys, now)
    headers = request.lower_headers()
    kind = _one_of(headers.get("x-fc-invocation-type"), ("Sync", "Async"), "x-fc-invocation-type")
    tail = _one_of(headers.get("x-fc-log-type"), ("None", "Tail"), "x-fc-log-type") == "Tail"
    qualifier = match.groupdict().get("qualifier") or dict(request.query).get("qualifier")
    _check_qualifier(qualifier)
    name, trigger = unquote(match["name"]), f"InvokeFunction {version}.0"
    if kind == "Async":
        fc.enqueue(name, request.body, request_id, trigger)
        return HttpResponse(202, b"", {"X-Fc-Request-Id": request_id})
    outcome = fc.call(name, request.body, request_id, trigger)
    return HttpResponse(200, outcome.result.body, _headers(outcome, request_id, tail=tail))


def _headers(outcome: Outcome, request_id: str, *, tail: bool) -> dict[str, str]:
    headers = {
        "Content-Type": "application/octet-stream",
        "X-Fc-Request-Id": request_id,
        "X-Fc-Instance-Id": outcome.instance_id,
        "X-Fc-Invocation-Duration": str(round(outcome.seconds * 1000)),
        "X-Fc-Invocation-Service-Version": "LATEST",
        "X-Fc-Max-Memory-Usage": str(outcome.memory),
    }
    if outcome.result.error_type:
        headers["X-Fc-Error-Type"] = outcome.result.error_type
    if tail:
        log = outcome.log.encode()[-_TAIL:]
        headers["X-Fc-Log-Result"] = base64.b64encode(log).decode()
    return headers


def _one_of(text: str | None, values: tuple[str, str], header: str) -> str:
    for value in values:
        if (text or values[0]).lower() == value.lower():
            return value
    raise fc_errors.invalid(f"{header} must be {values[0]} or {values[1]}")


def _check_qualifier(qualifier: str | None) -> None:
    if qualifier in (None, "", "LATEST"):
        return
    code = "VersionNotFound" if str(qualifier).isdecimal() else "AliasNotFound"
    raise FcError(404, code, "only LATEST exists here; leave the version or alias out")
