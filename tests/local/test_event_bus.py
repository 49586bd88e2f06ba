"""The bus, called by the unmodified SDK of EventBridge."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import uuid
from datetime import datetime
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
from alibabacloud_eventbridge.models import (
    CreateEventBusRequest,
)
from Tea.exceptions import TeaException

from tests.local.publisher import (
    ATTRIBUTES,
    BUS,
    PERMANENT,
    Key,
    by_hand,
    client,
    delivered,
    ended,
    post,
    signup,
)

if TYPE_CHECKING:
    from onsmqtt_stub import Backend
    from tests.local.stacks import Local

# The SDK calls deprecated functions of its credentials module.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function:DeprecationWarning")

PAGE = Path(__file__).parents[2] / "docs" / "local.md"
TEMPORARY: Key = ("STS.testid", "testsecret", "testtoken")


@pytest.fixture
def tenant() -> str:
    return f"t{uuid.uuid4().hex[:20]}"


@pytest.mark.parametrize("key", (PERMANENT, TEMPORARY))
@pytest.mark.parametrize("content", (None, "application/json"))
def test_a_published_signup_creates_its_group(
    signed: Local,
    signed_backend: Backend,
    tenant: str,
    key: Key,
    content: str | None,
) -> None:
    before = time.time()
    event = signup(tenant, datacontenttype=content, subject="tenants", time="2026-11-24T08:00:00Z")
    response = client(signed, key).put_events([event])
    assert (response.failed_entry_count, response.resource_owner_account_id) == (
        0,
        "1000000000000001",
    )
    assert response.request_id
    (entry,) = response.entry_list
    assert (entry.event_id, entry.error_code, entry.error_message) == (tenant, None, None)
    assert entry.trace_id
    (invocation,) = ended(signed, tenant)
    assert invocation["function"] == "create-group-id-events"
    got = invocation["event"]
    published = datetime.strptime(got.pop("aliyunpublishtime"), "%Y-%m-%dT%H:%M:%S.%f%z")
    assert before - 1 < published.timestamp() < time.time() + 1
    assert got == {
        **ATTRIBUTES,
        **BUS,
        "id": tenant,
        "subject": "tenants",
        "time": "2026-11-24T08:00:00Z",
        "datacontenttype": content or "application/json; charset=utf-8",
        "aliyunaccountid": "1000000000000001",
        "aliyunregionid": "cn-hangzhou",
        "data": {"tenantId": tenant},
    }
    assert f"GID_{tenant}" in signed_backend.groups()


def test_the_same_event_twice_creates_one_group(
    signed: Local, signed_backend: Backend, tenant: str
) -> None:
    for _ in range(2):
        client(signed).put_events([signup(tenant)])
    responses = [one["runs"][-1]["response"] for one in ended(signed, tenant, 2)]
    outcomes = sorted(json.loads(response)["Data"]["Outcome"] for response in responses)
    assert outcomes == ["AlreadyExists", "Created"]
    assert signed_backend.groups().count(f"GID_{tenant}") == 1


def test_an_event_that_no_rule_matches_is_accepted_and_not_delivered(
    signed: Local, tenant: str
) -> None:
    response = client(signed).put_events([signup(tenant, type="tenant.closed")])
    assert (response.failed_entry_count, response.entry_list[0].error_code) == (0, None)
    assert delivered(signed, tenant) == []


def test_one_invalid_event_does_not_stop_the_others(signed: Local, tenant: str) -> None:
    events = [signup(tenant, extensions={"aliyuneventbusname": "other"}), signup(tenant)]
    response = client(signed).put_events(events)
    assert response.failed_entry_count == 1
    assert [entry.error_code for entry in response.entry_list] == ["EventBusNotExist", None]
    ended(signed, tenant)


@pytest.mark.parametrize(
    ("key", "code"),
    (
        (("testid", "hush", None), "SignatureDoesNotMatch"),
        (("STS.testid", "hush", "testtoken"), "SignatureDoesNotMatch"),
        (("nobody", "hush", None), "InvalidAccessKeyId"),
        (("STS.testid", "testsecret", "hush"), "SecurityTokenInvalid"),
        (("STS.testid", "testsecret", None), "SecurityTokenInvalid"),
        (("testid", "testsecret", "testtoken"), "SecurityTokenInvalid"),
    ),
)
def test_an_unknown_caller_is_refused_as_the_codes_page_says(
    signed: Local, tenant: str, key: Key, code: str
) -> None:
    with pytest.raises(TeaException) as caught:
        client(signed, key).put_events([signup(tenant)])
    assert caught.value.code == code
    assert set(caught.value.data) >= {"code", "message", "requestId"}
    assert not any(word in str(caught.value) for word in ("hush", "testsecret", "testtoken"))
    assert delivered(signed, tenant) == []


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    (
        ({"authorization": ""}, 400, "MissingRequiredHeader"),
        ({"authorization": "acs:testid"}, 400, "InvalidArgument"),
        ({"authorization": "FC testid:x"}, 400, "InvalidArgument"),
        ({"date": ""}, 400, "MissingRequiredHeader"),
        ({"date": "yesterday"}, 400, "InvalidArgument"),
        ({"date": f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT"}, 400, "InvalidArgument"),
        ({"content-type": "application/json"}, 403, "SignatureDoesNotMatch"),
        ({"content-md5": "x"}, 403, "SignatureDoesNotMatch"),
        ({"x-acs-signature-nonce": "another"}, 403, "SignatureDoesNotMatch"),
    ),
)
def test_refuses_a_call_that_differs_from_what_was_signed(
    signed: Local, headers: dict[str, str], status: int, code: str
) -> None:
    refused = post(signed, [by_hand("never")], headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_a_query_is_signed_too(signed: Local, tenant: str) -> None:
    response = post(signed, [by_hand(tenant)], query={"b": "x y", "a": "1"})
    assert response.json()["FailedEntryCount"] == 0


@pytest.mark.parametrize(("late", "status"), ((-920, 403), (-880, 200), (880, 200), (920, 403)))
def test_a_call_is_valid_for_fifteen_minutes(
    signed: Local, tenant: str, late: int, status: int
) -> None:
    sent = formatdate(time.time() + late, usegmt=True)
    response = post(signed, [by_hand(tenant, type="other")], sent=sent)
    assert response.status_code == status
    assert status == 200 or "15 minutes" in response.json()["message"]


def test_only_publishing_is_served(signed: Local) -> None:
    with pytest.raises(TeaException) as caught:
        client(signed).create_event_bus(CreateEventBusRequest(event_bus_name="other"))
    assert caught.value.code == "PathNotSupported"
    got = requests.get(f"{signed.url}/openapi/putEvents", timeout=30)
    assert (got.status_code, got.json()["code"]) == (400, "PathNotSupported")


def test_the_block_of_the_page_publishes_an_event(
    signed: Local, signed_backend: Backend, tenant: str
) -> None:
    section = PAGE.read_text().partition("\n## An event\n")[2]
    block = re.findall(r"```python\n(.*?)```", section, re.DOTALL)[0]
    block = block.replace("127.0.0.1:9000", signed.url.removeprefix("http://"))
    block = block.replace("acme", tenant).replace('id="1"', f'id="{tenant}"')
    done = subprocess.run(  # noqa: S603 - our own page
        [sys.executable, "-c", block], check=True, capture_output=True, text=True, timeout=20
    )
    assert "'FailedEntryCount': 0" in done.stdout
    ended(signed, tenant)
    assert f"GID_{tenant}" in signed_backend.groups()
