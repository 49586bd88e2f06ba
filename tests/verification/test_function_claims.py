"""The claims about FC: the local one confirms each, and a server that does otherwise denies it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id_tools.events.http_event import HttpResponse
from create_group_id_tools.remote import targets
from create_group_id_tools.verification import registry
from create_group_id_tools.verification.claim import CONFIRMED, NOT_CHECKED, OTHERWISE, check
from create_group_id_tools.verification.function_probe import FunctionProbe, TriggerProbe
from tests.remote.conftest import home, signed, signed_backend
from tests.remote.echo import MARK, Echo, echoing

if TYPE_CHECKING:
    from create_group_id_tools.verification.claim import Claim
    from onsmqtt_stub import Backend
    from tests.local.stacks import Local

__all__ = ["home", "signed", "signed_backend"]

by_name = pytest.mark.parametrize("claim", registry.TRIGGER.claims, ids=lambda claim: claim.name)
function_by_name = pytest.mark.parametrize(
    "claim", registry.FUNCTION.claims, ids=lambda claim: claim.name
)


def trigger(url: str, **environ: str) -> TriggerProbe:
    return TriggerProbe(targets.TriggerTarget(url), environ)


def function(url: str) -> FunctionProbe:
    return FunctionProbe(targets.Fc3Target(url, "create-group-id"), {})


@by_name
def test_the_local_trigger_confirms_a_claim(claim: Claim[TriggerProbe], signed: Local) -> None:
    result = check(claim, trigger(signed.url), "")
    assert (result.verdict, result.seen) == (CONFIRMED, claim.expected)


@function_by_name
def test_the_local_api_confirms_a_claim(claim: Claim[FunctionProbe], signed: Local) -> None:
    result = check(claim, function(signed.url), "")
    assert (result.verdict, result.seen) == (CONFIRMED, claim.expected)


def test_no_check_creates_a_group(signed: Local, signed_backend: Backend) -> None:
    signed_backend.reset()
    for claim in registry.TRIGGER.claims:
        check(claim, trigger(signed.url), "")
    for claim in registry.FUNCTION.claims:
        check(claim, function(signed.url), "")
    assert not signed_backend.journal


def by_fc(status: int, code: str) -> HttpResponse:
    return HttpResponse(status, json.dumps({"Code": code}).encode(), MARK)


def by_function(status: int, code: str, *pointers: str) -> HttpResponse:
    violations = [{"Pointer": pointer, "Message": "is wrong"} for pointer in pointers]
    error = {"Code": code, "Message": "", **({"Violations": violations} if pointers else {})}
    return HttpResponse(status, json.dumps({"Success": False, "Error": error}).encode(), MARK)


@pytest.mark.parametrize(
    ("name", "response", "seen"),
    (
        ("trigger-signature", by_fc(403, "AccessDenied"), "403 AccessDenied by FC"),
        ("trigger-async", by_fc(403, "AccessDenied"), "403 AccessDenied by FC"),
        ("trigger-async", by_function(400, "InvalidPayload", "/a"), "400 InvalidPayload /a"),
        ("trigger-unsigned", by_fc(403, "AccessDenied"), "403 AccessDenied by FC"),
        ("trigger-wrong-signature", by_fc(403, "a code"), "403 by FC"),
        ("trigger-old-signature", by_fc(403, "Expired"), "403 Expired by FC"),
        ("trigger-method", by_function(405, "MethodNotAllowed"), "405 MethodNotAllowed"),
        ("trigger-header", by_function(400, "UnknownEventType"), "400 UnknownEventType"),
        ("trigger-text", by_function(400, "InvalidPayload", "/a"), "400 InvalidPayload /a"),
        ("trigger-body", by_fc(413, ""), "413 by FC"),
        ("api-nonce", by_fc(403, "SignatureNonceUsed"), "403 SignatureNonceUsed by FC"),
        ("api-log", HttpResponse(200, b"", MARK), "no log"),
        (
            "api-log",
            HttpResponse(
                200, b"", {**MARK, "X-Fc-Log-Result": base64.b64encode(b"FC Invoke").decode()}
            ),
            "another text",
        ),
    ),
)
def test_another_response_is_otherwise(name: str, response: HttpResponse, seen: str) -> None:
    (claim,) = (one for group in registry.CLAIM_GROUPS for one in group.claims if one.name == name)
    with echoing(Echo()) as echo:
        echo.response = response
        probe: Any = function(echo.url) if name.startswith("api-") else trigger(echo.url)
        result = check(claim, probe, "")
    assert (result.verdict, result.seen) == (OTHERWISE, seen)


@by_name
def test_without_a_response_nothing_is_checked(claim: Claim[TriggerProbe]) -> None:
    result = check(claim, trigger("http://127.0.0.1:9"), "")
    assert result.verdict == NOT_CHECKED
    assert "no connection" in result.seen


def test_with_a_token_the_claims_about_signatures_are_not_checked() -> None:
    with echoing(Echo()) as echo:
        probe = trigger(echo.url, FC_BEARER_TOKEN="testtoken")
        verdicts = {claim.name: check(claim, probe, "") for claim in registry.TRIGGER.claims}
        tokens = {request.lower_headers().get("authorization") for request in echo.requests}
    assert tokens == {"Bearer testtoken"}
    unchecked = {name for name, one in verdicts.items() if one.verdict == NOT_CHECKED}
    assert unchecked == {
        "trigger-signature",
        "trigger-unsigned",
        "trigger-wrong-signature",
        "trigger-old-signature",
    }
