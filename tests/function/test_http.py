"""HTTP requests: what is accepted, and the response struct."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id.client import Client
from onsmqtt_stub import Fault
from tests.world import a_cloud_event, an_http_event

if TYPE_CHECKING:
    from tests.world import World

REQUEST = {"GroupId": "GID_test"}
CLOUDEVENTS = {"Content-Type": "application/cloudevents+json"}


def test_returns_the_response_struct_of_fc(world: World) -> None:
    response = world.handle(an_http_event(REQUEST))
    body = response.pop("body")
    assert response == {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "isBase64Encoded": False,
    }
    assert json.loads(body)["Data"]["GroupId"] == "GID_test"


@pytest.mark.parametrize("outcome", ("Created", "AlreadyExists", "Recovered"))
def test_success_is_200_whatever_the_outcome(outcome: str, world: World) -> None:
    if outcome == "AlreadyExists":
        world.backend.add_group("GID_test")
    if outcome == "Recovered":
        world.backend.set_faults([Fault("reset", when="after", times=1)])
    response = world.handle(an_http_event(REQUEST | {"OnExisting": "Succeed"}))
    assert response["statusCode"] == 200
    assert json.loads(response["body"])["Data"]["Outcome"] == outcome


def test_a_request_fails_on_an_existing_group_by_default(world: World) -> None:
    world.backend.add_group("GID_test")
    response = world.handle(an_http_event(REQUEST))
    assert response["statusCode"] == 409
    assert json.loads(response["body"])["Error"]["Code"] == "GroupIdAlreadyExists"


@pytest.mark.parametrize(
    ("body", "headers"),
    (
        ({"tenantId": "test"}, {"Content-Type": "application/json"}),
        (a_cloud_event({"tenantId": "test"}), {"Content-Type": "application/json"}),
        (a_cloud_event({"tenantId": "test"}), CLOUDEVENTS),
    ),
)
def test_a_signup_over_http_gets_the_group_id_each_time(
    body: object, headers: dict[str, str], world: World
) -> None:
    for outcome in ("Created", "AlreadyExists"):
        data = world.post(body, headers=headers)["Data"]
        assert (data["GroupId"], data["Outcome"]) == ("GID_test", outcome)


def test_a_request_in_a_cloud_event_over_http_fails_on_an_existing_group(world: World) -> None:
    world.backend.add_group("GID_test")
    envelope = world.post(a_cloud_event(REQUEST, "mq:Topic:SendMessage"))
    assert envelope["Error"]["Code"] == "GroupIdAlreadyExists"


@pytest.mark.parametrize(
    "headers",
    (
        {"content-type": "application/json"},
        {"CONTENT-TYPE": "application/json; charset=utf-8"},
        {"Content-Type": "Application/JSON"},
        {"Content-Type": "application/json ;charset=utf-8"},
    ),
)
def test_accepts_header_names_and_media_types_in_any_case(
    headers: dict[str, str], world: World
) -> None:
    assert world.post(REQUEST, headers=headers)["Success"]


@pytest.mark.parametrize("method", ("GET", "PUT", "HEAD", "OPTIONS", "PATCH", "DELETE", "post"))
def test_allows_only_post(method: str, world: World) -> None:
    response = world.handle(an_http_event(REQUEST, method=method))
    assert response["statusCode"] == 405
    assert response["headers"]["Allow"] == "POST"
    assert json.loads(response["body"])["Error"]["Code"] == "MethodNotAllowed"


def test_other_errors_have_no_allow_header(world: World) -> None:
    assert "Allow" not in world.handle(an_http_event({}))["headers"]


@pytest.mark.parametrize(
    "headers",
    (
        {},
        {"Content-Type": ""},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/cloudevents-batch+json"},
        {"Content-Type": "text/plain; application/json"},
        {"Content-Type": "application/jsonx"},
    ),
)
def test_refuses_another_media_type(headers: dict[str, str], world: World) -> None:
    assert world.post(REQUEST, headers=headers)["Error"]["Code"] == "UnsupportedMediaType"


@pytest.mark.parametrize("coding", ("", " ", "identity", "Identity", "\tidentity "))
def test_accepts_the_content_coding_that_changes_nothing(coding: str, world: World) -> None:
    # RFC 9110, 8.4.1: in any case; 5.5: white space around a value is no part of it.
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
    assert world.post(REQUEST, headers=headers)["Success"]


@pytest.mark.parametrize(
    "parameters",
    (
        ";",
        "; charset=UTF-8",
        '; CharSet="utf-8"',
        "; charset = utf-8",
        "; charset=us-ascii",
        "; version=1",
        "; version=1; charset=utf-8",
    ),
)
def test_accepts_utf_8_under_each_spelling(parameters: str, world: World) -> None:
    # RFC 9110, 8.3.1 and 8.3.2: in any case, also in quotes; ASCII is a subset of UTF-8.
    headers = {"Content-Type": f"application/json{parameters}"}
    assert world.post(REQUEST, headers=headers)["Success"]


@pytest.mark.parametrize(
    "parameters", ("; charset = gbk", "; version=1; charset=gbk", ";charset=", ";charset=gbk=utf-8")
)
def test_refuses_another_charset_under_each_spelling(parameters: str, world: World) -> None:
    headers = {"Content-Type": f"application/json{parameters}"}
    assert world.post(REQUEST, headers=headers)["Error"]["Code"] == "UnsupportedMediaType"


@pytest.mark.parametrize("encoded", (False, True))
@pytest.mark.parametrize(("size", "code"), ((65_536, None), (65_537, "PayloadTooLarge")))
def test_a_body_has_at_most_64_kib(
    size: int,
    code: str | None,
    encoded: bool,
    world: World,
) -> None:
    # Bytes count, not characters, and decoded ones, not those of the base64.
    note = "\u00e9" * 30_000
    body = json.dumps({"tenantId": "acme", "note": note}, ensure_ascii=False)
    body += " " * (size - len(body.encode()))
    envelope = world.post(body, encoded=encoded)
    assert envelope.get("Error", {}).get("Code") == code


@pytest.mark.parametrize("body", ("e30", "e30=====", "{}", "e3 0=", "e3-_"))
def test_a_body_of_wrong_base64_is_malformed(body: str, world: World) -> None:
    envelope = world.post(body, isBase64Encoded=True)
    assert envelope["Error"]["Code"] == "MalformedPayload"


@pytest.mark.parametrize("body", ("", "[]", '[{"GroupId": "GID_test"}]', "7", "null", '"{}"'))
def test_a_body_that_is_not_an_object_is_malformed(body: str, world: World) -> None:
    assert world.post(body)["Error"]["Code"] == "MalformedPayload"


@pytest.mark.parametrize("mode", ("structured", "binary"))
def test_an_array_in_a_cloud_event_over_http_is_malformed(mode: str, world: World) -> None:
    binary = {"Ce-Specversion": "1.0", "Ce-Type": "mns:Queue:SendMessage"}
    envelope = (
        world.post(a_cloud_event([REQUEST], "mns:Queue:SendMessage"))
        if mode == "structured"
        else world.post([REQUEST], headers={"Content-Type": "application/json", **binary})
    )
    assert envelope["Error"]["Code"] == "MalformedPayload"


def test_a_lone_surrogate_in_a_body_is_malformed(world: World) -> None:
    assert world.post('{"tenantId": "acme\ud800"}')["Error"]["Code"] == "MalformedPayload"


@pytest.mark.parametrize(
    "event",
    (
        {"version": "v1", "requestContext": {}},
        {"version": "v1", "requestContext": "http"},
        {"version": "v1", "requestContext": ["http"]},
        {"requestContext": {"http": {"method": "POST"}}},
        {"path": "/", "requestContext": {}},
    ),
)
def test_an_event_without_all_marks_is_not_http(event: object, world: World) -> None:
    assert world.error(event)["Code"] == "UnknownEvent"


@pytest.mark.parametrize(
    "body",
    (
        {},
        {"body": {"GroupId": "GID_test"}},
        {"TopicOwner": "1", "Message": '{"tenantId": "test"}'},
        {"messageId": "1", "messageBody": '{"tenantId": "test"}'},
    ),
)
def test_any_other_object_is_validated_as_a_request(body: object, world: World) -> None:
    violations = world.post(body)["Error"]["Violations"]
    assert ("/GroupId", "required") in [(v["Pointer"], v["Keyword"]) for v in violations]


def test_ignores_the_query_string_and_headers(world: World) -> None:
    envelope = world.post(
        {"InstanceId": "mqtt-cn-0pp1ldu0001"},
        queryParameters={"GroupId": "GID_test"},
        headers={"Content-Type": "application/json", "Groupid": "GID_test"},
    )
    assert [v["Pointer"] for v in envelope["Error"]["Violations"]] == ["/GroupId"]


def test_a_mark_of_the_other_front_as_a_name_changes_nothing(world: World) -> None:
    assert world.post(REQUEST, queryParameters={"httpMethod": "GET", "path": "/"})["Success"]


def test_an_event_without_the_bytes_of_a_mark_is_not_http(world: World) -> None:
    # No front escapes a letter; a signup may have any other properties.
    event = b'{"tenantId": "acme", "\\u0068ttpMethod": "GET", "path": "/"}'
    assert world.handle(event)["Data"]["GroupId"] == "GID_acme"


def failing_asynchronously(world: World, name: str, value: str) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", name: value}
    return world.failed(an_http_event({"GroupId": "x"}, headers=headers))


@pytest.mark.parametrize("name", ("X-Fc-Invocation-Type", "x-fc-invocation-type"))
@pytest.mark.parametrize("value", ("Async", "async"))
def test_an_asynchronous_request_that_fails_raises(name: str, value: str, world: World) -> None:
    assert failing_asynchronously(world, name, value)["Error"]["Code"] == "InvalidPayload"


def test_an_asynchronous_request_succeeds_on_an_existing_group(world: World) -> None:
    headers = {"Content-Type": "application/json", "X-Fc-Invocation-Type": "Async"}
    world.backend.add_group("GID_test")
    assert world.post(REQUEST, headers=headers)["Data"]["Outcome"] == "AlreadyExists"


def test_a_synchronous_request_returns_its_failure(world: World) -> None:
    headers = {"Content-Type": "application/json", "X-Fc-Invocation-Type": "Sync"}
    assert not world.post({}, headers=headers)["Success"]


@pytest.mark.parametrize("on_failure", ("raise", "return", "explode"))
def test_a_synchronous_request_does_not_raise_with_any_on_failure(
    on_failure: str, world: World
) -> None:
    world.environ["ON_FAILURE"] = on_failure
    code = world.post({})["Error"]["Code"]
    assert code == ("ConfigurationError" if on_failure == "explode" else "InvalidPayload")


def test_a_bug_returns_status_500(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "create_group_id", lambda *_: 1 / 0)
    response = world.handle(an_http_event(REQUEST))
    assert response["statusCode"] == 500
    assert json.loads(response["body"])["Error"]["Code"] == "InternalError"


def test_reads_a_base64_body(world: World) -> None:
    event = an_http_event(REQUEST, encoded=True)
    assert base64.b64decode(event["body"]) == b'{"GroupId": "GID_test"}'
    assert json.loads(world.handle(event)["body"])["Success"]
