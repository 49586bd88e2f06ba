"""What storm the template survives: groups an hour, and the largest burst."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from create_group_id_tools.checks import streams

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Calls of CreateGroupId a second and account, over all functions:
# https://www.alibabacloud.com/help/en/apsaramq-for-mqtt/ (limits on API calls)
ACCOUNT_QPS = 10
# From `make storm`: the part of the quota that adapting instances use, and the calls per group with
# 5 % duplicates, 1 % lost answers and 1 % errors.
USED, CALLS_PER_GROUP = 0.92, 1.1
_PUSHES_FOR = 5 * 3600  # seconds for which FC offers an event again that meets no free instance
_QUEUE_KEEPS = 604800  # seconds: infra/ros.yml


def lines(functions: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """Yield a line for each function behind events: what it creates, what burst it survives."""
    for where, props in functions.items():
        triggers = [t for t in props.get("triggers", []) if t.get("triggerType") != "http"]
        if not triggers:
            continue
        instances = props["concurrencyConfig"]["reservedConcurrency"]
        pace = float(props["environmentVariables"]["ONSMQTT_MAX_QPS"])
        per_second = min(USED * ACCOUNT_QPS, instances * pace) / CALLS_PER_GROUP
        if all(map(streams.is_stream, triggers)):
            seconds, until = _QUEUE_KEEPS, "its queue keeps a message"
        else:
            age = props.get("asyncInvokeConfig", {}).get("maxAsyncEventAgeInSeconds", 86400)
            seconds, until = min(age, _PUSHES_FOR), "FC offers an event again"
        yield (
            f"{where}: up to {per_second * 3600:,.0f} groups an hour; survives a burst of "
            f"{per_second * seconds:,.0f}, which is what it creates in the {seconds // 3600} hours "
            f"for which {until}"
        )
