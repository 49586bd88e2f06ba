"""The backend: the state, the gateway, the faults and the journal of one stub."""

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
    """The backend of a stub, which its mocks and its servers share.

    `clock` returns epoch seconds, and `sleep` waits seconds. By default they are `time.time` and
    `time.sleep`, looked up at each call, so that freezegun and time-machine work.

    At first there is one account with the access keys `testid`/`testsecret` and
    `STS.testid`/`testsecret`/`testtoken`. It owns the instance `mqtt-cn-0pp1ldu0001` in
    `cn-hangzhou`. The backend is thread-safe. `revision` grows with every visible change.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], object] | None = None,
        settings: StubSettings | None = None,
    ) -> None:
        if settings is not None and not isinstance(settings, StubSettings):
            raise TypeError("settings: must be Settings(...), such as Settings(any_host=False)")
        self.clock = clock or _time
        self.sleep = sleep or _sleep
        self.settings = settings or StubSettings()
        self.lock = threading.RLock()
        self.revision = 0
        self.reset()

    def reset(self) -> None:
        """Restore the first state: no groups, calls or faults."""
        with self.lock:
            self.state = State()
            self.gateway = Gateway(self.state, self.settings)
            self.faults = FaultRules()
            self._journal: deque[Call] = deque(maxlen=self.settings.journal_size)
            self.revision += 1

    @property
    def journal(self) -> Sequence[Call]:
        """Return the calls that reached the service, the oldest first."""
        with self.lock:
            return tuple(self._journal)

    @property
    def instances(self) -> list[str]:
        """Return the IDs of the instances."""
        with self.lock:
            return list(self.state.instances)

    def groups(self, instance_id: str = INSTANCE_ID) -> list[str]:
        """List the group IDs of an instance in order of creation. KeyError for an unknown one."""
        with self.lock:
            return list(self.state.instance(instance_id).groups)

    def add_group(
        self,
        group_id: str,
        instance_id: str = INSTANCE_ID,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Add a group without a check or a call. KeyError for an unknown instance."""
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
        """Add an instance. Without independent naming its group IDs are global."""
        with self.lock:
            self.state.instances[instance_id] = MqttInstance(
                instance_id, owner, region_id, independent_naming
            )
            self.revision += 1

    def add_key(self, key: AccessKey) -> None:
        """Add an access key, or replace the one with the same ID."""
        if not isinstance(key, AccessKey):
            raise TypeError('key: must be an AccessKey, such as AccessKey("myid", "mysecret")')
        with self.lock:
            self.state.keys[key.access_key_id] = key
            self.revision += 1

    def deny(self, action: str, account_id: str = ACCOUNT_ID) -> None:
        """Deny an action to an account, as a RAM policy can. ValueError for an unknown action."""
        _checks.known("action", "action", action, (*IMPLEMENTED, *sorted(UNIMPLEMENTED)))
        with self.lock:
            self.state.denied.add((account_id, action))
            self.revision += 1

    def set_faults(self, faults: Sequence[Fault | Mapping[str, Any]]) -> None:
        """Replace the fault rules. Each is a `Fault`, or an object with its fields.

        Raises ValueError for a rule that can never act, alone or after the rules before it.
        """
        rules = FaultRules(as_faults(faults))
        with self.lock:
            self.faults = rules
            self.revision += 1

    def exchange(self, request: RpcRequest) -> Iterator[Step]:
        """Return the steps of a request. Mocks and servers play them."""
        return Exchange(self, request).steps()

    def pick_fault(self, call: RpcCall) -> Fault | None:
        """Return the fault that acts on a call, if any."""
        if not self.faults.rules:
            return None
        with self.lock:
            self.revision += 1
            return self.faults.pick(call.action, call.parameters.get("GroupId", ""))

    def record(self, call: Call) -> None:
        """Add a call to the journal."""
        with self.lock:
            self._journal.append(call)
            self.revision += 1


def _time() -> float:
    return time.time()


def _sleep(seconds: float) -> None:
    time.sleep(seconds)
