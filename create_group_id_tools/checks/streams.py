"""Rules for event-streaming triggers: batches of a queue, delivered one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# What the function takes as one event, and a message of SMQ in the base64 of its stream.
MAX_EVENT = 4 * 1024 * 1024
MAX_MESSAGE = 64 * 1024 * 4 // 3
_ENVELOPE = 2 * 1024  # of a CloudEvent around a message
_MOST_SECONDS = 300  # that a trigger waits for an invocation
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
    """Yield what is wrong with the event-streaming triggers of a function, one line each."""
    for trigger in filter(is_stream, props.get("triggers", [])):
        for problem in _stream(trigger, props):
            yield f"trigger {trigger.get('triggerName')}: {problem}"


def _stream(trigger: dict[str, Any], props: dict[str, Any]) -> Iterator[str]:
    run = options(trigger)
    if trigger["triggerConfig"].get("asyncInvocationType"):
        yield "asyncInvocationType must be false: only then is a failed batch retried and kept"
    if run.get("errorsTolerance") != "ALL":
        yield "errorsTolerance must be ALL, or a batch that keeps failing blocks the others"
    if not run.get("deadLetterQueue", {}).get("Arn"):
        yield "lacks deadLetterQueue.Arn, and batches that keep failing would be lost"
    window = run.get("batchWindow", {})
    if not 0 <= window.get("TimeBasedWindow", 0) <= _MOST_WINDOW:
        yield f"batchWindow.TimeBasedWindow: must be 0 to {_MOST_WINDOW} seconds"
    size = batch_size(trigger)
    if not 1 <= size <= _MOST_MESSAGES:
        yield f"batchWindow.CountBasedWindow: must be 1 to {_MOST_MESSAGES}"
    if size * (MAX_MESSAGE + _ENVELOPE) > MAX_EVENT:
        most = MAX_EVENT // (MAX_MESSAGE + _ENVELOPE)
        yield (
            f"batchWindow.CountBasedWindow: {size} messages of 64 KiB are more than the 4 MiB "
            f"that the function takes: at most {most}"
        )
    if run.get("maximumTasks") != props.get("concurrencyConfig", {}).get("reservedConcurrency"):
        yield "maximumTasks must be reservedConcurrency: as many batches at once as instances"
    timeout = props.get("timeout", 3)
    if timeout > _MOST_SECONDS:
        yield f"timeout: the trigger waits for {_MOST_SECONDS} seconds at most"
    if size > timeout:
        yield (
            f"timeout: a batch of {size} needs {size} seconds at the slowest pace, "
            "which is one call a second"
        )
