"""SendMessage and BatchSendMessage, called as clients of SMQ do."""

from __future__ import annotations

import hashlib
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.sender import NAMESPACE, document, message, send

if TYPE_CHECKING:
    from pathlib import Path

    import requests

    from create_group_id_tools.local.message_queue import MessageQueue


def fields(element: ET.Element) -> dict[str, str]:
    return {child.tag.removeprefix(f"{{{NAMESPACE}}}"): child.text or "" for child in element}


def entries(response: requests.Response) -> list[dict[str, str]]:
    root = ET.fromstring(response.content)  # noqa: S314 - our own server's
    if root.tag == f"{{{NAMESPACE}}}Message":
        return [fields(root)]
    assert root.tag == f"{{{NAMESPACE}}}Messages"
    return [fields(child) for child in root]


def error(response: requests.Response) -> tuple[int, str]:
    root = ET.fromstring(response.content)  # noqa: S314 - our own server's
    assert root.tag == f"{{{NAMESPACE}}}Error"
    error = fields(root)
    # The official client cannot read an error that lacks one of them.
    assert set(error) == {"Code", "Message", "RequestId", "HostId"}
    return response.status_code, error["Code"]


def taken(queue: MessageQueue) -> list[str]:
    return [item.event.decode() for item in queue.take(100, 0)]


@pytest.mark.parametrize(
    "key",
    (
        {"key": "testid"},
        {"key": "STS.testid", "token": "testtoken"},
    ),
)
def test_a_message_is_accepted(queue: MessageQueue, queue_url: str, key: dict[str, Any]) -> None:
    body = '{"tenantId": "\u4e2d <&>"}'
    response = send(
        queue_url, "signups", document(message(body, DelaySeconds=0, Priority=8)), **key
    )
    assert (response.status_code, response.headers["x-mns-request-id"]) == (201, "1-a")
    assert response.headers["x-mns-version"] == "2015-06-06"
    (entry,) = entries(response)
    assert entry["MessageBodyMD5"] == hashlib.md5(body.encode()).hexdigest().upper()  # noqa: S324 - the API's
    (item,) = queue.take(1, 0)
    assert (item.request_id, item.event.decode()) == (entry["MessageId"], body)


def test_a_batch_is_accepted_in_its_order(queue: MessageQueue, queue_url: str) -> None:
    bodies = [f"message {number}" for number in range(16)]
    response = send(queue_url, "signups", document(*map(message, bodies)))
    assert response.status_code == 201
    bodies_by_id = {item.request_id: item.event.decode() for item in queue.take(16, 0)}
    assert [bodies_by_id[entry["MessageId"]] for entry in entries(response)] == bodies


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    (
        ({"secret": "wrong"}, 403, "SignatureDoesNotMatch"),
        ({"key": "nobody"}, 403, "InvalidAccessKeyId"),
        ({"key": "STS.testid"}, 403, "AccessDenied"),
        ({"key": "STS.testid", "token": "wrong"}, 403, "AccessDenied"),
        ({"token": "wrong"}, 403, "AccessDenied"),
        ({"headers": {"Authorization": ""}}, 400, "MissingAuthorizationHeader"),
        ({"headers": {"Authorization": "MNS testid"}}, 400, "InvalidAuthorizationHeader"),
        ({"headers": {"Authorization": "FC testid:x"}}, 400, "InvalidAuthorizationHeader"),
        ({"headers": {"Date": ""}}, 400, "MissingDateHeader"),
        ({"headers": {"Date": "yesterday"}}, 400, "InvalidDateHeader"),
        ({"headers": {"x-mns-version": ""}}, 400, "MissingVersionHeader"),
        ({"headers": {"Content-Type": "text/plain"}}, 403, "SignatureDoesNotMatch"),
        ({"headers": {"x-mns-more": "1"}}, 403, "SignatureDoesNotMatch"),
        ({"sent": 0}, 400, "TimeExpired"),
        ({"queue": "other"}, 404, "QueueNotExist"),
        ({"method": "GET"}, 400, "InvalidRequestURL"),
        ({"path": "/queues/{}"}, 400, "InvalidRequestURL"),
    ),
)
def test_a_refusal_is_one_that_a_client_can_read(
    queue: MessageQueue, queue_url: str, changes: dict[str, Any], status: int, code: str
) -> None:
    request = {"queue": "signups", "body": document(message("x")), **changes}
    response = send(queue_url, request.pop("queue"), request.pop("body"), **request)
    assert error(response) == (status, code)
    assert "testsecret" not in response.text
    assert queue.wait(1, 0) is None


def test_a_date_may_come_in_a_header_of_its_own(queue: MessageQueue, queue_url: str) -> None:
    # It is signed twice, as the date and as an x-mns- header, so this signature is wrong.
    stale = {"x-mns-date": "Thu, 01 Jan 1970 00:00:00 GMT"}
    assert (
        error(send(queue_url, "signups", document(message("x")), headers=stale))[1] == "TimeExpired"
    )
    assert queue.wait(1, 0) is None


@pytest.mark.parametrize(
    ("body", "code"),
    (
        (b"", "MalformedXML"),
        (b"{}", "MalformedXML"),
        (b"<Message><MessageBody>x</MessageBody></Message>", "MalformedXML"),
        (document(message("x")).replace(b"Message>", b"Massage>"), "MalformedXML"),
        (b'<?xml version="1.0" encoding="none"?><a/>', "MalformedXML"),
        (document("<Message/>"), "MalformedXML"),
        (document(message("")), "InvalidArgument"),
        (document(message("x", DelaySeconds="-1")), "InvalidArgument"),
        (document(message("x", DelaySeconds="604801")), "InvalidArgument"),
        (document(*[message("x")] * 17), "InvalidArgument"),
        (document(*[message("x" * (32 << 10))] * 2, message("x")), "InvalidArgument"),
        (document(message("x" * ((64 << 10) + 1))), "InvalidArgument"),
        (document("<Other/>", "<Other/>"), "MalformedXML"),
    ),
)
def test_invalid_messages_are_refused_together(
    queue: MessageQueue, queue_url: str, body: bytes, code: str
) -> None:
    assert error(send(queue_url, "signups", body)) == (400, code)
    assert queue.wait(1, 0) is None


def test_the_largest_message_is_accepted(queue: MessageQueue, queue_url: str) -> None:
    body = "x" * (64 << 10)
    assert send(queue_url, "signups", document(message(body))).status_code == 201
    assert taken(queue) == [body]


def test_an_entity_of_a_file_is_not_read(
    queue: MessageQueue, queue_url: str, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("hush")
    doctype = f'<!DOCTYPE a [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]>'.encode()
    body = document("<Message><MessageBody>a&e;</MessageBody></Message>")
    response = send(queue_url, "signups", body.replace(b"?>", b"?>" + doctype))
    assert error(response) == (400, "MalformedXML")
    assert queue.wait(1, 0) is None


def test_a_message_that_cannot_be_written_is_not_accepted(
    queue: MessageQueue, queue_url: str, tmp_path: Path
) -> None:
    (tmp_path / "messages.accepted").rmdir()
    assert error(send(queue_url, "signups", document(message("x")))) == (500, "InternalServerError")
    assert queue.wait(1, 0) is None
