"""Texts of JSON by the function's parser, by orjson (Rust) and by JSON.parse (V8): one verdict.

They differ only where the contract decides what RFC 8259 leaves open.
"""

from __future__ import annotations

import base64
import itertools
import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from create_group_id.errors import Failure
from create_group_id.strict_json import loads
from tests.corpora import json_texts
from tests.corpora.json_texts import BOM, GOOD, OPEN, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="needs node, as CI has it")


def ours(data: bytes) -> list[Any] | None:
    """Return the value in a list, or None for a refusal, as the other parsers here do."""
    try:
        return [loads(data)]
    except Failure:
        return None


def by_orjson(data: bytes) -> list[Any] | None:
    try:
        # RFC 8259, 8.1: a parser may ignore a byte order mark, which orjson does not.
        return [orjson.loads(data.removeprefix(BOM))]
    except orjson.JSONDecodeError:
        return None


def by_node(texts: Iterable[bytes]) -> list[list[Any] | None]:
    done = subprocess.run(  # noqa: S603 - the program is ours
        [str(NODE), str(Path(__file__).with_name("parse.js"))],
        input=json.dumps([base64.b64encode(text).decode() for text in texts]),
        capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    return [None if result is None else [result["value"]] for result in json.loads(done.stdout)]


def same(one: Any, other: Any) -> bool:
    """Compare values; an integer that no double holds may have become the nearest double."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if type(one) in (int, float) and type(other) in (int, float):
        return float(one) == float(other)
    return type(one) is type(other) and bool(one == other)


def check(texts: Sequence[Text], others: Sequence[list[Any] | None], *, digits: int) -> None:
    """Compare verdicts and values with another parser's; `digits` is how many it can read."""
    assert len(others) == len(texts)
    for text, other in zip(texts, others, strict=True):
        value = ours(text.data)
        assert (value is not None) == (text.verdict == GOOD), (text.kind, text.data[:80])
        if text.kind == "digits" and len(text.data) > digits:
            continue
        if text.verdict != OPEN:
            assert (other is not None) == (text.verdict == GOOD), (text.kind, text.data[:80])
        if value is not None and other is not None:
            assert same(value, other), (text.kind, text.data[:80])


@pytest.mark.parametrize("generate", (json_texts.in_a_signup, json_texts.documents))
def test_orjson_accepts_and_refuses_the_same(generate: Callable[[], list[Text]]) -> None:
    texts = generate()
    check(texts, [by_orjson(text.data) for text in texts], digits=330)


@needs_node
@pytest.mark.parametrize("generate", (json_texts.in_a_signup, json_texts.documents))
def test_v8_accepts_and_refuses_the_same(generate: Callable[[], list[Text]]) -> None:
    texts = [text for text in generate() if text.verdict != OPEN]
    check(texts, by_node(text.data for text in texts), digits=330)


TOKENS = (b"[", b"]", b"{", b"}", b",", b":", b'"a"', b"0", b"null")


@pytest.mark.parametrize(
    "length", (1, 2, 3, 4, *(pytest.param(n, marks=pytest.mark.corpora) for n in (5, 6)))
)
def test_every_sequence_of_tokens(length: int) -> None:
    good = 0
    for tokens in itertools.product(TOKENS, repeat=length):
        data = b" ".join(tokens)
        value = ours(data)
        assert value == by_orjson(data), data
        good += value is not None
    assert good


@pytest.mark.corpora
def test_every_change_of_a_byte() -> None:
    """Leave out, replace and insert a byte everywhere in a text that has some of everything."""
    text = rb'{"": [-1.5e+3, "\u00e9\n\ud83d\ude00", true, null, {}], "kl": [[0], {"k": "' + (
        "\u00e9\U0001f600".encode() + b'"}]} '
    )  # no two names that one change makes equal
    some = {*text, *b"\x00\x1f'/.eE+-019aA\x7f\x80\xbf\xc3\xe2\xf0\xff"}
    for at in range(len(text)):
        for data in (
            text[:at] + text[at + 1 :],
            *(text[:at] + bytes([code]) + text[at + 1 :] for code in some),
            *(text[:at] + bytes([code]) + text[at:] for code in some),
        ):
            assert same(ours(data), by_orjson(data)), data
