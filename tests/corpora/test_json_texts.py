"""What is JSON and what is not, as bytes: RFC 8259, and the bounds of ours that design sets.

Each text is tried as an event, as an HTTP body, in base64, and inside a wrapping: one verdict.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.world import World, a_cloud_event, an_http_event

if TYPE_CHECKING:
    from collections.abc import Callable

BOM = b"\xef\xbb\xbf"


def nest(depth: int) -> bytes:
    """Nest so many levels in all: the signup's object is the first."""
    arrays = depth - 1
    return b"[" * (arrays // 2) + b'{"a":' * (arrays - arrays // 2) + b"0" + b"}" * (
        arrays - arrays // 2
    ) + b"]" * (arrays // 2)  # fmt: skip


# RFC 8259, by its sections: 2 grammar, 3 values, 6 numbers, 7 strings, 8 characters.
YES: dict[str, bytes] = {
    **{f"literal-{text.decode()}": text for text in (b"true", b"false", b"null")},
    **{
        f"number-{text.decode()}": text
        for text in (b"0", b"-0", b"0.0", b"-0.1e-2", b"1E+2", b"1e308", b"-1.7e308", b"1e-999",
                     b"123456789012345678901234567890")
    },
    "integer-4300": b"9" * 4300,
    "integer-minus-4300": b"-" + b"9" * 4300,
    "fraction-5000": b"0." + b"1" * 5000,
    "string-empty": b'""',
    "string-escapes": rb'"\"\\\/\b\f\n\r\t\u0041"',
    "string-pair": rb'"\ud83d\ude00"',
    "string-pair-upper": rb'"\uD83D\uDE00"',
    "string-escaped-backslash-u": rb'"\\ud800"',
    "string-nul-escaped": rb'"\u0000"',
    "string-del": b'"\x7f"',
    "string-utf-8": '"é键😀\u2028\ufeff"'.encode(),
    "string-noncharacter": '"\uffff\U0010ffff"'.encode(),
    "string-replacement": '"\ufffd"'.encode(),  # in what is the publisher's own
    "array-empty": b"[]",
    "array-spaces": b"[ 1 ,\t2\r\n, 3 ]",
    "object-empty": b"{}",
    "object-empty-name": b'{"":0}',
    "object-names-in-two-cases": b'{"a":0,"A":0}',
    "object-same-name-deeper": b'{"a":{"a":0}}',
    "object-proto": b'{"__proto__":0,"constructor":0}',
    "nest-128": nest(128),
}  # fmt: skip
NO: dict[str, bytes] = {
    **{
        f"literal-{text.decode()}": text
        for text in (b"True", b"nul", b"nulll", b"NaN", b"Infinity", b"-Infinity", b"undefined",
                     b"'a'", b"a", b"")
    },
    **{
        f"number-{text.decode()}": text
        for text in (b"01", b"-01", b"+1", b".5", b"1.", b"1.e1", b"1e", b"1e+", b"--1", b"- 1",
                     b"0x1", b"1_0", b"1e309", b"-1e309", b"1e999999", b"1.8e308")
    },
    "number-full-width": "\uff11".encode(),
    "integer-4301": b"9" * 4301,
    "integer-minus-4301": b"-" + b"9" * 4301,
    "string-open": b'"a',
    "string-bad-escape": rb'"\x41"',
    "string-short-escape": rb'"\u00"',
    "string-raw-newline": b'"a\nb"',
    "string-raw-nul": b'"\x00"',
    "string-half-pair": rb'"\ud83d"',
    "string-other-half": rb'"\ude00"',
    "string-halves-swapped": rb'"\ude00\ud83d"',
    "string-half-as-a-name": rb'{"\ud800":0}',
    "string-cut-utf-8": b'"\xe9\x94"',
    "string-overlong": b'"\xc0\xaf"',
    "string-surrogate-in-utf-8": b'"\xed\xa0\x80"',
    "string-beyond-unicode": b'"\xf4\x90\x80\x80"',
    "string-latin-1": b'"\xe9"',
    "array-comma": b"[1,]",
    "array-no-comma": b"[1 2]",
    "array-open": b"[1",
    "array-closed-as-object": b"[1}",
    "object-comma": b'{"a":0,}',
    "object-no-quotes": b"{a:0}",
    "object-no-value": b'{"a"}',
    "object-number-as-name": b"{1:0}",
    "object-name-twice": b'{"a":0,"a":1}',
    "object-name-twice-escaped": rb'{"a":0,"\u0061":1}',
    "comment": b"/**/0",
    "two-values": b"0 0",
    "bom-inside": BOM + b"0",
    "form-feed": b"\x0c0",
    "no-break-space": "\u00a00".encode(),
    "nest-129": nest(129),
    "nest-5000": nest(5000),
}  # fmt: skip


def as_an_event(world: World, text: bytes) -> str:
    try:
        world.handle(text)
    except Exception as failure:  # noqa: BLE001 - conftest checks what it is
        return str(json.loads(str(failure))["Error"]["Code"])
    return "created"


def over_http(world: World, text: bytes) -> str:
    body = base64.b64encode(text).decode()
    answer: Any = world.handle(an_http_event() | {"body": body, "isBase64Encoded": True})
    envelope = json.loads(answer["body"])
    return "created" if envelope["Success"] else str(envelope["Error"]["Code"])


def in_base64(world: World, text: bytes) -> str:
    return as_an_event(world, base64.b64encode(text))


def in_a_wrapping(world: World, text: bytes) -> str:
    event = a_cloud_event(None, "mns:Queue:SendMessage")
    event["data"] = {"messageId": "1", "messageBody": base64.b64encode(text).decode()}
    return as_an_event(world, json.dumps(event).encode())


def in_data_base64(world: World, text: bytes) -> str:
    event = a_cloud_event(None) | {"data_base64": base64.b64encode(text).decode()}
    del event["data"]
    return as_an_event(world, json.dumps(event).encode())


WAYS = (as_an_event, over_http, in_base64, in_a_wrapping, in_data_base64)


def signup(value: bytes) -> bytes:
    return b'{"tenantId":"acme","x":' + value + b"}"


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("name", YES)
def test_what_is_json(name: str, way: Callable[[World, bytes], str], world: World) -> None:
    assert way(world, signup(YES[name])) == "created"
    world.backend.reset()
    assert way(world, BOM + b" \t\r\n" + signup(YES[name]) + b"\n") == "created"


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("name", NO)
def test_what_is_no_json_of_ours(
    name: str, way: Callable[[World, bytes], str], world: World
) -> None:
    assert way(world, signup(NO[name])) == "MalformedPayload"
    assert world.calls == 0


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize(("depth", "result"), ((128, "created"), (129, "MalformedPayload")))
def test_a_nest_of_at_most_128_levels(
    way: Callable[[World, bytes], str], depth: int, result: str, world: World
) -> None:
    assert way(world, signup(nest(depth))) == result


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("text", (BOM * 2 + b"{}", BOM, b"", b" ", b"\x00", b"{}\x00", b"]"))
def test_what_is_no_text_of_json_at_all(
    text: bytes, way: Callable[[World, bytes], str], world: World
) -> None:
    assert way(world, text) == "MalformedPayload"
