"""Which events a publisher may send to the bus, and what a target gets."""

from __future__ import annotations

import base64
import json
import socket
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id_tools.local import cloud_event
from tests.local.publisher import by_hand, delivered, ended, post

if TYPE_CHECKING:
    from tests.local.stacks import Local


@pytest.fixture
def tenant() -> str:
    return f"t{uuid.uuid4().hex[:20]}"


@pytest.mark.parametrize(
    ("body", "message"),
    (
        (b"", "must be JSON"),
        (b"[{", "must be JSON"),
        (b"\xff\xfe\xfd", "must be JSON"),
        (b"[" * 200_000, "must be JSON"),
        (b"[" + b"9" * 5_000 + b"]", "must be JSON"),
        ({}, "a JSON array of 1 to 16"),
        ("text", "a JSON array of 1 to 16"),
        ([], "a JSON array of 1 to 16"),
        ([by_hand("seventeenth")] * 17, "a JSON array of 1 to 16"),
        (b" " * ((1 << 20) + 1), "1048576 bytes"),
    ),
)
def test_a_body_that_is_not_a_batch_is_refused(
    signed: Local, body: bytes | object, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = post(signed, body)
    assert (refused.status_code, set(refused.json())) == (400, {"code", "message", "requestId"})
    assert message in refused.json()["message"]
    assert "Traceback" not in capsys.readouterr().err
    assert delivered(signed, "seventeenth") == []


def test_a_body_too_large_to_be_read_is_refused_in_the_same_shape(signed: Local) -> None:
    host, port = signed.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(
            b"POST /openapi/putEvents HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Length: 99999999\r\n\r\n"
        )
        connection.shutdown(socket.SHUT_WR)
        head, _, body = connection.makefile("rb").read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["code"] == "EntityTooLarge"


@pytest.mark.parametrize(
    ("attributes", "code"),
    (
        ({"id": ...}, "InvalidArgument"),
        ({"id": 7}, "InvalidArgument"),
        ({"id": "x" * 129}, "InvalidArgument"),
        ({"source": ...}, "InvalidArgument"),
        ({"source": ""}, "InvalidArgument"),
        ({"source": "x" * 129}, "InvalidArgument"),
        ({"type": ...}, "InvalidArgument"),
        ({"type": ["tenant.signup"]}, "InvalidArgument"),
        ({"specversion": ...}, "InvalidArgument"),
        ({"subject": "x" * 513}, "InvalidArgument"),
        ({"data_base64": "?"}, "InvalidArgument"),
        ({"data_base64": 7}, "InvalidArgument"),
        ({"data": "x" * (256 << 10)}, "EntityTooLarge"),
        ({"aliyuneventbusname": ...}, "EventBusNotExist"),
        ({"aliyuneventbusname": "default"}, "EventBusNotExist"),
        ({"aliyuneventbusname": {}}, "EventBusNotExist"),
    ),
)
def test_an_event_that_cannot_be_taken_is_an_error_in_its_entry(
    signed: Local, tenant: str, attributes: dict[str, Any], code: str
) -> None:
    response = post(signed, [by_hand(tenant, **attributes)])
    assert (response.status_code, response.json()["FailedEntryCount"]) == (200, 1)
    (entry,) = response.json()["EntryList"]
    event_id = attributes.get("id", tenant)
    expected = {"EventId": event_id} if isinstance(event_id, str) else {}
    assert entry.pop("ErrorMessage")
    assert entry == {**expected, "ErrorCode": code}
    assert delivered(signed, tenant) == []


@pytest.mark.parametrize("event", (None, 7, "text", [], {}))
def test_an_invalid_event_is_an_error_in_its_entry(signed: Local, event: object) -> None:
    (entry,) = post(signed, [event]).json()["EntryList"]
    assert (set(entry), entry["ErrorCode"]) == ({"ErrorCode", "ErrorMessage"}, "InvalidArgument")


@pytest.mark.parametrize(
    ("content", "expected"),
    (
        (b'{"tenantId": "a"}', {"tenantId": "a"}),
        (b"[1, 2", "[1, 2"),
        ('"\u4e2d"'.encode(), "\u4e2d"),
        (b"must be JSON", "must be JSON"),
        (b"[" * 100_000, "[" * 100_000),
    ),
)
def test_data_in_base64_is_decoded(
    signed: Local, tenant: str, content: bytes, expected: object
) -> None:
    event = by_hand(tenant, data=..., data_base64=base64.b64encode(content).decode())
    assert post(signed, [{**event, "type": "other"}]).json()["FailedEntryCount"] == 0
    complete = cloud_event.completed(event, 0)
    assert complete["data"] == expected
    assert "data_base64" not in complete
    assert complete["aliyunpublishtime"] == "1970-01-01T00:00:00.000Z"


# U+FFFD for each wrong byte would make the first two the same tenant.
@pytest.mark.parametrize(
    "content", ("北京".encode("gbk"), "安保".encode("gbk"), "é".encode("latin-1"))
)
def test_data_that_is_not_text_stays_unchanged(tenant: str, content: bytes) -> None:
    event = by_hand(tenant, data=..., data_base64=base64.b64encode(content).decode())
    complete = cloud_event.completed(event, 0)
    assert complete["data_base64"] == event["data_base64"]
    assert "data" not in complete


def test_an_event_is_passed_on_byte_by_byte() -> None:
    event = {"a": "\u4e2d", "b": "\ud800", "c": 10**30}
    assert cloud_event.encoded(event) == (
        b'{"a": "\xe4\xb8\xad", "b": "\\ud800", "c": 1000000000000000000000000000000}'
    )


def test_a_publisher_cannot_set_the_attributes_of_the_bus(signed: Local, tenant: str) -> None:
    event = by_hand(tenant, aliyunaccountid="7", aliyunregionid="x", aliyunpublishtime="x")
    assert post(signed, [event]).json()["FailedEntryCount"] == 0
    (invocation,) = ended(signed, tenant)
    assert invocation["event"]["aliyunaccountid"] == "1000000000000001"
    assert invocation["event"]["aliyunregionid"] == "cn-hangzhou"
    assert invocation["event"]["aliyunpublishtime"] != "x"


def test_an_event_too_large_for_the_function_is_accepted_and_not_delivered(
    signed: Local, tenant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    response = post(signed, [by_hand(tenant, data="x" * (200 << 10))])
    assert response.json()["FailedEntryCount"] == 0
    message = "Event for create-group-id-events not delivered: payload size exceeds"
    assert message in capsys.readouterr().err
    assert delivered(signed, tenant) == []
