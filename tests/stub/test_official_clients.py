"""Alibaba Cloud's own SDKs, unmodified, with the server: an independent check of the signatures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_onsmqtt20200420 import models
from alibabacloud_onsmqtt20200420.models import CreateGroupIdRequest
from alibabacloud_tea_openapi.exceptions import ThrottlingException

from onsmqtt_stub import AccessKey, Backend, Fault, Settings, mock_onsmqtt
from onsmqtt_stub._actions import IMPLEMENTED, UNIMPLEMENTED
from onsmqtt_stub.server import running
from tests.stub.client import INSTANCE
from tests.stub.sdks import SDKS, SdkError, current, current_call, legacy_call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Their sessions and loops are closed by the collector, and 3.12 finds utcnow() in them.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
OTHER = "2000000000000002"
TAGS = json.dumps([{"Key": "a b", "Value": "c+d*~/ä"}])


@pytest.fixture(params=SDKS, ids=str)
def make(request: pytest.FixtureRequest) -> Callable[..., Any]:
    return SDKS[request.param]


@pytest.fixture
def backend() -> Backend:
    return Backend()


@pytest.fixture
def url(backend: Backend) -> Iterator[str]:
    with running(backend) as url:
        yield url


@pytest.fixture(params=(False, True), ids=("long-lived", "sts"))
def call(request: pytest.FixtureRequest, make: Callable[..., Any], url: str) -> Any:
    return make(url, sts=request.param)


def group(name: str = "GID_test", instance: str = INSTANCE, **more: str) -> dict[str, str]:
    return {"GroupId": name, "InstanceId": instance, **more}


def refusal(call: Any, action: str, **parameters: str) -> tuple[str, int]:
    with pytest.raises(SdkError) as caught:
        call(action, **parameters)
    code, status = caught.value.args
    return code, status


def test_create_duplicate_list_delete(call: Any, backend: Backend) -> None:
    created = call("CreateGroupId", **group())
    assert created == {"RequestId": backend.journal[-1].request_id}
    assert refusal(call, "CreateGroupId", **group()) == ("GroupIdAlreadyExsited", 400)
    (listed,) = call("ListGroupId", InstanceId=INSTANCE)["Data"]
    assert (listed["GroupId"], listed["IndependentNaming"]) == ("GID_test", True)
    assert isinstance(listed["CreateTime"], int)
    call("DeleteGroupId", **group())
    assert call("ListGroupId", InstanceId=INSTANCE)["Data"] == []
    assert [entry.verdict for entry in backend.journal] == [
        "accepted",
        "GroupIdAlreadyExsited",
        "accepted",
        "accepted",
        "accepted",
    ]


def test_tags_of_the_current_sdk(url: str, backend: Backend) -> None:
    for number, name in enumerate(("current", "current, async", "current, V1")):
        call = SDKS[name](url)
        call("CreateGroupId", **group(f"GID_tags{number}", Tags=TAGS))
    data = current_call(url)("ListGroupId", InstanceId=INSTANCE, Tags=TAGS)["Data"]
    assert [item["Tags"] for item in data] == [[{"TagKey": "a b", "TagValue": "c+d*~/ä"}]] * 3
    assert len(backend.groups()) == 3


def test_tags_as_documented_by_the_legacy_sdk(url: str) -> None:
    call = legacy_call(url)
    tag = {"Tag.1.Key": "a b", "Tag.1.Value": "c+d*~/ä"}
    call("CreateGroupId", **group(), **tag)
    (listed,) = call("ListGroupId", InstanceId=INSTANCE, **tag)["Data"]
    assert listed["Tags"] == [{"TagKey": "a b", "TagValue": "c+d*~/ä"}]


def test_every_error_that_the_sdks_can_cause(
    make: Callable[..., Any], url: str, backend: Backend
) -> None:
    backend.add_instance("mqtt-theirs", owner=OTHER, independent_naming=False)
    backend.add_instance("mqtt-ours", independent_naming=False)
    backend.add_group("GID_taken", "mqtt-theirs")
    call = make(url)

    def create(**parameters: str) -> tuple[str, int]:
        return refusal(call, "CreateGroupId", **parameters)

    assert create(**group("gid_test")) == ("ParameterFieldCheckFailed", 400)
    assert create(**group(instance="mqtt-none")) == ("InstanceNotFound", 400)
    assert create(**group(instance="mqtt-theirs")) == ("InstancePermissionCheckFailed", 400)
    assert create(**group("GID_taken", "mqtt-ours")) == ("GroupIdAlreadyUsedByOtherUsers", 400)
    assert create(InstanceId=INSTANCE) == ("MissingGroupId", 400)
    assert create(GroupId="GID_test") == ("MissingInstanceId", 400)
    assert refusal(call, "DeleteGroupId", **group()) == ("ResourcePermissionCheckFailed", 400)
    backend.deny("CreateGroupId")
    assert create(**group()) == ("NoPermission", 403)
    backend.add_key(AccessKey("testid", "another"))
    # The legacy SDK finds its own text to sign in the message, so the secret must be wrong.
    wrong = "InvalidAccessKeySecret" if make is legacy_call else "SignatureDoesNotMatch"
    assert create(**group()) == (wrong, 400)
    backend.add_key(AccessKey("testid", "testsecret", active=False))
    assert create(**group()) == ("InvalidAccessKeyId.Inactive", 400)
    backend.add_key(AccessKey("testid", "testsecret", "token"))
    assert create(**group()) == ("MissingSecurityToken", 400)
    backend.state.keys.clear()
    assert create(**group()) == ("InvalidAccessKeyId.NotFound", 404)
    backend.reset()
    for code, status in (("CreateGroupIdError", 500), ("ServiceUnavailable", 503)):
        backend.set_faults([Fault("error", code=code)])
        assert create(**group()) == (code, status)


def test_quota(make: Callable[..., Any]) -> None:
    backend = Backend(clock=lambda: start, settings=Settings(calls_per_second=1))
    start = Backend().clock()
    with running(backend) as url:
        call = make(url)
        call("CreateGroupId", **group())
        assert refusal(call, "CreateGroupId", **group("GID_two")) == ("Throttling.User", 400)


def test_wrong_clock(make: Callable[..., Any]) -> None:
    backend = Backend(clock=lambda: Backend().clock() + 1000)
    with running(backend) as url:
        call = make(url)
        assert refusal(call, "CreateGroupId", **group()) == ("InvalidTimeStamp.Expired", 400)


def test_retry_after_reaches_the_current_sdk(url: str, backend: Backend) -> None:
    headers = {"x-acs-retry-after": "2000"}
    backend.set_faults([Fault("error", code="Throttling", status=429, headers=headers)])
    request = CreateGroupIdRequest().from_map(group())
    with pytest.raises(ThrottlingException) as caught:
        current(url).create_group_id(request)
    assert caught.value.retry_after == 2000


@pytest.mark.parametrize("algorithm", (None, "v2"), ids=("V3", "V1"))
def test_current_sdk_in_process(algorithm: str | None) -> None:
    with mock_onsmqtt() as stub:
        call = current_call(None, signature_algorithm=algorithm)
        call("CreateGroupId", **group())
        assert refusal(call, "CreateGroupId", **group()) == ("GroupIdAlreadyExsited", 400)
    assert stub.groups() == ["GID_test"]


def test_every_action_of_the_product_is_known() -> None:
    theirs = {name.removesuffix("Request") for name in dir(models) if name.endswith("Request")}
    assert theirs == UNIMPLEMENTED | set(IMPLEMENTED)
