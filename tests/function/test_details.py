"""Small rules of the contract, with the specification of each."""

from __future__ import annotations

import email.utils
import io
import json
import ssl
import time
from typing import TYPE_CHECKING, Any

import pytest
import responses

from create_group_id import dial, wsgi
from onsmqtt_stub import Fault
from tests.world import EPOCH, World, a_cloud_event, a_context, an_http_event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

URL = "https://onsmqtt.cn-hangzhou.aliyuncs.com/"
REQUEST = {"GroupId": "GID_test"}


def post(world: World, *upstream: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    """POST a request, to which the OpenAPI responds so; return the envelope and the calls."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as front:
        for response in upstream:
            front.post(URL, **response)
        envelope = world.post(REQUEST)
        return envelope, [call.request for call in front.calls]


def refused_time_stamp(code: str, date: str | None) -> dict[str, Any]:
    headers = {"Date": date} if date else {}
    return {"status": 400, "json": {"RequestId": "A", "Code": code}, "headers": headers}


GOOD = {"status": 200, "json": {"RequestId": "B"}}


@pytest.mark.parametrize("code", ("InvalidTimeStamp.Expired", "IllegalTimestamp"))
def test_corrects_a_refused_time_stamp_by_the_date_of_the_response(code: str, world: World) -> None:
    date = email.utils.formatdate(EPOCH + 1200, usegmt=True)
    envelope, calls = post(world, refused_time_stamp(code, date), GOOD)
    assert envelope["Data"]["Outcome"] == "Created"
    # The second call is a little later, after the wait before a retry.
    assert calls[0].headers["x-acs-date"] == "2026-11-24T00:00:00Z"
    assert calls[1].headers["x-acs-date"] == "2026-11-24T00:20:00Z"
    _, (later,) = post(world, GOOD)
    assert later.headers["x-acs-date"].startswith("2026-11-24T00:20:0")


@pytest.fixture
def in_shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make the local time eight hours ahead of UTC."""
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "CST-8")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_shanghai")
@pytest.mark.parametrize(
    "date",
    (
        "Tue, 24 Nov 2026 00:20:00 GMT",
        "Tuesday, 24-Nov-26 00:20:00 GMT",
        "Tue Nov 24 00:20:00 2026",
    ),
)
def test_reads_each_form_of_an_http_date_as_utc(date: str, world: World) -> None:
    # RFC 9110, 5.6.7: a recipient accepts all three.
    _, calls = post(world, refused_time_stamp("InvalidTimeStamp.Expired", date), GOOD)
    assert calls[1].headers["x-acs-date"] == "2026-11-24T00:20:00Z"


def test_reads_an_offset_in_a_date_as_a_mail_has_it(world: World) -> None:
    # RFC 9110, 5.6.7, encourages it, since HTTP messages are forwarded from elsewhere.
    date = "Tue, 24 Nov 2026 08:20:00 +0800"
    _, calls = post(world, refused_time_stamp("InvalidTimeStamp.Expired", date), GOOD)
    assert calls[1].headers["x-acs-date"] == "2026-11-24T00:20:00Z"


def test_corrects_the_clock_only_after_a_refused_time_stamp(world: World) -> None:
    date = email.utils.formatdate(EPOCH + 1200, usegmt=True)
    post(world, refused_time_stamp("NoPermission", date))
    _, (later,) = post(world, GOOD)
    assert later.headers["x-acs-date"].startswith("2026-11-24T00:00:0")


HUGE_YEAR = "Tue, 24 Nov 99999999999999999999 00:20:00 GMT"


@pytest.mark.parametrize("date", (None, "", "yesterday", "Tue, 24 Nov 2026", HUGE_YEAR))
def test_does_not_correct_the_clock_by_an_unusable_date(date: str | None, world: World) -> None:
    refused = refused_time_stamp("InvalidTimeStamp.Expired", date)
    envelope, calls = post(world, refused, refused, GOOD)
    assert envelope["Error"]["Code"] == "UpstreamRejected"
    assert [call.headers["x-acs-date"][:17] for call in calls] == ["2026-11-24T00:00:"] * 2


@pytest.mark.parametrize("status", (200, 201, 202, 299))
def test_any_2xx_with_a_request_id_is_a_success(status: int, world: World) -> None:
    envelope, _ = post(world, {"status": status, "json": {"RequestId": "A"}})
    assert (envelope["Success"], envelope["RequestId"]) == (True, "A")


