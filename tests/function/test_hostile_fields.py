"""Each field of each sample event, missing, null or of another type."""

from __future__ import annotations

import copy
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id.errors import ProvisioningFailed
from create_group_id_tools.events.samples import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.world import World

# The marks of FC's HTTP trigger and of API Gateway.
MARKS = ("version", "requestContext", "httpMethod", "path")
OTHERS: tuple[Any, ...] = (None, True, -0.5, "", "x", ["x"], {})


def paths(value: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each field and element, also within JSON text."""
    if isinstance(value, str) and value.startswith(("{", "[")):
        yield from ((None, *path) for path in paths(json.loads(value)))
    if isinstance(value, (dict, list)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield (key,)
            yield from ((key, *path) for path in paths(inner))


def changed(value: Any, path: tuple[Any, ...], other: Any, *, missing: bool) -> Any:
    """Return a copy of the value with the field at the path replaced or removed."""
    key, *rest = path
    if key is None:
        return json.dumps(changed(json.loads(value), tuple(rest), other, missing=missing))
    value = copy.copy(value)
    if rest:
        value[key] = changed(value[key], tuple(rest), other, missing=missing)
    elif missing:
        del value[key]
    else:
        value[key] = other
    return value


def test_paths_lead_into_json_text() -> None:
    assert list(paths([{"a": '{"b": 1}'}])) == [(0,), (0, "a"), (0, "a", None, "b")]
    replaced = changed([{"a": '{"b": 1}'}], (0, "a", None, "b"), 2, missing=False)
    assert replaced == [{"a": '{"b": 2}'}]


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_field_ends_in_an_envelope_or_our_exception(
    kind: str, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.environ["ONSMQTT_MAX_QPS"] = "10000"
    event = KINDS[kind]("acme")
    is_http = kind.startswith(("http", "api-gateway"))
    count = 0
    for path, other in itertools.product(paths(event), (*OTHERS, ...)):
        variant = changed(event, path, other, missing=other is ...)
        count += 1
        try:
            response = world.handle(variant)
        except ProvisioningFailed:
            assert not is_http or path[0] in MARKS or "async" in kind
        else:
            # Without its marks an event is not an HTTP event any more.
            assert is_http == ("statusCode" in response) or path[0] in MARKS
    assert count >= len(OTHERS) + 1
    assert '"bug"' not in caplog.text
