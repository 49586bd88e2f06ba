"""The bulk way of template.yml: a message to a queue becomes a group."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from create_group_id_tools.local.accepted import AcceptedError, AcceptedFolder
from create_group_id_tools.runtime.context import FunctionConfig
from create_group_id_tools.template import deployment
from create_group_id_tools.template.deployment import Deployment, Policy
from create_group_id_tools.template.rendering import RenderError
from create_group_id_tools.template.stream_trigger import StreamTrigger, read
from onsmqtt_stub import Backend
from tests.local.sender import document, message, send
from tests.local.stacks import Local, local
from tests.local.test_async import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
QUEUE = "create-group-id-signups"


def deployments(window: float = 0) -> list[Deployment]:
    """Read the template, with a `window` for which a test does not wait."""
    text = (ROOT / "template.yml").read_text()
    return [
        replace(item, streams=tuple(replace(stream, window=window) for stream in item.streams))
        for item in deployment.read(text, {}, {"ONSMQTT_MAX_QPS": "10000"})
    ]


@pytest.fixture(scope="module")
def backend() -> Backend:
    return Backend()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, backend: Backend) -> Iterator[Local]:
    folder = tmp_path_factory.mktemp("bulk")
    with local(folder, deployments(), backend, instances=1) as running:
        yield running


def test_the_template_says_which_queue_which_batches_and_which_retries() -> None:
    streams = {item.function.name: item.streams for item in deployments(window=3)}
    assert streams == {
        "create-group-id": (),
        "create-group-id-events": (),
        "create-group-id-bulk": (StreamTrigger("bulk-signups", QUEUE, 40, 3, 5, "BACKOFF_RETRY"),),
    }


def test_messages_become_groups_in_fewer_invocations(running: Local, backend: Backend) -> None:
    tenants = [f"bulk-{number}" for number in range(100)]
    for start in range(0, 100, 10):
        bodies = [message(json.dumps({"tenantId": name})) for name in tenants[start : start + 10]]
        assert send(running.url, QUEUE, document(*bodies)).status_code == 201
    wait_for(lambda: set(backend.groups()) >= {f"GID_{name}" for name in tenants})
    state = requests.get(f"{running.url}/_local/state", timeout=30).json()
    name = "create-group-id-bulk"
    invocations = [item for item in state["invocations"] if item["function"] == name]
    assert len(invocations) < 100
    assert {item["trigger"] for item in invocations} == {"SMQ"}


def test_a_reset_deletes_the_messages(tmp_path: Path) -> None:
    with local(tmp_path, deployments(window=3600), instances=1) as running:
        assert send(running.url, QUEUE, document(message("x"))).status_code == 201
        folder = tmp_path / "failures.jsonl.messages.accepted"
        assert len(list(folder.iterdir())) == 1
        requests.post(f"{running.url}/_local/reset", json={}, timeout=30).raise_for_status()
        assert list(folder.iterdir()) == []


def test_the_next_server_delivers_the_messages_that_are_left(tmp_path: Path) -> None:
    with local(tmp_path, deployments(window=3600), instances=1) as running:
        send(running.url, QUEUE, document(message('{"tenantId": "patient"}')))
    backend = Backend()
    with local(tmp_path, deployments(), backend, instances=1):
        wait_for(lambda: backend.groups() == ["GID_patient"])


def test_delivers_nothing_if_the_port_is_in_use(tmp_path: Path) -> None:
    with local(tmp_path, deployments(window=3600), instances=1) as running:
        send(running.url, QUEUE, document(message('{"tenantId": "patient"}')))
    backend = Backend()
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(OSError, match="in use"):  # noqa: SIM117 - the server is what raises
            with local(tmp_path, deployments(), backend, instances=1, port=taken):
                pass
    assert backend.groups() == []
    assert len(list((tmp_path / "failures.jsonl.messages.accepted").iterdir())) == 1


def test_messages_of_a_removed_queue_stay_on_disk_and_are_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with local(tmp_path, deployments(window=3600), instances=1) as running:
        send(running.url, QUEUE, document(message("x")))
    without = [replace(item, streams=()) for item in deployments()]
    with local(tmp_path, without, instances=1) as running:
        assert send(running.url, QUEUE, document(message("x"))).status_code == 404
    assert f"Messages for {QUEUE} stay on disk" in capsys.readouterr().err
    disk = AcceptedFolder(tmp_path / "failures.jsonl.messages")
    assert len(disk.left()) == 1
    disk.close()


def test_a_server_that_cannot_read_its_messages_leaves_nothing_running(tmp_path: Path) -> None:
    folder = tmp_path / "failures.jsonl.messages.accepted"
    (folder / "not-a-file").mkdir(parents=True)
    before, descriptors = set(threading.enumerate()), len(list(Path("/dev/fd").iterdir()))
    with pytest.raises(AcceptedError, match="not-a-file: Is a directory"):  # noqa: SIM117 - what raises
        with local(tmp_path, deployments(), instances=1):
            pass
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()
    assert len(list(Path("/dev/fd").iterdir())) == descriptors
    (folder / "not-a-file").rmdir()
    with local(tmp_path, deployments(), instances=1) as running:
        assert send(running.url, QUEUE, document(message("x"))).status_code == 201


def test_no_more_batches_are_in_flight_than_there_are_instances(tmp_path: Path) -> None:
    # Ten batches for one instance: if five were in flight, four would not get it, and be retried.
    probe = Deployment(
        FunctionConfig(name="probe", timeout=10),
        1,
        Policy(),
        streams=(StreamTrigger("t", "q", 1, 0, 5, "BACKOFF_RETRY"),),
    )
    code = tmp_path / "code"
    code.mkdir()
    (code / "index.py").write_text(
        "import time\ndef initialize(context): pass\n"
        "def handler(event, context):\n    time.sleep(0.02)\n    return event\n"
    )
    with local(tmp_path, [probe], code=code, wait_seconds=0.001) as running:
        send(running.url, "q", document(*[message("x")] * 10))

        def states() -> list[str]:
            state = requests.get(f"{running.url}/_local/state", timeout=30).json()
            return [item["state"] for item in state["invocations"]]

        wait_for(lambda: states() == ["succeeded"] * 10)


def trigger(**changes: Any) -> dict[str, Any]:
    """Return a trigger with changes. The name of a change is its path, with __ between names."""
    trigger: dict[str, Any] = {
        "triggerName": "t",
        "triggerType": "eventbridge",
        "triggerConfig": {
            "asyncInvocationType": False,
            "eventSourceConfig": {
                "eventSourceType": "MNS",
                "eventSourceParameters": {"sourceMNSParameters": {"QueueName": "q"}},
            },
            "eventSinkConfig": {"deliveryOption": {"eventSchema": "CloudEvents"}},
            "runOptions": {"mode": "event-streaming", "errorsTolerance": "ALL"},
        },
    }
    for path, value in changes.items():
        place, *names = trigger["triggerConfig"], *path.split("__")
        for name in names[:-1]:
            place = place[name]
        place[names[-1]] = value
    return trigger


def test_a_trigger_has_the_documented_defaults() -> None:
    assert read(trigger()) == StreamTrigger("t", "q", 1, 0, 1, "EXPONENTIAL_DECAY_RETRY")


def test_other_triggers_read_no_queue() -> None:
    assert read({"triggerName": "http", "triggerType": "http", "triggerConfig": {}}) is None
    assert read(trigger(eventSourceConfig__eventSourceType="Default")) is None


@pytest.mark.parametrize(
    ("changes", "message"),
    (
        ({"asyncInvocationType": True}, "asyncInvocationType must be false"),
        ({"runOptions__mode": "event-driven"}, "runOptions.mode must be event-streaming"),
        ({"runOptions__errorsTolerance": "NONE"}, "runOptions.errorsTolerance must be ALL"),
        (
            {"runOptions__retryStrategy": {"PushRetryStrategy": "NEVER"}},
            "must be BACKOFF_RETRY or EXPONENTIAL_DECAY_RETRY",
        ),
        (
            {"eventSinkConfig__deliveryOption": {"eventSchema": "RawData"}},
            "deliveryOption.eventSchema must be CloudEvents",
        ),
    ),
)
def test_reports_what_is_not_served_here(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(
        RenderError, match=f"^trigger t: .*{message}.*; no other value is supported"
    ):
        read(trigger(**changes))


def test_the_block_of_the_page_sends_a_message(running: Local, backend: Backend) -> None:
    section = (ROOT / "docs" / "local.md").read_text().partition("\n## A bulk import\n")[2]
    block = re.findall(r"```python\n(.*?)```", section, re.DOTALL)[0]
    block = block.replace("http://127.0.0.1:9000", running.url)
    done = subprocess.run(  # noqa: S603 - our own page
        [sys.executable, "-c", block], check=True, capture_output=True, text=True, timeout=30
    )
    assert re.fullmatch(r"\['[0-9A-F]{32}', '[0-9A-F]{32}'\]\n", done.stdout)
    wait_for(lambda: {"GID_acme", "GID_globex"} <= set(backend.groups()))
