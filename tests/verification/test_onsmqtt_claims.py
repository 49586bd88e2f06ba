"""The stub confirms each claim about OnsMqtt, and denies it where it is set to do otherwise."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id_tools.events.http_event import HttpResponse
from create_group_id_tools.runtime.context import AccessCredentials
from create_group_id_tools.terminal import CommandError
from create_group_id_tools.verification import registry
from create_group_id_tools.verification.claim import CONFIRMED, NOT_CHECKED, OTHERWISE, check
from create_group_id_tools.verification.instance_probe import InstanceProbe
from create_group_id_tools.verification.onsmqtt_client import OnsMqttClient
from onsmqtt_stub import INSTANCE_ID, REGION_ID, AccessKey, Backend, Fault, Settings
from onsmqtt_stub.server import running
from tests.remote.echo import Echo, echoing
from tests.wire import http_response, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from create_group_id_tools.verification.claim import Claim, ClaimResult

KEY = AccessCredentials("testid", "testsecret", "")
CLAIMS = {claim.name: claim for group in registry.CLAIM_GROUPS for claim in group.claims}
ONSMQTT = (*registry.GATEWAY.claims, *registry.GROUPS.claims)


@contextmanager
def probing(backend: Backend) -> Iterator[InstanceProbe]:
    with running(backend) as url:
        yield probe(url)


def probe(url: str, instance_id: str = INSTANCE_ID) -> InstanceProbe:
    client = OnsMqttClient(url, KEY, sleep=lambda _: None)
    return InstanceProbe(client, instance_id, REGION_ID)


def result(name: str, subject: Any) -> ClaimResult:
    return check(CLAIMS[name], subject, "a probe")


@pytest.mark.parametrize("claim", ONSMQTT, ids=lambda claim: claim.name)
def test_the_stub_confirms_a_claim(claim: Claim[InstanceProbe]) -> None:
    with probing(Backend()) as subject:
        found = check(claim, subject, "")
    assert (found.verdict, found.seen) == (CONFIRMED, claim.expected)


def error(code: str, **options: Any) -> list[Fault]:
    return [Fault("error", code=code, status=400, **options)]


BOTH_ACCEPTED = "14 minutes: accepted; 16 minutes: accepted"
HALF_AN_HOUR = Settings(clock_window_seconds=31 * 60)


@pytest.mark.parametrize(
    ("name", "settings", "faults", "seen"),
    (
        ("invalid-group", None, error("InvalidParameter"), "400 InvalidParameter"),
        (
            "missing-parameter",
            Settings(missing_parameter="product"),
            [],
            "400 ParameterFieldCheckFailed",
        ),
        (
            "unknown-instance",
            None,
            error("InstancePermissionCheckFailed"),
            "400 InstancePermissionCheckFailed",
        ),
        ("reused-nonce", Settings(nonce_window_seconds=1e-9), [], "400 ParameterFieldCheckFailed"),
        (
            "nonce-of-wrong-signature",
            Settings(wrong_signature_burns_nonce=True),
            [],
            "400 SignatureNonceUsed",
        ),
        ("clock-behind", HALF_AN_HOUR, [], BOTH_ACCEPTED),
        ("clock-ahead", HALF_AN_HOUR, [], BOTH_ACCEPTED),
        ("order", HALF_AN_HOUR, [], "400 SignatureDoesNotMatch"),
        ("date", HALF_AN_HOUR, error("InvalidTimeStamp.Expired"), "no date"),
        ("region-parameter", None, error("InvalidParameter"), "400 InvalidParameter"),
        ("region-parameter", None, [Fault("empty")], "200 no RequestId"),
        ("existing-group", None, error("GroupIdAlreadyExists", skip=1), "400 GroupIdAlreadyExists"),
        ("case", None, error("GroupIdAlreadyExsited", skip=1), "400 GroupIdAlreadyExsited"),
        ("tags", None, error("InvalidTag"), "400 InvalidTag"),
        ("tags", None, [Fault("wrong_type", action="ListGroupId")], "not listed"),
        ("missing-group", Settings(missing_group_code="NotFound"), [], "400 NotFound"),
    ),
)
def test_another_behaviour_is_otherwise(
    name: str, settings: Settings | None, faults: list[Fault], seen: str
) -> None:
    backend = Backend(settings=settings)
    backend.set_faults(faults)
    with probing(backend) as subject:
        found = result(name, subject)
    assert (found.verdict, found.seen) == (OTHERWISE, seen)


def test_a_known_key_is_not_unknown() -> None:
    backend = Backend()
    backend.add_key(AccessKey("LTAIverify", "testsecret"))
    with probing(backend) as subject:
        assert result("unknown-key", subject).verdict == OTHERWISE


@pytest.mark.parametrize(
    ("name", "status", "body", "seen"),
    (
        ("wrong-signature", 400, {"Code": "IncompleteSignature"}, "400 IncompleteSignature"),
        ("wrong-signature", 400, {"Code": "a secret"}, "400 a code of another form"),
        ("region-parameter", 200, {"RequestId": "a b"}, "200 a RequestId of another form"),
        ("wrong-signature", 502, [], "502 no RequestId"),
    ),
)
def test_another_response_is_otherwise(name: str, status: int, body: Any, seen: str) -> None:
    with echoing(Echo()) as echo:
        echo.response = HttpResponse(status, json.dumps(body).encode())
        found = result(name, probe(echo.url))
    assert (found.verdict, found.seen) == (OTHERWISE, seen)


def test_a_connection_that_the_server_closes_is_noticed() -> None:
    with serving(lambda connection: connection.sendall(http_response())) as server:
        assert result("idle-connection", probe(server.url)).seen == "closed"


def test_the_connection_is_idle_for_the_time_that_the_claim_says() -> None:
    slept: list[float] = []
    with running(Backend()) as url:
        client = OnsMqttClient(url, KEY, sleep=slept.append)
        result("idle-connection", InstanceProbe(client, INSTANCE_ID, REGION_ID))
    assert slept == [9.5]


@pytest.mark.parametrize(
    ("settings", "verdict", "seen"),
    (
        (Settings(calls_per_second=10), CONFIRMED, "400 Throttling.User"),
        (
            Settings(calls_per_second=10, throttling_code="Throttling", throttling_status=429),
            OTHERWISE,
            "429 Throttling",
        ),
        (Settings(), OTHERWISE, "none"),
    ),
)
def test_throttling(settings: Settings, verdict: str, seen: str) -> None:
    now = 1_795_478_400.0
    with running(Backend(settings=settings, clock=lambda: now)) as url:
        client = OnsMqttClient(url, KEY, clock=lambda: now, sleep=lambda _: None)
        found = result("throttling", InstanceProbe(client, INSTANCE_ID, REGION_ID))
    assert (found.verdict, found.seen) == (verdict, seen)


def test_changed_tags_are_noticed() -> None:
    backend, calls = Backend(), 0

    def before_call(_: float) -> None:
        nonlocal calls
        calls += 1
        if calls == 4:  # create, list, create again, list
            backend.add_group(subject.tagged_group[0], tags={"other": "other"})

    with running(backend) as url:
        client = OnsMqttClient(url, KEY, sleep=before_call)
        subject = InstanceProbe(client, INSTANCE_ID, REGION_ID)
        assert result("tags-of-existing-group", subject).seen == "changed"


@pytest.mark.parametrize(
    ("name", "faults", "reason"),
    (
        ("existing-group", error("NoPermission"), "no group was created: 400 NoPermission"),
        ("tags-of-existing-group", error("NoPermission"), "no group was created: 400 NoPermission"),
        (
            "tags-of-existing-group",
            [Fault("wrong_type", action="ListGroupId")],
            "ListGroupId returns no tags",
        ),
        (
            "clock-behind",
            [Fault("error", code="NoPermission", status=403)],
            "even a right call is refused with 403 NoPermission",
        ),
    ),
)
def test_a_check_without_its_condition_is_not_made(
    name: str, faults: list[Fault], reason: str
) -> None:
    backend = Backend()
    backend.set_faults(faults)
    with probing(backend) as subject:
        found = result(name, subject)
    assert (found.verdict, found.seen) == (NOT_CHECKED, reason)


@pytest.mark.parametrize("name", ("invalid-group", "idle-connection"))
def test_an_endpoint_without_a_response_is_named(name: str) -> None:
    found = result(name, probe("http://127.0.0.1:9"))
    assert found.verdict == NOT_CHECKED
    assert found.seen.startswith("127.0.0.1:9: no usable response (")


def test_without_a_probe_the_result_says_what_is_needed() -> None:
    assert result("invalid-group", None).seen == "needs a probe"


def resolver(*known: str) -> Any:
    def resolve(host: str) -> None:
        if not any(part in host for part in known):
            raise OSError(host)

    return resolve


@pytest.mark.parametrize(
    ("name", "known", "verdict", "seen"),
    (
        ("public-endpoints", ("onsmqtt.",), CONFIRMED, "all have an address"),
        ("vpc-endpoints", ("onsmqtt-vpc.",), CONFIRMED, "all have an address"),
        (
            "vpc-endpoints",
            ("cn-", "ap-", "eu-"),
            OTHERWISE,
            "no address: me-central-1, us-east-1, us-west-1",
        ),
        (
            "public-endpoints",
            ("cn-", "ap-", "eu-"),
            OTHERWISE,
            "no address: me-central-1, us-east-1, us-west-1 and 1 more",
        ),
        (
            "vpc-endpoints",
            ("onsmqtt.",),
            NOT_CHECKED,
            "no name has an address; is there a network?",
        ),
    ),
)
def test_endpoints(name: str, known: Sequence[str], verdict: str, seen: str) -> None:
    found = result(name, resolver(*known))
    assert (found.verdict, found.seen) == (verdict, seen)


def test_every_group_that_a_check_creates_is_deleted() -> None:
    backend = Backend()
    with probing(backend) as subject:
        for claim in ONSMQTT:
            check(claim, subject, "")
        created = backend.groups()
        assert len(created) == 3
        assert created == subject.left
        assert subject.clean_up() == []
    assert backend.groups() == []


@pytest.mark.parametrize("when", ("before", "after"))
def test_a_group_whose_creation_is_unknown_is_deleted_or_named(when: Any) -> None:
    backend = Backend()
    backend.set_faults([Fault("reset", when=when, times=1)])
    with probing(backend) as subject:
        with pytest.raises(CommandError):
            _ = subject.group
        (group_id,) = subject.left
        assert subject.clean_up() == ([] if when == "after" else [group_id])
    assert backend.groups() == []


def test_a_group_that_cannot_be_deleted_is_named() -> None:
    backend = Backend()
    with probing(backend) as subject:
        group_id, _ = subject.group
        backend.set_faults([Fault("reset", action="DeleteGroupId")])
        assert subject.clean_up() == [group_id]


def test_an_invalid_group_that_is_created_all_the_same_is_deleted_once() -> None:
    with echoing(Echo()) as echo:
        echo.response = HttpResponse(200, b'{"RequestId": "A"}')
        subject = probe(echo.url)
        subject.refused()
        subject.refused()
        assert subject.left == ["verify"]
        assert subject.clean_up() == []
    assert [one.lower_headers()["x-acs-action"] for one in echo.requests] == [
        "CreateGroupId",
        "CreateGroupId",
        "DeleteGroupId",
    ]


def test_the_credentials_of_the_environment_are_not_in_a_result() -> None:
    with echoing(Echo()) as echo:
        echo.response = HttpResponse(400, b'{"Code": "testsecret testid", "Message": "testid"}')
        subject = probe(echo.url)
        seen = " ".join(check(claim, subject, "").seen for claim in ONSMQTT)
    assert "testid" not in seen
    assert "testsecret" not in seen
