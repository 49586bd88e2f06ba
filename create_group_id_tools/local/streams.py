"""The queues that the triggers of template.yml read, and their event streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from create_group_id_tools.failures.destination import Destination
from create_group_id_tools.local.accepted import AcceptedError, AcceptedFolder
from create_group_id_tools.local.event_stream import EventStream
from create_group_id_tools.local.message_queue import MessageQueue
from create_group_id_tools.terminal import note

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from create_group_id_tools.local.function_compute import FunctionCompute
    from create_group_id_tools.template.deployment import Deployment


class Streams:
    """The queues by name, and their streams. Raise `AcceptedError`.

    Messages are in the folder `FILE.messages.accepted` beside the failure file FILE, and batches
    that failed for good in `FILE.dead-letters`.
    """

    def __init__(
        self, deployments: Iterable[Deployment], fc: FunctionCompute, failure_file: Path
    ) -> None:
        self._disk = AcceptedFolder(failure_file.with_name(f"{failure_file.name}.messages"))
        dead_letters = Destination(dead_letter_file(failure_file))
        pairs = [(item, stream) for item in deployments for stream in item.streams]
        try:
            left = self._disk.left()
        except AcceptedError:
            self._disk.close()
            raise
        self.queues = {
            name: MessageQueue(name, self._disk, (item for item in left if item.function == name))
            for name in {stream.queue for _, stream in pairs}
        }
        if lost := {item.function for item in left} - self.queues.keys():
            names = ", ".join(sorted(lost))
            note(f"Messages for {names} stay on disk: template.yml has no trigger for it now.")
        self._streams = [
            EventStream(stream, self.queues[stream.queue], item.function.name, fc, dead_letters)
            for item, stream in pairs
        ]

    def start(self) -> None:
        """Start to deliver."""
        for stream in self._streams:
            stream.start()

    def reset(self) -> None:
        """Delete the messages that were not delivered yet."""
        for queue in self.queues.values():
            queue.clear()

    def stop(self) -> None:
        """Stop delivering, and leave the messages to a later server."""
        for stream in self._streams:
            stream.stop()
        self._disk.close()


def dead_letter_file(failure_file: Path) -> Path:
    """Return the file for batches that failed for good."""
    return failure_file.with_name(f"{failure_file.name}.dead-letters")
