"""Claims about InvokeFunction of FC 3.0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from create_group_id_tools.verification.claim import Claim

if TYPE_CHECKING:
    from create_group_id_tools.verification.function_probe import FunctionProbe


def _nonce(probe: FunctionProbe) -> str:
    return probe.invoke_twice()


def _log(probe: FunctionProbe) -> str:
    invoked = probe.invoke()
    if not invoked.log:
        return "no log"
    return "the function's log" if '"Event":"invocation"' in invoked.log else "another text"


CLAIMS = (
    Claim(
        "api-nonce",
        "The API accepts the same signed request twice.",
        "200 InvalidPayload /GroupId",
        _nonce,
    ),
    Claim(
        "api-log",
        "`--log` returns the lines that the function logged.",
        "the function's log",
        _log,
    ),
)
