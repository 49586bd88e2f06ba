"""The headers and the response that InvokeFunction of FC 3.0 and FC 2.0 have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from create_group_id_tools.remote.invoke_response import InvokeResponse
from create_group_id_tools.remote.wire import not_fc, rejection

if TYPE_CHECKING:
    from create_group_id_tools.remote.wire import FcResponse


def invocation_headers(*, asynchronous: bool, log: bool) -> dict[str, str]:
    """Return the headers for the invocation type and for the log."""
    return {
        "x-fc-invocation-type": "Async" if asynchronous else "Sync",
        "x-fc-log-type": "Tail" if log else "None",
    }


def invoke_response(response: FcResponse) -> InvokeResponse:
    """Return the response of an invocation; raise `InvokeError` if FC did not run the function."""
    if response.status not in (200, 202):
        raise rejection(response)
    if "X-Fc-Request-Id" not in response.headers:
        raise not_fc(response)
    return InvokeResponse(response, response.headers.get("X-Fc-Error-Type"))
