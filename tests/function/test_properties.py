"""Any JSON, bytes, environment or context ends in an envelope or in `ProvisioningFailed`."""

from __future__ import annotations

import base64
import json
import ssl
from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from create_group_id.errors import ProvisioningFailed
from create_group_id.settings import VARIABLES
from onsmqtt_stub import INSTANCE_ID
from tests.world import World, a_context, an_http_event

EXAMPLES = settings(derandomize=True, max_examples=150)
TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loading certifi's roots takes 20 ms
NAMES = (
    "GroupId", "groupId", "InstanceId", "RegionId", "Tags", "OnExisting", "Key", "Value", "Action",
    "tenantId", "instanceId", "regionId", "tags", "specversion", "type", "id", "data",
    "traceparent", "time", "TopicOwner", "Message", "MessageId", "attrs", "body", "messageId",
    "messageBody", "value", "requestContext", "http", "method", "headers", "isBase64Encoded",
)  # fmt: skip
WORDS = st.sampled_from(
    [
        "GID_test",
        "acme",
        INSTANCE_ID,
        "cn-hangzhou",
        "Succeed",
        "1.0",
        "tenant.signup",
        "mq:x",
        "POST",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=20)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner, max_size=4)
        | inner.map(json.dumps)
        | inner.map(lambda value: base64.b64encode(json.dumps(value).encode()).decode())
    ),
    max_leaves=12,
)


def is_strict(value: object) -> bool:
    """Return whether a value is JSON, and not Python's superset with NaN and Infinity."""
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True


def a_world() -> World:
    environ = {"ONSMQTT_INSTANCE_ID": INSTANCE_ID, "ONSMQTT_MAX_QPS": "10000"}
    return World(environ, tls=TLS)


def returns(world: World, event: bytes, context: Any = None) -> bool:
    """Return whether the function returned; if not, it must have raised our exception."""
    try:
        world.handle(event, context)
    except ProvisioningFailed:
        return False
    return True


@EXAMPLES
@given(JSON)
def test_any_json_over_http_gets_an_envelope(value: object) -> None:
    with a_world() as world:
        assert returns(world, json.dumps(an_http_event(value)).encode())


@EXAMPLES
@given(st.binary(max_size=200), st.booleans())
def test_any_body_over_http_gets_an_envelope(body: bytes, encoded: bool) -> None:
    text = base64.b64encode(body).decode() if encoded else body.decode("latin-1")
    with a_world() as world:
        event = an_http_event(text, isBase64Encoded=encoded)
        assert returns(world, json.dumps(event).encode())


@EXAMPLES
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_as_an_event_raise_only_our_exception(event: bytes) -> None:
    with a_world() as world:
        returns(world, event)


@EXAMPLES
@given(st.lists(JSON, min_size=1, max_size=6).filter(is_strict))
def test_a_batch_has_a_result_for_every_event(batch: list[object]) -> None:
    with a_world() as world:
        try:
            envelope = world.handle(batch)
        except ProvisioningFailed as failure:
            envelope = json.loads(str(failure))
            failed = envelope["Omitted"] + len(envelope["Results"])
            assert 1 <= failed <= len(batch)
        else:
            assert len(envelope["Results"]) == len(batch)
        assert envelope["Count"] == len(batch)


@EXAMPLES
@given(st.dictionaries(st.sampled_from(sorted(VARIABLES)), st.text(max_size=12) | WORDS))
def test_any_environment_gets_an_envelope(environ: dict[str, str]) -> None:
    with World(environ, tls=TLS) as world:
        assert returns(world, json.dumps(an_http_event({"GroupId": "GID_test"})).encode())


@EXAMPLES
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "request_id": SCALARS,
            "region": SCALARS,
            "credentials": SCALARS,
            "function": SCALARS | SCALARS.map(lambda value: SimpleNamespace(timeout=value)),
        },
    )
)
def test_any_context_gets_an_envelope(fields: dict[str, Any]) -> None:
    event = json.dumps(an_http_event({"GroupId": "GID_test"})).encode()
    with a_world() as world:
        assert returns(world, event, SimpleNamespace(**fields))
        assert returns(world, event, a_context(**fields))
