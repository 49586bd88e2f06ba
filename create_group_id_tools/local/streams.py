"""All queues that triggers of the template read, with the event streams that empty them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from create_group_id_tools.failures.destination import Destination
from create_group_id_tools.local.accepted import AcceptedFolder
from create_group_id_tools.local.event_stream import EventStream
from create_group_id_tools.local.message_queue import MessageQueue
from create_group_id_tools.terminal import note

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from create_group_id_tools.local.function_compute import FunctionCompute
    from create_group_id_tools.template.deployment import Deployment


class Streams:
    """Queues by their names, and their streams.

    Beside the failure file FILE the messages are in the folder `FILE.messages.accepted`, and
    batches that failed for good in `FILE.dead-letters`. Raises `AcceptedError`.
    """

    def __init__(
        self, deployments: Iterable[Deployment], fc: FunctionCompute, failure_file: Path
    ) -> None:
        self._disk = AcceptedFolder(failure_file.with_name(f"{failure_file.name}.messages"))
        dead_letters = Destination(dead_letter_file(failure_file))
        found = [(item, stream) for item in deployments for stream in item.streams]
        left = self._disk.left()
        self.queues = {
            name: MessageQueue(name, self._disk, (item for item in left if item.function == name))
            for name in {stream.queue for _, stream in found}
        }
        if lost := {item.function for item in left} - self.queues.keys():
            note(f"Messages of {', '.join(sorted(lost))} stay: no trigger reads that queue now.")
        self._streams = [
            EventStream(stream, self.queues[stream.queue], item.function.name, fc, dead_letters)
            for item, stream in found
        ]

    def start(self) -> None:
        """Begin to deliver."""
        for stream in self._streams:
            stream.start()

    def reset(self) -> None:
        """Forget the messages that no function has got yet."""
        for queue in self.queues.values():
            queue.clear()

    def stop(self) -> None:
        """Deliver nothing any more, and leave the messages to another server."""
        for stream in self._streams:
            stream.stop()
        self._disk.close()


def dead_letter_file(failure_file: Path) -> Path:
    """Return where batches that failed for good are written."""
    return failure_file.with_name(f"{failure_file.name}.dead-letters")
