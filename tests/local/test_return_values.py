"""Return values of a handler, in the bytes that FC's runtime was observed to return."""

from __future__ import annotations

import datetime as dt
import decimal
import re

import pytest

from create_group_id_tools.runtime.result import returned


class Jsonable:
    """A model like those of some SDKs."""

    def to_json(self) -> str:
        return '{"a": 1}'


@pytest.mark.parametrize(
    ("value", "body"),
    (
        (b"\x00\xff", b"\x00\xff"),
        ("\u4e2d", "\u4e2d".encode()),
        (None, b"null"),
        (True, b"true"),
        (7, b"7"),
        (1.5, b"1.5"),
        (float("nan"), b"NaN"),
        ([1, "x"], b'[\n    1,\n    "x"\n]'),
        ((1, 2), b"[\n    1,\n    2\n]"),
        (
            {"b": 1, "a": {"z": "\u4e2d\u6587"}},
            b'{\n    "a": {\n        "z": "\\u4e2d\\u6587"\n    },\n    "b": 1\n}',
        ),
        ({1: 2}, b'{\n    "1": 2\n}'),
        (dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=None), b'"2026-01-02T03:04:05"'),  # noqa: DTZ001 - the documented value
        (dt.date(2026, 1, 2), b'"2026-01-02"'),
        (decimal.Decimal("12.30"), b"12.3"),
        (Jsonable(), b'"{\\"a\\": 1}"'),
    ),
)
def test_a_return_value_becomes_the_documented_bytes(value: object, body: bytes) -> None:
    assert returned(value).body == body


@pytest.mark.parametrize(
    ("value", "message"),
    (
        ({1: 2, "a": 3}, "'<' not supported between instances of 'str' and 'int'"),
        (set(), "set() is not JSON serializable"),
        (bytearray(b"a"), "bytearray(b'a') is not JSON serializable"),
        ({"a": b"b"}, "b'b' is not JSON serializable"),
    ),
)
def test_a_value_that_json_cannot_express_is_a_type_error(value: object, message: str) -> None:
    with pytest.raises(TypeError, match=re.escape(message)):
        returned(value)
