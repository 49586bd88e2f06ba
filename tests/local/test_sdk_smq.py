"""The queue, called by the unmodified official client of SMQ."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from mns.account import Account
from mns.mns_exception import MNSServerException
from mns.queue import Message

if TYPE_CHECKING:
    from create_group_id_tools.local.message_queue import MessageQueue

PERMANENT = ("testid", "testsecret", "")
TEMPORARY = ("STS.testid", "testsecret", "testtoken")


def client(queue_url: str, key: tuple[str, str, str], name: str = "signups") -> Any:
    key_id, secret, token = key
    account = Account(queue_url, key_id, secret, token)
    account.get_client().set_keep_alive(False)
    return account.get_queue(name)


@pytest.mark.parametrize("key", (PERMANENT, TEMPORARY))
def test_a_message_is_accepted(
    queue: MessageQueue, queue_url: str, key: tuple[str, str, str]
) -> None:
    sent = client(queue_url, key).send_message(Message("\u4e2d <&>"))
    (item,) = queue.take(1, 0)
    # The client encodes by default.
    encoded = base64.b64encode("\u4e2d <&>".encode())
    assert (item.request_id, item.event) == (sent.message_id, encoded)
    assert sent.message_body_md5 == hashlib.md5(encoded).hexdigest().upper()  # noqa: S324 - the API's


def test_a_batch_is_accepted(queue: MessageQueue, queue_url: str) -> None:
    plain = client(queue_url, PERMANENT)
    plain.set_encoding(False)
    sent = plain.batch_send_message([Message(f"message {number}") for number in range(16)])
    items = queue.take(16, 0)
    assert {item.request_id for item in items} == {entry.message_id for entry in sent}
    assert sorted(item.event for item in items) == sorted(
        b"message %d" % number for number in range(16)
    )


@pytest.mark.parametrize(
    ("key", "name", "code"),
    (
        (("testid", "wrong", ""), "signups", "SignatureDoesNotMatch"),
        (("nobody", "testsecret", ""), "signups", "InvalidAccessKeyId"),
        (("STS.testid", "testsecret", "wrong"), "signups", "AccessDenied"),
        (PERMANENT, "other", "QueueNotExist"),
    ),
)
def test_the_client_reads_a_refusal(
    queue_url: str, key: tuple[str, str, str], name: str, code: str
) -> None:
    with pytest.raises(MNSServerException) as caught:
        client(queue_url, key, name).send_message(Message("x"))
    assert (caught.value.type, caught.value.req_id) == (code, "1-a")
