"""How many groups per hour the functions of the template create, and how large a burst may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from create_group_id_tools.checks import streams

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Calls of CreateGroupId per second and account, over all functions:
# https://www.alibabacloud.com/help/en/apsaramq-for-mqtt/ (limits on API calls)
ACCOUNT_QPS = 10
# From `make storm`: the part of the quota that the instances use, and the calls per group with 5 %
# duplicates, 1 % lost responses and 1 % errors.
USED, CALLS_PER_GROUP = 0.92, 1.1
_PUSHES_FOR = 5 * 3600  # seconds for which FC retries an event that finds no free instance
_QUEUE_KEEPS = 604800  # seconds for which the queue of infra/ros.yml keeps a message


def lines(functions: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """Yield a line for each function behind events: its groups per hour, and the largest burst."""
    for where, props in functions.items():
        triggers = [t for t in props.get("triggers", []) if t.get("triggerType") != "http"]
        if not triggers:
            continue
        instances = props["concurrencyConfig"]["reservedConcurrency"]
        pace = float(props["environmentVariables"]["ONSMQTT_MAX_QPS"])
        per_second = min(USED * ACCOUNT_QPS, instances * pace) / CALLS_PER_GROUP
        if all(map(streams.is_stream, triggers)):
            seconds, reason = _QUEUE_KEEPS, "its queue keeps a message"
        else:
            age = props.get("asyncInvokeConfig", {}).get("maxAsyncEventAgeInSeconds", 86400)
            seconds, reason = min(age, _PUSHES_FOR), "FC retries an event"
        yield (
            f"{where}: creates up to {per_second * 3600:,.0f} groups per hour; handles a burst of "
            f"up to {per_second * seconds:,.0f} events, as many as it creates in the "
            f"{seconds // 3600} hours for which {reason}"
        )
