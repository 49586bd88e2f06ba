"""The functions of `template.yml`, and an instance of one in virtual time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from create_group_id.client import Client
from create_group_id.errors import ProvisioningFailed
from create_group_id.handler import Handler
from create_group_id.provisioning import Provisioner
from create_group_id_tools.project import INSTANCE_ID, REGION_ID
from create_group_id_tools.template import strict_yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from random import Random

    from benchmarks.simulation.virtual_time import VirtualTime

_EPOCH = 1_795_478_400.0
_CREDENTIALS = SimpleNamespace(
    access_key_id="STS.testid",
    access_key_secret="testsecret",  # noqa: S106 - documented, not secret
    security_token="testtoken",  # noqa: S106 - likewise
)


class TemplateFunction(NamedTuple):
    """A function of the template. Times are in seconds."""

    name: str
    instances: int
    max_qps: float
    timeout: float
    memory_gb: float
    retries: int
    max_age: float
    batch: int

    @classmethod
    def read(cls, name: str, path: Path) -> TemplateFunction:
        """Read a resource of a template."""
        template = strict_yaml.read(path.read_text(encoding="utf-8"))
        props = template["resources"][name]["props"]
        queue = props.get("asyncInvokeConfig", {})
        windows = [
            trigger["triggerConfig"].get("runOptions", {}).get("batchWindow", {})
            for trigger in props.get("triggers", [])
        ]
        return cls(
            name=name,
            instances=props["concurrencyConfig"]["reservedConcurrency"],
            max_qps=float(props["environmentVariables"]["ONSMQTT_MAX_QPS"]),
            timeout=props["timeout"],
            memory_gb=props["memorySize"] / 1024,
            retries=queue.get("maxAsyncRetryAttempts", 3),
            max_age=queue.get("maxAsyncEventAgeInSeconds", 86400),
            batch=max((w.get("CountBasedWindow", 1) for w in windows), default=1),
        )


class SimulatedInstance:
    """An instance of a function: the shipped handler with its own pace and connection."""

    def __init__(self, spec: TemplateFunction, time: VirtualTime, random: Random) -> None:
        environ = {
            "ONSMQTT_INSTANCE_ID": INSTANCE_ID,
            "ONSMQTT_MAX_QPS": str(spec.max_qps),
            "ON_FAILURE": "return" if spec.name == "callers" else "raise",
            "LOG_LEVEL": "CRITICAL",
        }
        client = Client(
            clock=time.clock,
            wall_clock=lambda: _EPOCH + time.now,
            nonce=lambda: f"{random.getrandbits(128):032x}",
        )
        # The simulated API replaces the adapter's `send`, and counts calls by caller.
        setattr(client._adapter, "caller", spec.name)  # noqa: B010, SLF001 - its class has none
        provisioner = Provisioner(client, clock=time.clock, sleep=time.sleep, jitter=random.random)
        self._handler = Handler(provisioner, environ=environ, clock=time.clock)
        self._context = SimpleNamespace(
            request_id="1-67aee50c-15197d0b-d07710222f9d",
            region=REGION_ID,
            credentials=_CREDENTIALS,
            function=SimpleNamespace(timeout=spec.timeout, name=spec.name),
        )

    def invoke(self, event: bytes, done: Callable[[Any], object]) -> None:
        """Run an invocation. `done` gets what the function returned, None if it raised."""
        try:
            result = self._handler.handle(event, self._context)
        except ProvisioningFailed:
            result = None
        done(result)
