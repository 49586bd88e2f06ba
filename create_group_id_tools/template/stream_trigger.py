"""An event-streaming trigger of `template.yml`: the queue that it reads, and how it delivers.

https://www.alibabacloud.com/help/en/functioncompute/fc/developer-reference/api-fc-2023-03-30-struct-runoptions
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from create_group_id_tools.template.rendering import RenderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Both: https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/advanced-features
_BACKOFF, _EXPONENTIAL = "BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY"
_BACKOFF_RETRIES, _SHORTEST, _LONGEST = 3, 10.0, 20.0
_EXPONENTIAL_RETRIES, _CAP = 176, 512.0
_COUNT, _SECONDS, _TASKS = 1, 0.0, 1


@dataclass(frozen=True)
class StreamTrigger:
    """Batches of up to `batch_size` messages, collected for `window` seconds, `tasks` at a time."""

    name: str
    queue: str
    batch_size: int
    window: float
    tasks: int
    strategy: str

    def waits(self, jitter: Callable[[], float]) -> Iterator[float]:
        """Yield the seconds before each retry of a batch; `jitter` returns 0 to 1."""
        if self.strategy == _BACKOFF:
            for _ in range(_BACKOFF_RETRIES):
                yield _SHORTEST + jitter() * (_LONGEST - _SHORTEST)
        else:
            for retry in range(_EXPONENTIAL_RETRIES):
                yield min(_CAP, 2.0 ** min(retry, 16))


def read(trigger: dict[str, Any]) -> StreamTrigger | None:
    """Read a trigger; return None if it does not read a queue of SMQ.

    Raise `RenderError` for one that the local Function Compute does not support, and KeyError,
    TypeError or AttributeError for a malformed one.
    """
    config = trigger.get("triggerConfig", {})
    source = config.get("eventSourceConfig", {})
    if trigger["triggerType"] != "eventbridge" or source.get("eventSourceType") != "MNS":
        return None
    run, delivery = config["runOptions"], config["eventSinkConfig"]["deliveryOption"]
    queue = source["eventSourceParameters"]["sourceMNSParameters"]
    window = run.get("batchWindow", {})
    strategy = run.get("retryStrategy", {}).get("PushRetryStrategy", _EXPONENTIAL)
    checks = {
        "runOptions.mode": (run["mode"], ("event-streaming",)),
        # Otherwise a batch that keeps failing blocks all others.
        "runOptions.errorsTolerance": (run.get("errorsTolerance"), ("ALL",)),
        "runOptions.retryStrategy.PushRetryStrategy": (strategy, (_BACKOFF, _EXPONENTIAL)),
        "deliveryOption.eventSchema": (delivery["eventSchema"], ("CloudEvents",)),
        "asyncInvocationType": (config.get("asyncInvocationType", False), (False,)),
        "sourceMNSParameters.IsBase64Decode": (queue.get("IsBase64Decode", False), (False,)),
    }
    for place, (value, allowed) in checks.items():
        if value not in allowed:
            # As YAML spells it: true, not True.
            names = " or ".join(json.dumps(value).strip('"') for value in allowed)
            name = trigger["triggerName"]
            raise RenderError(
                f"trigger {name}: {place} must be {names}; no other value is supported locally"
            )
    return StreamTrigger(
        name=trigger["triggerName"],
        queue=queue["QueueName"],
        batch_size=window.get("CountBasedWindow", _COUNT),
        window=window.get("TimeBasedWindow", _SECONDS),
        tasks=run.get("maximumTasks", _TASKS),
        strategy=strategy,
    )
