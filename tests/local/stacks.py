"""Run a local Function Compute in this process, and its instances in processes."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import requests

from create_group_id_tools.failures.destination import Destination
from create_group_id_tools.local import stack
from create_group_id_tools.runtime.context import FunctionConfig
from create_group_id_tools.template.deployment import Deployment, Policy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from onsmqtt_stub import Backend

# A function that does what its event says, or over HTTP the body of the event.
PROBE = """
import base64, json, os, signal, sys, time

def initialize(context):
    pass

def handler(event, context):
    event = json.loads(event)
    do = event
    if "requestContext" in event:
        body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"]
        do = json.loads(body or "{}")
    if "returns" in do:
        return do["returns"]
    if "allocate" in do:
        bytearray(do["allocate"] << 20)
    if "garbage" in do:
        os.write(int(sys.argv[1]), do["garbage"].encode())
    if "log" in do:
        print(do["log"])
    if "hold" in do:
        # Fails if the instance runs another invocation at the same time.
        mark = f"{do['hold']}/{os.getpid()}"
        os.mkdir(mark)
        time.sleep(0.01)
        os.rmdir(mark)
    if "sleep" in do:
        time.sleep(do["sleep"])
    if "raise" in do:
        raise ValueError(do["raise"])
    if "exit" in do:
        os._exit(do["exit"])
    if "kill" in do:
        os.kill(os.getpid(), do["kill"])
    if "fail_until" in do:
        with open(do["fail_until"], "a+") as file:
            file.write("x")
            file.seek(0)
            if len(file.read()) < do["times"]:
                raise ValueError("not yet")
    return json.dumps({
        "pid": os.getpid(), "environ": dict(os.environ), "cwd": os.getcwd(), "path": sys.path,
        "qualifier": context.service.qualifier, "event": event,
    })
"""


class Local:
    """A running local Function Compute."""

    def __init__(self, url: str, failures: Path, successes: Path) -> None:
        self.url, self._failures, self._successes = url, failures, successes

    def call(self, **do: Any) -> requests.Response:
        """Call the probe over HTTP."""
        return requests.post(self.url, json=do, timeout=60)

    def put(self, **do: Any) -> requests.Response:
        """Call the probe asynchronously."""
        headers = {"X-Fc-Invocation-Type": "Async"}
        return requests.post(self.url, json=do, headers=headers, timeout=60)

    def invocations(self) -> list[dict[str, Any]]:
        """Return the invocations in the history, the newest first."""
        state = requests.get(f"{self.url}/_local/state", timeout=30).json()
        invocations: list[dict[str, Any]] = state["invocations"]
        return invocations

    def failures(self) -> list[dict[str, Any]]:
        """Return the records of the failure file."""
        return _records(self._failures)

    def successes(self) -> list[dict[str, Any]]:
        """Return the records of the success file."""
        return _records(self._successes)


@contextmanager
def probe(
    folder: Path,
    source: str = PROBE,
    *,
    timeout: int = 10,
    instances: int = 1,
    policy: Policy | None = None,
    backend: Backend | None = None,
    **options: Any,
) -> Iterator[Local]:
    """Run the probe. Its source is `folder/code/index.py`."""
    code = folder / "code"
    code.mkdir()
    (code / "index.py").write_text(source)
    deployment = Deployment(
        FunctionConfig(name="probe", timeout=timeout, environment={"OWN": "yes"}),
        instances,
        policy or Policy(max_retries=2, retry_delay=0.01),
        ("GET", "POST"),
    )
    with local(folder, [deployment], backend, code=code, **options) as running:
        yield running


@contextmanager
def local(
    folder: Path, deployments: list[Deployment], backend: Backend | None = None, **options: Any
) -> Iterator[Local]:
    """Run deployments, with their files in `folder`."""
    failures, successes = folder / "failures.jsonl", folder / "successes.jsonl"
    stack_options = stack.Options(
        runtime=options.pop("runtime", "python3.10"),
        python=options.pop("python", sys.executable),
        on_failure=Destination(failures),
        on_success=Destination(successes),
        **options,
    )
    with stack.running(deployments, stack_options, backend) as running:
        yield Local(running.url, failures, successes)


def _records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
