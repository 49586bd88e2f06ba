"""A queue's messages: when a batch is complete, and what survives the end of a server."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from create_group_id_tools.local.message_queue import MessageQueue
from tests.world import Clock

if TYPE_CHECKING:
    from create_group_id_tools.local.accepted import AcceptedFolder


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(disk: AcceptedFolder, clock: Clock) -> MessageQueue:
    return MessageQueue("signups", disk, clock=clock)


def put(queue: MessageQueue, *names: str, delay: float = 0) -> None:
    for name in names:
        queue.put(name, name.encode(), delay)


def take(queue: MessageQueue, count: int = 10, window: float = 0) -> list[str]:
    return [item.request_id for item in queue.take(count, window)]


def test_a_batch_is_complete_by_its_number_or_by_the_age_of_its_first(
    queue: MessageQueue, clock: Clock
) -> None:
    assert queue.wait(3, 2) is None
    put(queue, "a")
    assert queue.wait(3, 2) == 2
    clock.now = 1.5
    put(queue, "b")
    assert queue.wait(3, 2) == 0.5
    assert queue.wait(2, 2) == 0
    clock.now = 2
    assert queue.wait(3, 2) == 0
    assert take(queue, 3, 2) == ["a", "b"]
    assert queue.wait(3, 2) is None


def test_no_batch_is_larger(queue: MessageQueue) -> None:
    put(queue, *"abcde")
    assert take(queue, 2) == ["a", "b"]
    assert take(queue, 2) == ["c", "d"]
    assert take(queue, 2) == ["e"]


def test_a_delayed_message_is_delivered_later(queue: MessageQueue, clock: Clock) -> None:
    put(queue, "later", delay=60)
    put(queue, "now")
    assert take(queue) == ["now"]
    assert queue.wait(1, 0) == 60
    clock.now = 60
    assert take(queue) == ["later"]


def test_a_consumer_gets_new_messages_and_is_released_at_the_end(queue: MessageQueue) -> None:
    got: list[list[str]] = []

    def read() -> None:
        while batch := take(queue, 2, 3600):
            got.append(batch)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    put(queue, *"abcdef")
    while sum(map(len, got)) < 6:
        assert any(reader.is_alive() for reader in readers)
    queue.close()
    for reader in readers:
        reader.join(30)
        assert not reader.is_alive()
    assert sorted(got) == [["a", "b"], ["c", "d"], ["e", "f"]]


def test_the_next_server_has_the_messages_that_were_not_deleted(
    queue: MessageQueue, disk: AcceptedFolder, clock: Clock
) -> None:
    put(queue, "done", "taken", "waiting")
    put(queue, "delayed", delay=60)
    taken = queue.take(2, 0)
    queue.delete(taken[:1])
    queue.close()
    assert take(queue) == []
    after = MessageQueue("signups", disk, disk.left(), clock=clock)
    assert sorted(take(after)) == ["taken", "waiting"]
    clock.now = 60
    assert take(after) == ["delayed"]


def test_a_cleared_queue_has_nothing_on_the_disk(queue: MessageQueue, disk: AcceptedFolder) -> None:
    put(queue, "a")
    put(queue, "b", delay=60)
    assert queue.wait(10, 60) == 60
    queue.clear()
    assert (queue.wait(1, 0), disk.left()) == (None, [])
