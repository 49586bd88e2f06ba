"""Rules for event-streaming triggers, which deliver the messages of a queue in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# The largest event that the function accepts, and the largest message of SMQ in base64, in bytes.
MAX_EVENT = 4 * 1024 * 1024
MAX_MESSAGE = 64 * 1024 * 4 // 3
_CLOUDEVENT = 2 * 1024  # bytes that a CloudEvent adds to a message
_MOST_SECONDS = 300  # for which a trigger waits for an invocation
# https://www.alibabacloud.com/help/en/fc/configure-the-features-of-event-sources (batch window)
_MOST_MESSAGES, _MOST_WINDOW = 10_000, 15


def is_stream(trigger: dict[str, Any]) -> bool:
    """Return whether a trigger delivers batches."""
    return bool(options(trigger).get("mode") == "event-streaming")


def options(trigger: dict[str, Any]) -> dict[str, Any]:
    """Return the `runOptions` of a trigger."""
    return dict(trigger.get("triggerConfig", {}).get("runOptions") or {})


def batch_size(trigger: dict[str, Any]) -> int:
    """Return the most messages of a batch."""
    return int(options(trigger).get("batchWindow", {}).get("CountBasedWindow", 1))


def problems(props: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each problem of the event-streaming triggers of a function."""
    for trigger in filter(is_stream, props.get("triggers", [])):
        for problem in _stream(trigger, props):
            yield f"trigger {trigger.get('triggerName')}: {problem}"


def _stream(trigger: dict[str, Any], props: dict[str, Any]) -> Iterator[str]:
    run = options(trigger)
    if trigger["triggerConfig"].get("asyncInvocationType"):
        yield "asyncInvocationType must be false; otherwise failed batches are lost"
    if run.get("errorsTolerance") != "ALL":
        yield "errorsTolerance must be ALL; otherwise a batch that keeps failing blocks the others"
    if not run.get("deadLetterQueue", {}).get("Arn"):
        yield "deadLetterQueue.Arn is missing, so that batches that keep failing are lost"
    window = run.get("batchWindow", {})
    if not 0 <= window.get("TimeBasedWindow", 0) <= _MOST_WINDOW:
        yield f"batchWindow.TimeBasedWindow: must be 0 to {_MOST_WINDOW} seconds"
    size = batch_size(trigger)
    if not 1 <= size <= _MOST_MESSAGES:
        yield f"batchWindow.CountBasedWindow: must be 1 to {_MOST_MESSAGES}"
    if size * (MAX_MESSAGE + _CLOUDEVENT) > MAX_EVENT:
        most = MAX_EVENT // (MAX_MESSAGE + _CLOUDEVENT)
        yield (
            f"batchWindow.CountBasedWindow: must be at most {most}; {size} messages of 64 KiB "
            "exceed 4 MiB, the largest event that the function accepts"
        )
    if run.get("maximumTasks") != props.get("concurrencyConfig", {}).get("reservedConcurrency"):
        yield "maximumTasks must equal reservedConcurrency: one batch per instance at a time"
    timeout = props.get("timeout", 3)
    if timeout > _MOST_SECONDS:
        yield f"timeout: must be at most {_MOST_SECONDS}; the trigger waits no longer"
    if size > timeout:
        yield (
            f"timeout: must be at least {size}; a batch of {size} needs {size} seconds at the "
            "slowest pace, one call per second"
        )
