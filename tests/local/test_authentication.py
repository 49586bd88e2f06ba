"""FC's signatures, against requests captured from the official SDKs and the documents' example."""

from __future__ import annotations

from dataclasses import replace

import pytest

from create_group_id_tools.events.http_event import HttpRequest
from create_group_id_tools.local import authentication
from create_group_id_tools.local.authentication import STUB_KEYS
from create_group_id_tools.local.fc_errors import FcError

# aliyun-fc2 2.5.2 with testid and testsecret, on the wire.
FC2_DATE, FC2_NOW = "Tue, 24 Nov 2026 03:22:48 GMT", 1795490568.0
FC2 = HttpRequest(
    raw_path="/2016-08-15/services/svc/functions/fn/invocations",
    headers=(
        ("Host", "127.0.0.1:18096"),
        ("Date", FC2_DATE),
        ("Content-Type", "application/json"),
        ("Content-Length", "7"),
        ("Authorization", "FC testid:eAaQhDVZIA/1szPzsE6MnRW+Xl0cUSukXLh1liZbkQk="),
    ),
    body=b'{"a":1}',
)
# alibabacloud_fc20230330 4.8.3 with testid and testsecret, on the wire.
FC3_NOW = 1795490615.0
FC3 = HttpRequest(
    raw_path="/2023-03-30/functions/fn/invocations",
    query=(("qualifier", "LATEST"),),
    headers=(
        ("Host", "127.0.0.1:18096"),
        ("x-acs-version", "2023-03-30"),
        ("x-acs-action", "InvokeFunction"),
        ("x-acs-date", "2026-11-24T03:23:35Z"),
        ("x-acs-signature-nonce", "57068dcec71bf64e87a496d6fc22fcc3"),
        ("accept", "application/json"),
        ("x-fc-invocation-type", "Async"),
        ("x-fc-log-type", "None"),
        ("content-type", "application/octet-stream"),
        (
            "x-acs-content-sha256",
            "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862",
        ),
        ("x-acs-credentials-provider", "static_ak"),
        ("user-agent", "AlibabaCloud (Linux; x86_64) Python/3.11.7 Core/0.4.3 TeaDSL/2"),
        (
            "Authorization",
            (
                "ACS3-HMAC-SHA256 Credential=testid,"
                "SignedHeaders=accept;content-type;host;user-agent;x-acs-action;"
                "x-acs-content-sha256;x-acs-credentials-provider;x-acs-date;"
                "x-acs-signature-nonce;x-acs-version;x-fc-invocation-type;x-fc-log-type,"
                "Signature=d6fdad4a294379028d17af10c0304c0f813c4ef2e416e1d1935ba77f9149eac9"
            ),
        ),
    ),
    body=b'{"a":1}',
)


NO_MATCH = "SignatureNotMatch"


def with_header(request: HttpRequest, name: str, value: str | None) -> HttpRequest:
    kept = tuple(pair for pair in request.headers if pair[0].lower() != name.lower())
    return replace(request, headers=kept if value is None else (*kept, (name, value)))


def test_the_captured_requests_are_accepted() -> None:
    authentication.verify_fc(FC2, STUB_KEYS, FC2_NOW)
    authentication.verify_acs3(FC3, STUB_KEYS, FC3_NOW)
    with_async = with_header(
        with_header(FC2, "X-Fc-Invocation-Type", "Async"),
        "Authorization",
        "FC testid:9D348DG58m5fl/pLIL+aPm2csWMm2IPnqHwIkLP8G54=",
    )
    authentication.verify_fc(with_async, STUB_KEYS, FC2_NOW)


@pytest.mark.parametrize(
    ("request_", "code"),
    (
        (with_header(FC2, "Authorization", None), "MissingRequiredHeader"),
        (with_header(FC2, "Date", None), "MissingRequiredHeader"),
        (with_header(FC2, "Date", "yesterday"), "InvalidArgument"),
        (with_header(FC2, "Authorization", "Bearer x"), "InvalidArgument"),
        (with_header(FC2, "Authorization", "FC nobody:x"), "InvalidAccessKeyID"),
        (with_header(FC2, "Authorization", "FC testid:x"), "SignatureNotMatch"),
        (with_header(FC2, "Authorization", "FC STS.testid:x"), "AccessDenied"),
        (with_header(FC2, "X-Fc-Security-Token", "x"), "AccessDenied"),
        (with_header(FC2, "X-Fc-Invocation-Type", "Async"), "SignatureNotMatch"),
        (with_header(FC2, "Content-Type", "text/plain"), "SignatureNotMatch"),
        (replace(FC2, raw_path="/2016-08-15/services/svc/functions/f/invocations"), NO_MATCH),
    ),
)
def test_fc2_refuses_a_request_that_differs_from_what_was_signed(
    request_: HttpRequest, code: str
) -> None:
    with pytest.raises(FcError) as caught:
        authentication.verify_fc(request_, STUB_KEYS, FC2_NOW)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("request_", "code"),
    (
        (with_header(FC3, "Authorization", None), "MissingRequiredHeader"),
        (with_header(FC3, "x-acs-date", None), "MissingRequiredHeader"),
        (with_header(FC3, "x-acs-date", "2026-11-24"), "InvalidArgument"),
        (with_header(FC3, "Authorization", "FC testid:x"), "InvalidArgument"),
        (with_header(FC3, "x-acs-date", "2026-11-24T03:23:36Z"), "AccessDenied"),
        (with_header(FC3, "x-fc-log-type", "Tail"), "AccessDenied"),
        (with_header(FC3, "x-acs-security-token", "testtoken"), "AccessDenied"),
        (with_header(FC3, "x-acs-content-sha256", "00"), "AccessDenied"),
        (replace(FC3, body=b'{"a":2}'), "AccessDenied"),
        (replace(FC3, query=()), "AccessDenied"),
        (replace(FC3, method="PUT"), "AccessDenied"),
    ),
)
def test_acs3_refuses_a_request_that_differs_from_what_was_signed(
    request_: HttpRequest, code: str
) -> None:
    with pytest.raises(FcError) as caught:
        authentication.verify_acs3(request_, STUB_KEYS, FC3_NOW)
    assert caught.value.code == code
    assert "testtoken" not in caught.value.message


@pytest.mark.parametrize("late", (-901, 901))
def test_a_signature_is_valid_for_fifteen_minutes(late: int) -> None:
    for verify, request, now in (
        (authentication.verify_fc, FC2, FC2_NOW),
        (authentication.verify_acs3, FC3, FC3_NOW),
    ):
        verify(request, STUB_KEYS, now + late - (1 if late > 0 else -1))
        with pytest.raises(FcError, match="15 minutes"):
            verify(request, STUB_KEYS, now + late)