@pytest.mark.parametrize("status", (200, 201, 202, 299))
def test_a_2xx_without_a_request_id_is_an_unknown_outcome(status: int, world: World) -> None:
    envelope, _ = post(world, {"status": status, "json": {}})
    assert envelope["Error"]["Code"] == "UpstreamBadResponse"
    assert envelope["Error"]["OutcomeUnknown"]


@pytest.mark.parametrize(("status", "unknown"), ((302, False), (404, False), (500, True)))
def test_a_request_id_alone_is_a_success_only_with_2xx(
    status: int, unknown: bool, world: World
) -> None:
    envelope, _ = post(world, {"status": status, "json": {"RequestId": "A"}})
    assert (envelope["Error"]["Code"], envelope["RequestId"]) == ("UpstreamBadResponse", "A")
    assert envelope["Error"].get("OutcomeUnknown", False) == unknown


@pytest.mark.parametrize("success", (False, "false", "False", " false\n"))
@pytest.mark.parametrize("name", ("Success", "success"))
def test_a_2xx_with_success_false_is_a_bad_response(
    name: str, success: object, world: World
) -> None:
    envelope, _ = post(world, {"json": {"RequestId": "A", name: success}})
    assert envelope["Error"]["Code"] == "UpstreamBadResponse"
    assert envelope["Error"]["OutcomeUnknown"]


@pytest.mark.parametrize(
    "body",
    (
        b'{"requestId": "R-1", "code": "InstanceNotFound"}',
        b'{"RequestId": " R-1 ", "Code": "\\tInstanceNotFound\\n"}',
        b'\xef\xbb\xbf{"RequestId": "R-1", "Code": "InstanceNotFound"}',
        b'{"RequestId": "R-1", "Code": "InstanceNotFound", "Message": "\xb2\xbb"}',
        b"\n <Error><RequestId>R-1</RequestId><Code>InstanceNotFound</Code></Error>",
        b"<Error><requestId>R-1</requestId><code> InstanceNotFound </code></Error>",
        (
            b'<?xml version="1.0" encoding="rot13"?><Error><RequestId>R-1</RequestId>'
            b"<Code>InstanceNotFound</Code></Error>"
        ),
        b'<Error xmlns="urn:x"><RequestId>R-1</RequestId><Code>InstanceNotFound</Code></Error>',
    ),
)
def test_reads_each_spelling_of_an_error_response(body: bytes, world: World) -> None:
    envelope, _ = post(world, {"status": 404, "body": body})
    assert (envelope["Error"]["Code"], envelope["RequestId"]) == ("InstanceNotFound", "R-1")


@pytest.mark.parametrize(
    ("status", "json_body", "headers", "code", "retryable"),
    (
        (403, {"Code": "USER_FLOW_CONTROL"}, {}, "Throttled", True),
        (429, {"Code": "Whatever"}, {}, "Throttled", True),
        (429, None, {}, "Throttled", True),
        (400, {"Code": "Whatever"}, {"x-acs-retry-after": "900000"}, "Throttled", True),
        (408, {"Code": "Whatever"}, {}, "UpstreamTimeout", True),
        (408, None, {}, "UpstreamTimeout", True),
        (425, None, {}, "UpstreamBadResponse", True),
        (414, None, {}, "UpstreamBadResponse", False),
        (404, {"Code": "Whatever"}, {}, "UpstreamRejected", False),
    ),
)
def test_maps_the_status_of_an_unlisted_code(
    status: int,
    json_body: dict[str, str] | None,
    headers: dict[str, str],
    code: str,
    retryable: bool,
    world: World,
) -> None:
    content: dict[str, Any] = {"json": json_body} if json_body else {"body": "<html>"}
    envelope, _ = post(world, {"status": status, "headers": headers, **content})
    assert (envelope["Error"]["Code"], envelope["Error"]["Retryable"]) == (code, retryable)
    assert envelope["Error"].get("OutcomeUnknown", False) == (status == 408)


