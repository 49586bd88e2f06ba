"""The instances of one function, started on demand. Each runs one invocation at a time."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from create_group_id_tools.local.instance import FcInstance, InstanceSpec, Outcome
from create_group_id_tools.terminal import note

if TYPE_CHECKING:
    from pathlib import Path

_BAD_ENVIRONMENT = "a variable has an invalid name, or its value contains a NUL or a lone surrogate"

Fingerprint = tuple[tuple[str, int, int], ...]


class NoFreeInstance(Exception):
    """No instance became free in time, for which FC returns 429."""


class Pool:
    """Up to `size` instances. A caller waits at most `wait_seconds` for a free one.

    With `reload`, an invocation never runs in an instance that is older than the code.
    """

    def __init__(
        self, spec: InstanceSpec, size: int, *, reload: bool = False, wait_seconds: float = 10.0
    ) -> None:
        self.spec, self.size = spec, size
        self._reload, self._wait_seconds = reload, wait_seconds
        self._changed = threading.Condition()
        self._places = size
        self._idle: list[FcInstance] = []
        self._busy: set[FcInstance] = set()
        self._closed = False

    def invoke(self, event: bytes, request_id: str, qualifier: str = "LATEST") -> Outcome:
        """Run one invocation; raise `NoFreeInstance`."""
        instance, is_new = self._acquire()
        kept = False
        try:
            failure = instance.initialize(request_id) if is_new else None
            outcome = failure or instance.invoke(event, request_id, qualifier)
            # An instance whose Initializer failed, or that died, is replaced by a new one.
            kept = failure is None and instance.alive
            return outcome
        finally:
            self._release(instance, kept=kept)

    def close(self) -> None:
        """End every instance, idle or busy."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            idle, self._idle = self._idle, []
            busy = list(self._busy)
        for instance in (*idle, *busy):
            instance.terminate()
        for instance in idle:
            instance.close()
        # The threads that wait for busy instances close their files.
        for instance in busy:
            instance.kill()

    def _acquire(self) -> tuple[FcInstance, bool]:
        """Return an instance of the current code, and whether it is new."""
        # Read before the instance starts, so that a change during its import is noticed later.
        fingerprint = _fingerprint(self.spec.code) if self._reload else ()
        instance = self._take()
        if instance and instance.alive and instance.fingerprint == fingerprint:
            return instance, False
        if instance:
            with self._changed:
                self._busy.discard(instance)
            instance.close()
        try:
            instance = FcInstance(self.spec, fingerprint)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else _BAD_ENVIRONMENT
            note(f"Cannot start an instance of {self.spec.function.name}: {reason}.")
            self._give_back()
            raise NoFreeInstance from None
        with self._changed:
            self._busy.add(instance)
            closed = self._closed
        if closed:
            instance.kill()
        return instance, True

    def _take(self) -> FcInstance | None:
        """Take an idle instance, or the right to start one."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or self._idle or self._places, self._wait_seconds
            )
            if self._closed or not (self._idle or self._places):
                raise NoFreeInstance
            if not self._idle:
                self._places -= 1
                return None
            instance = self._idle.pop()
            self._busy.add(instance)
            return instance

    def _release(self, instance: FcInstance, *, kept: bool) -> None:
        with self._changed:
            self._busy.discard(instance)
            kept = kept and not self._closed
            if kept:
                self._idle.append(instance)
                self._changed.notify()
        if not kept:
            instance.close()
            self._give_back()

    def _give_back(self) -> None:
        with self._changed:
            self._places += 1
            self._changed.notify()


def _fingerprint(code: Path) -> Fingerprint:
    """Return the path, modification time and size of every file below `code`."""
    files = []
    for folder, folders, names in os.walk(code):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in names:
            path = os.path.join(folder, name)  # noqa: PTH118 - it runs before each invocation
            try:
                status = os.stat(path)  # noqa: PTH116 - likewise
            except OSError:
                continue  # an editor's temporary file, gone already
            files.append((path, status.st_mtime_ns, status.st_size))
    return tuple(sorted(files))
