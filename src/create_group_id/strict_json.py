"""Parse JSON, also in base64, and reject what parsers disagree about."""

from __future__ import annotations

import base64
import json
import math
import re
from typing import Any, NoReturn

from create_group_id.errors import MALFORMED_PAYLOAD, Failure

MAX_DIGITS = 4300  # CPython's default limit, even if the environment raises it
MAX_DEPTH = 128  # of objects and arrays; the parser's own limit differs between interpreters
_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
LIKE_BASE64 = re.compile(rb"[A-Za-z0-9+/_=\s-]+")
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def loads(data: bytes) -> Any:
    """Parse UTF-8 JSON; a leading byte order mark is skipped (RFC 8259, 8.1).

    Raise `Failure` (MalformedPayload) for anything else, and for duplicate names, NaN, Infinity
    and numbers that overflow to it, lone surrogates, integers above 4,300 digits and nesting deeper
    than 128.
    """
    try:
        text = data.removeprefix(_BOM).decode()
        value = _DECODER.decode(text)
        if text.count("[") + text.count("{") > MAX_DEPTH:
            _check_depth(value)
        if _ESCAPED_SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise _malformed(f"is not JSON (line {error.lineno}, column {error.colno})") from None
    except UnicodeDecodeError:
        compressed = data.startswith(_GZIP)
        raise _malformed(
            "is compressed with gzip: send it as plain JSON" if compressed else "is not UTF-8"
        ) from None
    except UnicodeEncodeError:
        raise _malformed("has half of a surrogate pair in a string") from None
    except ValueError:
        raise _malformed("has an integer of too many digits") from None
    except RecursionError:
        _too_deep()
    return value


def loads_or_decode(data: bytes) -> tuple[Any, bool]:
    """Parse JSON, or base64 of JSON; return the value, and whether it was in base64.

    Raises `Failure` (MalformedPayload).
    """
    try:
        return loads(data), False
    except Failure as not_json:
        return _loads_base64(data, not_json), True


def from_base64(text: str | bytes) -> bytes:
    """Decode base64 with exactly its padding (RFC 4648, 4).

    Raise ValueError, or TypeError if `text` is no text. The versions of CPython differ in how much
    superfluous padding they reject.
    """
    data = base64.b64decode(text, validate=True)
    if len(text) % 4 or text[-3:] in ("===", b"==="):
        raise ValueError("superfluous padding")
    return data


def _loads_base64(data: bytes, not_json: Failure) -> Any:
    # White space is allowed, since the base64 command breaks lines.
    try:
        decoded = from_base64(b"".join(data.split()))
    except ValueError:
        if LIKE_BASE64.fullmatch(data):
            not_json = _malformed("is neither JSON nor padded standard base64")
        raise not_json from None
    return loads(decoded)


def _check_depth(value: Any) -> None:
    containers: list[Any] = [[value]]
    for _ in range(MAX_DEPTH + 1):
        containers = [
            inner
            for outer in containers
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) is dict or type(inner) is list
        ]
        if not containers:
            return
    _too_deep()


def _too_deep() -> NoReturn:
    raise _malformed(f"is nested more than {MAX_DEPTH} levels deep") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise _malformed("names a property twice in one object")
    return value


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise _malformed("has an integer of too many digits")
    return int(digits)


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise _malformed("has a number too large for a double")
    return value


def _constant(_name: str) -> NoReturn:
    raise _malformed("has NaN or Infinity, which is not JSON")


def _malformed(problem: str) -> Failure:
    return Failure(MALFORMED_PAYLOAD, f"The payload {problem}.")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
)
