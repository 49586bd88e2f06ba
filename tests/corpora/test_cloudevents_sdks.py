"""CloudEvents as the official SDKs for Python and npm send them: one result in every mode.

Both versions of the specification, extension attributes of any name, objects and bytes as data.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cloudevents.core.bindings import http
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v03.event import CloudEvent as CloudEvent03
from cloudevents.core.v1.event import CloudEvent

from create_group_id_tools.events.samples import KINDS
from tests.corpora import strings
from tests.world import World, an_http_event

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent
PAYLOAD = {"tenantId": "acme"}
ATTRIBUTES = {
    "source": "/signup", "id": "e-1", "datacontenttype": "application/json", "subject": "acme",
}  # fmt: skip
VERSIONS = {"1.0": CloudEvent, "0.3": CloudEvent03}
MODES = {"binary": http.to_binary_event, "structured": http.to_structured_event}
DATA: dict[str, Any] = {"object": PAYLOAD, "bytes": json.dumps(PAYLOAD).encode()}
# The last ones are marks of other wrappings, which a CloudEvent may have.
EXTENSIONS: tuple[dict[str, Any], ...] = (
    {},
    {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "sequence": "7"},
    {"tenantid": "other", "groupid": "GID_other", "instanceid": "mqtt-cn-2"},
    {"envelope": "e", "body": "b", "props": "p", "attrs": "a", "partition": "0", "value": "v"},
)
EXPECTED = {"tenant.signup": (200, "Created"), "tenant.deleted": (400, "UnknownEventType")}
SOME = (pytest.param(17, id="some"), pytest.param(1, id="all", marks=pytest.mark.corpora))


def send(
    world: World, headers: Mapping[str, Any], body: str, log: pytest.LogCaptureFixture
) -> tuple[int, str, dict[str, Any]]:
    """Return the status, the outcome or code, and the line of the log for a message."""
    log.clear()
    log.set_level("INFO", "create_group_id")
    world.backend.reset()
    text_headers = {name: str(value) for name, value in headers.items()}
    response: Any = world.handle(an_http_event(body, headers=text_headers))
    envelope = json.loads(response["body"])
    result = envelope["Data"]["Outcome"] if envelope["Success"] else envelope["Error"]["Code"]
    return response["statusCode"], result, json.loads(log.records[-1].getMessage())


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("event_type", EXPECTED)
@pytest.mark.parametrize("extensions", EXTENSIONS)
def test_one_result_for_events_of_the_python_sdk(
    version: str,
    mode: str,
    data: str,
    event_type: str,
    extensions: dict[str, Any],
    world: World,
    caplog: pytest.LogCaptureFixture,
) -> None:
    attributes = ATTRIBUTES | extensions | {"type": event_type}
    message = MODES[mode](VERSIONS[version](attributes, DATA[data]))
    status, result, line = send(world, message.headers, message.body.decode(), caplog)
    assert (status, result) == EXPECTED[event_type]
    assert world.backend.groups() == ["GID_acme"] * (status == 200)
    assert (line["Event"], line["EventId"]) == ("invocation", "e-1")
    assert line.get("Traceparent") == extensions.get("traceparent")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("step", SOME)
def test_any_id_of_the_python_sdk(
    step: int, mode: str, version: str, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.environ["ONSMQTT_MAX_QPS"] = "10000"
    for text in (text for text in strings.strings()[::step] if 0 < len(text) < 1000):
        attributes = ATTRIBUTES | {"type": "tenant.signup", "id": text, "subject": text[:99]}
        message = MODES[mode](VERSIONS[version](attributes, PAYLOAD))
        status, _result, line = send(world, message.headers, message.body.decode(), caplog)
        assert status == 200
        assert line.get("EventId") == (text if len(text) <= 128 else None)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "data", (b"\xff\xfe", b"\x1f\x8b\x08\x00", b"acme", b"[]", b"0", b'{"tenantId":"a', b"\x00")
)
def test_other_data_is_not_a_signup_in_any_mode(
    data: bytes, mode: str, version: str, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    message = MODES[mode](VERSIONS[version](ATTRIBUTES | {"type": "tenant.signup"}, data))
    # FC passes a body that is not UTF-8 as base64, which tests/differential sends too.
    body = message.body.decode("utf-8", "surrogateescape")
    assert send(world, message.headers, body, caplog)[:2] == (400, "MalformedPayload")
    assert world.calls == 0


@pytest.mark.parametrize("kind", ("http-cloudevent", "http-cloudevent-binary"))
def test_the_sdk_reads_a_sample_request(kind: str) -> None:
    sample: Any = KINDS[kind]("acme")
    body = sample["body"].encode()
    body = base64.b64decode(body) if sample["isBase64Encoded"] else body
    event = http.from_http_event(http.HTTPMessage(sample["headers"], body))
    assert event.get_type() == "tenant.signup"
    assert dict(event.get_data())["tenantId"] == "acme"  # type: ignore[arg-type]  # an object


@pytest.mark.parametrize("kind", ("cloudevent", "cloudevent-base64"))
def test_the_sdk_reads_a_sample_event(kind: str) -> None:
    event = JSONFormat().read(CloudEvent, json.dumps(KINDS[kind]("acme")))
    data: Any = event.get_data()
    assert (json.loads(data) if isinstance(data, bytes) else data)["tenantId"] == "acme"


@pytest.mark.skipif(
    not (shutil.which("node") and (HERE.parents[1] / "node_modules/cloudevents").is_dir()),
    reason="needs node, and `npm ci`, as CI has them",
)
def test_one_result_for_events_of_the_npm_sdk(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    process = subprocess.run(  # noqa: S603 - the program is ours
        ["node", str(HERE / "cloudevents.js")],  # noqa: S607 - whichever node there is
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    messages = json.loads(process.stdout)
    kinds = {(m["specversion"], m["type"], m["kind"], m["mode"]) for m in messages}
    assert (len(kinds), len(messages)) == (16, 48)
    for message in messages:
        assert ("ce-type" in message["headers"]) == (message["mode"] == "binary")
        status, result, line = send(world, message["headers"], message["body"], caplog)
        assert (status, result) == EXPECTED[message["type"]], message
        assert world.backend.groups() == ["GID_acme"] * (status == 200)
        assert line["EventId"] == "e-1"
        assert line["EventTime"] == "2026-11-24T08:00:00.000Z"
