"""CloudEvents as the SDKs for Python and npm send them over HTTP: one result in every mode."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from tests.world import an_http_event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.world import World

HERE = Path(__file__).parent
PAYLOAD = {"tenantId": "acme"}
ATTRIBUTES = {
    "specversion": "1.0", "source": "/signup", "id": "e-1", "datacontenttype": "application/json",
}  # fmt: skip
EXPECTED = {"tenant.signup": (200, "Created"), "tenant.deleted": (400, "UnknownEventType")}


def check(
    world: World,
    caplog: pytest.LogCaptureFixture,
    event_type: str,
    headers: Mapping[str, str],
    body: str,
) -> None:
    """Check the response and the logged EventId, which are the same in every mode."""
    caplog.clear()
    response: Any = world.handle(an_http_event(body, headers=dict(headers)))
    envelope = json.loads(response["body"])
    result = envelope["Data"]["Outcome"] if envelope["Success"] else envelope["Error"]["Code"]
    assert (response["statusCode"], result) == EXPECTED[event_type]
    assert world.calls == (event_type == "tenant.signup")
    (line,) = (json.loads(record.getMessage()) for record in caplog.records[-1:])
    assert (line["Event"], line["EventId"]) == ("invocation", "e-1")


@pytest.mark.parametrize("event_type", EXPECTED)
@pytest.mark.parametrize("convert", (to_binary_event, to_structured_event))
@pytest.mark.parametrize("data", (PAYLOAD, json.dumps(PAYLOAD).encode()), ids=("json", "bytes"))
def test_one_result_for_events_of_the_python_sdk(
    event_type: str, convert: Any, data: Any, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "create_group_id")
    message = convert(CloudEvent(ATTRIBUTES | {"type": event_type}, data))
    if convert is to_structured_event:
        # JSON format 1.0.2, 3.1.1: bytes travel as data_base64.
        assert ("data_base64" in json.loads(message.body)) is isinstance(data, bytes)
    check(world, caplog, event_type, message.headers, message.body.decode())


@pytest.mark.skipif(
    not (shutil.which("node") and (HERE.parents[1] / "node_modules/cloudevents").is_dir()),
    reason="needs node, and `npm ci`, as CI has them",
)
def test_one_result_for_events_of_the_npm_sdk(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "create_group_id")
    process = subprocess.run(  # noqa: S603 - the program is ours
        ["node", str(HERE / "cloudevents.js")],  # noqa: S607 - whichever node there is
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    messages = json.loads(process.stdout)
    modes = [next((n for n in m["headers"] if n == "ce-type"), "structured") for m in messages]
    assert modes == ["ce-type", "structured", "structured"] * 2
    for message in messages:
        world.backend.reset()
        check(world, caplog, message["type"], message["headers"], message["body"])
