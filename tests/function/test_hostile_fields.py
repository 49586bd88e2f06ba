"""Each field of each envelope missing, null or of another type."""

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

# Of FC's HTTP trigger and of API Gateway.
MARKS = ("version", "requestContext", "httpMethod", "path")
OTHERS: tuple[Any, ...] = (None, True, -0.5, "", "x", ["x"], {})


def places(value: Any) -> Iterator[tuple[Any, ...]]:
    """Return the path of each field and element, those within JSON text too."""
    if isinstance(value, str) and value.startswith(("{", "[")):
        yield from ((None, *path) for path in places(json.loads(value)))
    if isinstance(value, (dict, list)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield (key,)
            yield from ((key, *path) for path in places(inner))


def changed(value: Any, path: tuple[Any, ...], other: Any, *, missing: bool) -> Any:
    """Return the value with another one at the path, or with none."""
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


def test_places_are_found_within_text_too() -> None:
    assert list(places([{"a": '{"b": 1}'}])) == [(0,), (0, "a"), (0, "a", None, "b")]
    swapped = changed([{"a": '{"b": 1}'}], (0, "a", None, "b"), 2, missing=False)
    assert swapped == [{"a": '{"b": 2}'}]


@pytest.mark.parametrize("kind", KINDS)
def test_an_envelope_or_ours(kind: str, world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.environ["ONSMQTT_MAX_QPS"] = "10000"
    event = KINDS[kind]("acme")
    is_http = kind.startswith(("http", "api-gateway"))
    tried = 0
    for path, other in itertools.product(places(event), (*OTHERS, ...)):
        variant = changed(event, path, other, missing=other is ...)
        tried += 1
        try:
            answer = world.handle(variant)
        except ProvisioningFailed:
            assert not is_http or path[0] in MARKS or "async" in kind
        else:
            # Without its marks an HTTP event is none any more.
            assert is_http == ("statusCode" in answer) or path[0] in MARKS
    assert tried >= len(OTHERS) + 1
    assert '"bug"' not in caplog.text
