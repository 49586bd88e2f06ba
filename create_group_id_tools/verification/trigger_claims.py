"""Claims about the HTTP trigger of Function Compute. Each check is one invocation, or none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from create_group_id_tools.verification.claim import Claim

if TYPE_CHECKING:
    from create_group_id_tools.verification.function_probe import TriggerProbe

_MAX_BODY = 64 << 10  # the function's
_NOT_UTF_8 = b'{"GroupId": "GID_\xff\xff\xff"}'


def _signature(probe: TriggerProbe) -> str:
    _ = probe.credentials
    return probe.send()


def _asynchronous(probe: TriggerProbe) -> str:
    return probe.send(headers={"x-fc-invocation-type": "Async"})


def _unsigned(probe: TriggerProbe) -> str:
    _ = probe.credentials
    return probe.send(authorize=lambda _: None)


def _wrong_signature(probe: TriggerProbe) -> str:
    return probe.send(authorize=probe.wrong_signature)


def _old_signature(probe: TriggerProbe) -> str:
    return probe.send(authorize=probe.old_signature)


def _method(probe: TriggerProbe) -> str:
    return probe.send(b"", method="GET")


def _header(probe: TriggerProbe) -> str:
    attributes = {"specversion": "1.0", "id": "1", "source": "verify", "type": "tenant%2Esignup"}
    return probe.send(b"{}", headers={f"ce-{name}": value for name, value in attributes.items()})


def _text(probe: TriggerProbe) -> str:
    return probe.send(_NOT_UTF_8)


def _body(probe: TriggerProbe) -> str:
    return probe.send(json.dumps({"GroupId": "x" * _MAX_BODY}).encode())


CLAIMS = (
    Claim(
        "trigger-signature",
        "A trigger accepts a signature that does not cover the body.",
        "400 InvalidPayload /GroupId",
        _signature,
    ),
    Claim(
        "trigger-async",
        "A trigger accepts a signature that covers `x-fc-invocation-type`.",
        "202",
        _asynchronous,
    ),
    Claim(
        "trigger-unsigned",
        "The code for a call without a signature; only the status is documented.",
        "400 MissingRequiredHeader by FC",
        _unsigned,
    ),
    Claim(
        "trigger-wrong-signature",
        "The code for a wrong signature; only the status is documented.",
        "403 AccessDenied by FC",
        _wrong_signature,
    ),
    Claim(
        "trigger-old-signature",
        "The code for a signature of 16 minutes ago; only the status is documented.",
        "403 AccessDenied by FC",
        _old_signature,
    ),
    Claim(
        "trigger-method",
        "A trigger returns 403 for a method that it does not list, and does not invoke the "
        "function.",
        "403 AccessDenied by FC",
        _method,
    ),
    Claim(
        "trigger-header",
        "The function sees a header's value unchanged, with its percent-encoding.",
        "400 InvalidPayload /tenantId",
        _header,
    ),
    Claim(
        "trigger-text",
        "A JSON body that is not UTF-8 never reaches the function as other text.",
        "400 MalformedPayload",
        _text,
    ),
    Claim(
        "trigger-body",
        "A body above 64 KiB reaches the function whole.",
        "413 PayloadTooLarge",
        _body,
    ),
)
