"""Run the function behind a URL, in the tests of a program that calls it: `local_function`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from create_group_id_tools import terminal
from create_group_id_tools.failures.destination import Destination
from create_group_id_tools.local import stack
from create_group_id_tools.project import ROOT, RUNTIMES
from create_group_id_tools.template import deployment, strict_yaml
from onsmqtt_stub import Backend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from onsmqtt_stub import Fault

# A test should not wait for the pace of a deployed function, nor for retries.
_ENVIRONMENT = {"ONSMQTT_MAX_QPS": "1000"}
_RETRY_DELAY = 0.05


class LocalFunction:
    """A running function: its `url`, and the `stub` of OnsMqtt that it calls."""

    def __init__(self, url: str, stub: Backend, reset: Callable[[], None]) -> None:
        self.url, self.stub, self._reset = url, stub, reset

    def groups(self) -> list[str]:
        """Return the group IDs that exist, the oldest first."""
        return self.stub.groups()

    def set_faults(self, faults: Sequence[Fault | Mapping[str, Any]]) -> None:
        """Replace the fault rules of the stub; raise ValueError for an invalid one."""
        self.stub.set_faults(faults)

    def reset(self) -> None:
        """Delete groups, faults and queued events. An invocation in progress is not stopped."""
        self._reset()
        self.stub.reset()


@contextmanager
def local_function(
    *,
    timeout: int = 2,
    environment: Mapping[str, str] | None = None,
    runtime: str = RUNTIMES[0],
    signed: bool = False,
    instances: int | None = None,
) -> Iterator[LocalFunction]:
    """Run the functions of template.yml on a free port of 127.0.0.1, and yield the first.

    `timeout` is that of each function in whole seconds, `environment` has variables that replace
    those of the template, `instances` is the most of each function at a time. With `signed`,
    callers must sign their requests, as for a deployed function. The function's log goes to
    standard error.

    Raise ValueError for an option out of range, and FileNotFoundError if these tools are not
    installed from a checkout of the function.
    """
    variables = {**_ENVIRONMENT, **(environment or {})}
    _check(timeout, variables, runtime, instances)
    template = ROOT / "template.yml"
    if not template.is_file():
        raise FileNotFoundError(
            f"{template}: not found; install these tools from a checkout of the function, "
            "with pip install --editable"
        )
    deployments = [
        item.adjusted(timeout=timeout, max_retries=None, retry_delay=_RETRY_DELAY)
        for item in deployment.read(strict_yaml.text_of(template), {}, variables)
    ]
    stub = Backend()
    with TemporaryDirectory(prefix="create-group-id-") as folder:
        options = stack.Options(
            runtime=runtime,
            python=sys.executable,
            on_failure=Destination(Path(folder) / "failures.jsonl"),
            signed=signed,
            instances=instances,
            log=terminal.log,
        )
        with stack.running(deployments, options, stub) as running:
            yield LocalFunction(running.url, stub, running.reset)


def _check(
    timeout: int, environment: Mapping[str, str], runtime: str, instances: int | None
) -> None:
    # Otherwise a test would only see FC's InternalServerError.
    if type(timeout) is not int or not 1 <= timeout <= 86400:
        raise ValueError("timeout: must be a whole number of seconds from 1 to 86400")
    if runtime not in RUNTIMES:
        raise ValueError(f"runtime: must be {' or '.join(RUNTIMES)}")
    if instances is not None and (type(instances) is not int or not 1 <= instances <= 64):
        raise ValueError("instances: must be a whole number from 1 to 64")
    for name, value in environment.items():
        if type(value) is not str or "\0" in value:
            raise ValueError(f"environment: the value of {name} must be a string without NUL")
