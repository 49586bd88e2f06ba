"""InvokeFunction of FC 3.0 and of 2.0, for their SDKs.

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
    # The service may carry the qualifier; which service it is matters to nothing here.
    2: re.compile(
        r"/2016-08-15/services/[^/.]+(\.(?P<qualifier>[^/]+))?"
        r"/functions/(?P<name>[^/]+)/invocations"
    ),
}
_TAIL = 4096


def version(request: HttpRequest) -> int | None:
    """Return the version of the API that a request is for, or None."""
    return next(
        (number for prefix, number in _PREFIXES.items() if request.raw_path.startswith(prefix)),
        None,
    )


def respond(
    request: HttpRequest, version: int, fc: FunctionCompute, keys: Keys, request_id: str, now: float
) -> HttpResponse:
    """Invoke a function for a caller whose signature is of one of `keys`; raise `FcError`."""
    found = _PATHS[version].fullmatch(request.raw_path)
    if found is None or request.method != "POST":
        raise FcError(
            400,
            "PathNotSupported",
            f"'{request.raw_path[:256]}' against '{request.method}' is not supported",
        )
    (authentication.verify_acs3 if version == 3 else authentication.verify_fc)(request, keys, now)
    headers = request.lower_headers()
    kind = _one_of(headers.get("x-fc-invocation-type"), ("Sync", "Async"), "x-fc-invocation-type")
    tail = _one_of(headers.get("x-fc-log-type"), ("None", "Tail"), "x-fc-log-type") == "Tail"
    given = found.groupdict().get("qualifier") or dict(request.query).get("qualifier")
    qualifier = _qualifier(given)
    name, trigger = unquote(found["name"]), f"InvokeFunction {version}.0"
    if kind == "Async":
        fc.enqueue(name, request.body, request_id, trigger, qualifier)
        return HttpResponse(202, b"", {"X-Fc-Request-Id": request_id})
    outcome = fc.call(name, request.body, request_id, trigger, qualifier)
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


def _one_of(given: str | None, values: tuple[str, str], header: str) -> str:
    for value in values:
        if (given or values[0]).lower() == value.lower():
            return value
    raise fc_errors.invalid(f"{header} must be {values[0]} or {values[1]}")


def _qualifier(given: str | None) -> str:
    if given in (None, "", "LATEST"):
        return "LATEST"
    code = "VersionNotFound" if str(given).isdecimal() else "AliasNotFound"
    raise FcError(404, code, "there is no version or alias here but LATEST")
