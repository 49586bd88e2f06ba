"""The backend: one state, its gateway, its faults and its journal, shared by every front."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from onsmqtt_stub import _checks
from onsmqtt_stub._actions import IMPLEMENTED, UNIMPLEMENTED
from onsmqtt_stub._exchange import Exchange
from onsmqtt_stub._faults import as_faults
from onsmqtt_stub._gateway import Gateway
from onsmqtt_stub._models import ACCOUNT_ID, INSTANCE_ID, REGION_ID, AccessKey, MqttInstance, State
from onsmqtt_stub._rules import FaultRules
from onsmqtt_stub._settings import StubSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from onsmqtt_stub._exchange import Call, Step
    from onsmqtt_stub._faults import Fault
    from onsmqtt_stub._rpc import RpcCall, RpcRequest


class Backend:
    """A service of its own.

    `clock` returns epoch seconds, `sleep` waits seconds; by default they are those of `time`,
    looked up at each call, so that freezegun and the like work. The backend begins with
    the account of `testid`/`testsecret` and `STS.testid`/`testsecret`/`testtoken`, which owns the
    instance `mqtt-cn-0pp1ldu0001` in `cn-hangzhou`. Safe to use from several threads. `revision`
    grows with every change of what there is to see.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], object] | None = None,
        settings: StubSettings | None = None,
    ) -> None:
        if settings is not None and not isinstance(settings, StubSettings):
            raise TypeError("settings: must be Settings(...)")
        self.clock = clock or _time
        self.sleep = sleep or _sleep
        self.settings = settings or StubSettings()
        self.lock = threading.RLock()
        self.revision = 0
        self.reset()

    def reset(self) -> None:
        """Return to the state at the beginning: no groups, calls or faults."""
        with self.lock:
            self.state = State()
            self.gateway = Gateway(self.state, self.settings)
            self.faults = FaultRules()
            self._journal: deque[Call] = deque(maxlen=self.settings.journal_size)
            self.revision += 1

    @property
    def journal(self) -> Sequence[Call]:
        """The calls that reached the service, the oldest first."""
        with self.lock:
            return tuple(self._journal)

    @property
    def instances(self) -> list[str]:
        """The IDs of the instances."""
        with self.lock:
            return list(self.state.instances)

    def groups(self, instance_id: str = INSTANCE_ID) -> list[str]:
        """List the group IDs of an instance in order of creation; KeyError for no instance."""
        with self.lock:
            return list(self.state.instance(instance_id).groups)

    def add_group(
        self,
        group_id: str,
        instance_id: str = INSTANCE_ID,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Put a group in place: unchecked, not billed, not in the journal; KeyError likewise."""
        with self.lock:
            instance = self.state.instance(instance_id)
            self.state.add_group(instance, group_id, tuple((tags or {}).items()), self.clock())
            self.revision += 1

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
            self.state.instances[instance_id] = MqttInstance(
                instance_id, owner, region_id, independent_naming
            )
            self.revision += 1

    def add_key(self, key: AccessKey) -> None:
        """Add an access key, or replace the one of the same ID."""
        if not isinstance(key, AccessKey):
            raise TypeError("key: must be an AccessKey(access_key_id, secret)")
        with self.lock:
            self.state.keys[key.access_key_id] = key
            self.revision += 1

    def deny(self, action: str, account_id: str = ACCOUNT_ID) -> None:
        """Deny an account an action, as a RAM policy would; ValueError for an unknown action."""
        _checks.known("action", "action", action, (*IMPLEMENTED, *sorted(UNIMPLEMENTED)))
        with self.lock:
            self.state.denied.add((account_id, action))
            self.revision += 1

    def set_faults(self, faults: Sequence[Fault | Mapping[str, Any]]) -> None:
        """Replace the rules, each a `Fault` or an object with its fields.

        Raises ValueError for one that cannot act, or that an earlier rule leaves no call.
        """
        rules = FaultRules(as_faults(faults))
        with self.lock:
            self.faults = rules
            self.revision += 1

    def exchange(self, request: RpcRequest) -> Iterator[Step]:
        """Handle a request; for fronts, which play the steps."""
        return Exchange(self, request).steps()

    def pick_fault(self, call: RpcCall) -> Fault | None:
        """Choose the fault that acts on a call."""
        if not self.faults.rules:
            return None
        with self.lock:
            self.revision += 1
            return self.faults.pick(call.action, call.parameters.get("GroupId", ""))

    def record(self, call: Call) -> None:
        """Write a call into the journal."""
        with self.lock:
            self._journal.append(call)
            self.revision += 1


def _time() -> float:
    return time.time()


def _sleep(seconds: float) -> None:
    time.sleep(seconds)
