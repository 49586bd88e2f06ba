"""Bytes to JSON, refusing what parsers disagree about."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from create_group_id.errors import MALFORMED_PAYLOAD, Failure

MAX_DIGITS = 4300  # CPython's own limit, kept also where the environment lifts it
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def loads(data: bytes) -> Any:
    """Parse UTF-8 JSON.

    Raises `Failure` (MalformedPayload) for anything else, and for duplicate names, NaN and
    Infinity, lone surrogates, integers above 4,300 digits and nesting deeper than the parser takes.
    """
    try:
        text = data.decode()
        value = _DECODER.decode(text)
        if _ESCAPED_SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise _malformed(f"is not JSON (line {error.lineno}, column {error.colno})") from None
    except UnicodeDecodeError:
        raise _malformed("is not UTF-8") from None
    except UnicodeEncodeError:
        raise _malformed("has half of a surrogate pair in a string") from None
    except ValueError:
        raise _malformed("has an integer of too many digits") from None
    except RecursionError:
        raise _malformed("is nested too deeply") from None
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise _malformed("names a property twice in one object")
    return value


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _malformed("has an integer of too many digits")
    return int(digits)


def _constant(_name: str) -> NoReturn:
    raise _malformed("has NaN or Infinity, which is not JSON")


def _malformed(what: str) -> Failure:
    return Failure(MALFORMED_PAYLOAD, f"The payload {what}.")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_constant=_constant)
