"""The backend: one state, its gateway, its faults and its journal, shared by every front."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from onsmqtt_stub.exchange import exchange
from onsmqtt_stub.gateway import Gateway
from onsmqtt_stub.models import ACCOUNT_ID, INSTANCE_ID, REGION_ID, AccessKey, Instance, Service
from onsmqtt_stub.script import Script
from onsmqtt_stub.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from onsmqtt_stub.exchange import Step
    from onsmqtt_stub.faults import Fault
    from onsmqtt_stub.journal import Call
    from onsmqtt_stub.rpc import Request, RpcCall


class Backend:
    """An OnsMqtt of one's own.

    `clock` gives epoch seconds, `sleep` waits seconds: both may be a test's. It begins with the
    account of `testid`/`testsecret` and `STS.testid`/`testsecret`/`testtoken`, which owns the
    instance `mqtt-cn-0pp1ldu0001` in `cn-hangzhou`. Safe to use from several threads.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
        settings: Settings | None = None,
    ) -> None:
        self.clock = clock
        self.sleep = sleep
        self.settings = settings or Settings()
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Return to the state at the beginning: no groups, calls or faults."""
        with self.lock:
            self.service = Service()
            self.gateway = Gateway(self.service, self.settings)
            self.script = Script()
            self._journal: deque[Call] = deque(maxlen=self.settings.journal_size)

    @property
    def journal(self) -> Sequence[Call]:
        """The calls that reached the service, the oldest first."""
        return tuple(self._journal)

    def groups(self, instance_id: str = INSTANCE_ID) -> list[str]:
        """List the group IDs of an instance in order of creation; KeyError for no instance."""
        with self.lock:
            return list(self.service.instances[instance_id].groups)

    def add_group(
        self,
        group_id: str,
        instance_id: str = INSTANCE_ID,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Put a group in place by hand: unchecked, not billed, not in the journal."""
        with self.lock:
            instance = self.service.instances[instance_id]
            self.service.add_group(instance, group_id, tuple((tags or {}).items()), self.clock())

    def add_instance(
        self,
        instance_id: str,
        *,
        owner: str = ACCOUNT_ID,
        region_id: str = REGION_ID,
        independent_naming: bool = True,
    ) -> None:
        """Add an instance; without independent naming its group IDs are global ones."""
        with self.lock:
            self.service.instances[instance_id] = Instance(
                instance_id, owner, region_id, independent_naming
            )

    def add_key(self, key: AccessKey) -> None:
        """Add an access key, or replace the one of the same ID."""
        with self.lock:
            self.service.keys[key.access_key_id] = key

    def deny(self, action: str, account_id: str = ACCOUNT_ID) -> None:
        """Deny an account an action, as a RAM policy would."""
        with self.lock:
            self.service.denied.add((account_id, action))

    def set_faults(self, faults: Sequence[Fault]) -> None:
        """Replace the rules; ValueError for one that an earlier rule leaves no call."""
        script = Script(faults)
        with self.lock:
            self.script = script

    def exchange(self, request: Request) -> Iterator[Step]:
        """Handle a request; for fronts, which play the steps."""
        return exchange(self, request)

    def pick_fault(self, call: RpcCall) -> Fault | None:
        """Give the fault that acts on a call."""
        if not self.script.rules:
            return None
        with self.lock:
            return self.script.pick(call.action, call.parameters.get("GroupId", ""))

    def record(self, call: Call) -> None:
        """Write a call into the journal."""
        self._journal.append(call)