@pytest.mark.parametrize("body", (b"[]", b"7", b"null", b"[" * 60_000), ids=lambda body: body[:4])
def test_a_404_with_json_of_another_server_will_not_get_better(
    body: bytes, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    envelope, calls = post(world, {"status": 404, "body": body})
    error = envelope["Error"]
    assert (error["Code"], error["Retryable"]) == ("UpstreamBadResponse", False)
    assert "OutcomeUnknown" not in error
    assert len(calls) == 1
    assert "bug" not in caplog.text


@pytest.mark.parametrize("name", ("x-acs-retry-after", "Retry-After"))
def test_white_space_after_a_header_does_not_count(name: str, world: World) -> None:
    # RFC 9110, 5.5. http.client leaves it.
    value = {"x-acs-retry-after": "900000 \t", "Retry-After": "900 \t"}[name]
    with responses.RequestsMock() as front:
        front.post(URL, status=429, json={"Code": "Throttling"}, headers={name: value})
        response = world.handle(an_http_event(REQUEST))
    assert response["headers"]["Retry-After"] == "900"


@pytest.mark.parametrize("code", ("InvalidSecurityToken.Expired", "SignatureDoesNotMatch"))
def test_refused_credentials_cost_a_batch_one_call(code: str, world: World) -> None:
    world.backend.set_faults([Fault("error", code=code, status=400)])
    failed = world.failed([{"tenantId": f"tenant{n}"} for n in range(20)])
    assert world.calls == 1
    assert {r["Error"]["Code"] for r in failed["Results"]} == {"CredentialsRejected"}


def test_the_unknown_outcome_of_one_event_marks_no_other(world: World) -> None:
    world.backend.set_faults(
        [
            Fault("reset", when="after", times=1),
            Fault("error", code="SignatureDoesNotMatch", status=400),
        ]
    )
    failed = world.failed([{"tenantId": name} for name in ("first", "second", "third")])
    errors = [result["Error"] for result in failed["Results"]]
    assert [error.get("OutcomeUnknown", False) for error in errors] == [True, False, False]
    assert world.calls == 2


# https://www.w3.org/TR/trace-context/#traceparent-header-field-values
@pytest.mark.parametrize(
    ("value", "logged"),
    (
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", True),
        ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", False),
        ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", False),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", False),
        ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", False),
    ),
)
def test_logs_only_a_valid_traceparent(
    value: str, logged: bool, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.handle(a_cloud_event({"tenantId": "acme"}, traceparent=value))
    assert (value in caplog.text) == logged


# https://www.rfc-editor.org/rfc/rfc3339#section-5.8, and what it rules out.
@pytest.mark.parametrize(
    ("value", "logged"),
    (
        ("1985-04-12T23:20:50.52Z", True),
        ("1996-12-19T16:39:57-08:00", True),
        ("1937-01-01t12:00:27.87+00:20", True),
        ("1985-04-12T23:20:50.5Z", True),
        ("1985-04-12T23:20:50.123456789Z", True),  # nanoseconds, which is all that we log
        ("1985-04-12T23:20:50.1234567890Z", False),
        ("1985-04-12 23:20:50Z", False),
        ("1985-04-12T23:20:50", False),
        ("1985-04-12T23:20:50Z\n", False),
        ("\u0661985-04-12T23:20:50Z", False),
        ("canary", False),
        (1700000000, False),
    ),
)
def test_logs_only_a_valid_event_time(
    value: object, logged: bool, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.handle(a_cloud_event({"tenantId": "acme"}, time=value))
    assert (json.dumps(value) in caplog.text) == logged
    assert ("EventTime" in caplog.text) == logged


def test_a_property_without_a_name_is_not_an_event_id(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.handle({"attrs": {}, "body": '{"tenantId": "acme"}', "": "canary"})
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    ("length", "status"),
    (("22", "200"), ("0000000000000000022", "200"), ("\uff12\uff12", "400"), ("-22", "400")),
)
def test_a_content_length_is_a_number_of_ascii_digits(
    length: str, status: str, world: World
) -> None:
    # RFC 9110, 8.6.
    started: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": length,
        "wsgi.input": io.BytesIO(b'{"GroupId":"GID_test"}'),
        "fc.context": a_context(),
    }
    wsgi.serve(environ, lambda line, _headers: started.append(line), world.handler.handle)
    assert started[0].startswith(status)


@pytest.mark.parametrize("host", ("127.999.0.1", "127.0.0.256", "127.1", "127.0.0.1.evil.example"))
def test_allows_plain_http_to_loopback_addresses_only(host: str, world: World) -> None:
    world.environ["ONSMQTT_ENDPOINT"] = f"http://{host}"
    error = json.loads(world.handle(an_http_event(REQUEST))["body"])["Error"]
    assert (error["Code"], "ONSMQTT_ENDPOINT" in error["Message"]) == ("ConfigurationError", True)


def test_the_environment_does_not_change_tls(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trusted = len(dial.tls_context().get_ca_certs())
    dial.tls_context.cache_clear()
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    monkeypatch.setenv("SSL_CERT_FILE", "/dev/null")
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    context = dial.tls_context()
    assert not context.keylog_filename
    assert len(context.get_ca_certs()) == trusted
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
