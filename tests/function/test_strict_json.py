"""JSON and base64, read strictly, and by every interpreter alike."""

from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from create_group_id.errors import Failure
from create_group_id.strict_json import from_base64, loads

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc"), inner),
)
REFUSED = (
    (b"", "is not JSON (line 1, column 1)"),
    (b'{"a":\n nope}', "is not JSON (line 2, column 2)"),
    (b'{"a": 1} {"b": 2}', "is not JSON (line 1, column 10)"),
    (b"\xff", "is not UTF-8"),
    (b'"\xed\xa0\x80"', "is not UTF-8"),  # a surrogate, encoded as UTF-8 would
    ('{"a": 1}'.encode("utf-16"), "is not UTF-8"),
    (b'{"a": 1, "a": 1}', "names a property twice in one object"),
    (b'[{"b": {"a": 1, "\\u0061": 2}}]', "names a property twice in one object"),
    (b"[NaN]", "has NaN or Infinity, which is not JSON"),
    (b"-Infinity", "has NaN or Infinity, which is not JSON"),
    (b"Infinity", "has NaN or Infinity, which is not JSON"),
    (b'"\\ud800"', "has half of a surrogate pair in a string"),
    (b'{"\\uDFFF": 1}', "has half of a surrogate pair in a string"),
    (b'["\\udc00\\ud800"]', "has half of a surrogate pair in a string"),
    (b"1" * 4301, "has an integer of too many digits"),
    (b"[-" + b"1" * 50_000 + b"]", "has an integer of too many digits"),
    (b"[" * 60_000, "is nested more than 128 levels deep"),
    (b'{"a":' * 60_000, "is nested more than 128 levels deep"),
    (b"[" * 129 + b"]" * 129, "is nested more than 128 levels deep"),
    (b'{"a":' * 129 + b"1" + b"}" * 129, "is nested more than 128 levels deep"),
    (b"1e999", "has a number too large for a double"),
    (b'{"a": [-1e400]}', "has a number too large for a double"),
    (b"\xef\xbb\xbf\xef\xbb\xbf{}", "is not JSON (line 1, column 1)"),
    (b"\x1f\x8b\x08\x00", "is compressed with gzip: send it as plain JSON"),
)


@pytest.mark.parametrize(("data", "problem"), REFUSED, ids=range(len(REFUSED)))
def test_refuses_what_parsers_disagree_about(data: bytes, problem: str) -> None:
    with pytest.raises(Failure) as caught:
        loads(data)
    assert caught.value.kind.code == "MalformedPayload"
    assert caught.value.message == f"The payload {problem}."


def test_skips_a_byte_order_mark() -> None:
    # RFC 8259, 8.1.
    assert loads(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    ("opening", "closing", "most"),
    (("[", "]", 127), ('{"a":', "}", 127), ('[{"a":', "}]", 63)),
    ids=("arrays", "objects", "both"),
)
def test_reads_at_most_128_levels(opening: str, closing: str, most: int) -> None:
    # Within another array, and beside one, which is no level more.
    allowed, refused = (f"[{opening * n}1{closing * n},[]]".encode() for n in (most, most + 1))
    assert loads(allowed)
    with pytest.raises(Failure) as caught:
        loads(refused)
    assert "128 levels" in caught.value.message


@pytest.mark.parametrize("value", ("[" * 200, ["{" * 200], [[]] * 200))
def test_brackets_that_are_no_levels_do_not_count(value: object) -> None:
    assert loads(json.dumps(value).encode()) == value


def test_reads_a_surrogate_pair_as_one_character() -> None:
    assert loads(b'"\\ud83d\\ude00"') == "\U0001f600"


def test_reads_an_integer_of_4300_digits() -> None:
    assert loads(b"7" * 4300) == int("7" * 4300)


@pytest.mark.parametrize(("interpreters_limit", "digits"), ((0, 4301), (640, 1000)))
def test_the_limit_of_digits_does_not_depend_on_the_interpreter(
    interpreters_limit: int, digits: int
) -> None:
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(interpreters_limit)
    try:
        with pytest.raises(Failure) as caught:
            loads(b"1" * digits)
        assert "too many digits" in caught.value.message
    finally:
        sys.set_int_max_str_digits(before)


@pytest.mark.parametrize(
    "text", ("QUI==", "QUJD=", "QUJD==", "QUJD====", "QQ===", "QUI", "=QUJD", "QQ==QQ==", "====")
)
def test_refuses_base64_with_wrong_padding(text: str) -> None:
    # Each version of CPython accepts some of these: https://github.com/python/cpython/issues/118314
    for value in (text, text.encode()):
        with pytest.raises(ValueError, match=r"padding|base64"):
            from_base64(value)


@pytest.mark.parametrize(
    ("text", "data"), (("", b""), ("Zg==", b"f"), ("Zm8=", b"fo"), ("Zm9v", b"foo"))
)
def test_reads_the_base64_vectors_of_rfc_4648(text: str, data: bytes) -> None:
    assert from_base64(text) == from_base64(text.encode()) == data


@settings(derandomize=True, max_examples=60)
@given(JSON, st.booleans())
def test_reads_any_other_json_unchanged(value: object, ascii_only: bool) -> None:
    assert loads(json.dumps(value, ensure_ascii=ascii_only).encode()) == value
