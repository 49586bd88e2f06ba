"""Texts of JSON by the grammar of RFC 8259, combined from parts that are right or wrong.

Nothing here asks the function or any parser. A text is `good` where the grammar generates it, `bad`
where it does not, and `open` where RFC 8259 leaves it to the reader and the contract refuses it:
duplicate names (4), numbers that overflow a double (6), lone surrogates (8.2), limits of size and
depth (9).
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from tests.corpora import json_parts as parts

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH, MAX_DIGITS = 128, 4300  # the contract's
BOM = b"\xef\xbb\xbf"
GOOD, BAD, OPEN = "good", "bad", "open"


class Text(NamedTuple):
    """A text, what the grammar makes of it, and the kind of case that it is."""

    data: bytes
    verdict: str
    kind: str


def values() -> Iterator[Text]:
    """Yield texts of one value each, to be put into another text."""
    yield from _numbers()
    yield from _strings()
    yield from _structures()
    yield from _limits()
    for word in ("true", "false", "null"):
        yield Text(word.encode(), GOOD, "literal")
        for odd in (
            word.title(),
            word.upper(),
            word[:-1],
            word + "e",
            word + " " + word,
            f"'{word}'",
        ):
            yield Text(odd.encode(), BAD, "literal")
    for odd in parts.NO_LITERALS:
        yield Text(odd.encode(), BAD, "literal")


def _numbers() -> Iterator[Text]:
    columns = (parts.SIGNS, parts.INTEGERS, parts.FRACTIONS, parts.EXPONENTS)
    for right in itertools.product(*(good for good, _ in columns)):
        yield Text("".join(right).encode(), GOOD, "number")
    for place, (_, wrong) in enumerate(columns):
        others = [good if n != place else wrong for n, (good, _) in enumerate(columns)]
        for part in itertools.product(*others):
            yield Text("".join(part).encode(), BAD, "number")
    for text in (
        "1e309",
        "-1e309",
        "1.8e308",
        "1E400",
        "-2e+999",
        "1" + "0" * 400 + ".0",
        "9e99999",
    ):
        yield Text(text.encode(), OPEN, "number that overflows")
    for text in ("0e999999", "1e-999", "-1e-400", "5e-324", "1.7976931348623157e308", "0.0e309"):
        yield Text(text.encode(), GOOD, "number at the limits of a double")


def _strings() -> Iterator[Text]:
    for content in parts.GOOD_CONTENTS:
        yield Text(b'"' + content + b'"', GOOD, "string")
        yield Text(b'{"' + content + b'":0}', GOOD, "name")
    for first, second in itertools.combinations(parts.GOOD_CONTENTS[::2], 2):
        yield Text(b'"' + first + second + b'"', GOOD, "string")
    wrong = [(BAD, "string", parts.BAD_CONTENTS), (OPEN, "half of a pair", parts.SURROGATES)]
    for verdict, kind, contents in [*wrong, (BAD, "no UTF-8", parts.NO_UTF_8)]:
        for content in contents:
            for before in (b"", b"a", b"\\n", b"\\\\", "\u00e9".encode()):
                yield Text(b'"' + before + content + b'"', verdict, kind)
            yield Text(b'{"' + content + b'":0}', verdict, kind)
            yield Text(b'["' + content + b'~"]', verdict, kind)
    for text in (b'"', b'"a', b'a"', b'""a', b"'a\"", b'"a\\"'):  # fmt: skip
        yield Text(text, BAD, "string")


def _structures() -> Iterator[Text]:
    for text in parts.STRUCTURES:
        yield Text(text.encode(), GOOD, "structure")
    for text in parts.NAMES_TWICE:
        yield Text(text.encode(), OPEN, "name twice")
    for text in parts.NO_STRUCTURES:
        yield Text(text.encode(), BAD, "structure")
    for space in parts.WHITE_SPACE:
        yield Text(parts.SPACED.replace("~", space).encode(), GOOD, "white space")
    for at in (at for at, letter in enumerate(parts.SPACED) if letter == "~"):
        for odd in (*parts.NO_WHITE_SPACE, *parts.COMMENTS):
            text = parts.SPACED[:at] + odd + parts.SPACED[at + 1 :]
            yield Text(text.replace("~", "").encode(), BAD, "white space")


def nest(depth: int, opens: str = "[{") -> bytes:
    """Nest `depth` arrays and objects, in turn by `opens`."""
    kinds = [opens[level % len(opens)] for level in range(depth)]
    head = "".join("[" if kind == "[" else '{"a":' for kind in kinds)
    return (head + "0" + "".join("]" if kind == "[" else "}" for kind in reversed(kinds))).encode()


def _limits() -> Iterator[Text]:
    around = MAX_DEPTH - 1  # the object around the value is a level too
    for opens in ("[", "{", "[{", "[[{"):
        for depth in (2, 64, around - 1, around, around + 1, around + 2, 900, 1100, 5000):
            yield Text(nest(depth, opens), GOOD if depth <= around else OPEN, "depth")
    yield Text(b"[" * 30_000, BAD, "depth")
    yield Text(b'{"a":' * 10_000, BAD, "depth")
    for sign, digits in itertools.product((b"", b"-"), (640, 4299, 4300, 4301, 5000, 20_000)):
        verdict = GOOD if digits <= MAX_DIGITS else OPEN
        yield Text(sign + b"7" * digits, verdict, "digits")
        yield Text(sign + b"0." + b"7" * digits, GOOD, "digits")


def in_a_signup() -> list[Text]:
    """Return the texts of `values`, each as what a signup holds besides its tenant."""
    return [text._replace(data=b'{"tenantId":"acme","x":' + text.data + b"}") for text in values()]


def documents() -> list[Text]:
    """Return a signup alone, and with what may and may not be around it."""
    return list(_documents(b'{"tenantId":"acme","x":[0]}'))


def _documents(value: bytes) -> Iterator[Text]:
    text = value.decode()
    for space in ("", *parts.WHITE_SPACE):
        yield Text(f"{space}{text}{space}".encode(), GOOD, "document")
        yield Text(BOM + f"{space}{text}".encode(), GOOD, "byte order mark")  # 8.1: may be ignored
    for odd in (
        *parts.NO_WHITE_SPACE,
        *parts.COMMENTS,
        ",",
        "x",
        "0",
        "{}",
        "[]",
        '""',
        "}",
        "]",
        "null",
    ):
        yield Text(f"{text}{odd}".encode(), BAD, "document")
        yield Text(f"{text} {odd}".encode(), BAD, "document")
        if odd != "\ufeff":
            yield Text(f"{odd}{text}".encode(), BAD, "document")
    for start in (
        BOM * 2,
        BOM[:2],
        BOM[:1],
        b" " + BOM,
        b"\xff\xfe",
        b"\xfe\xff",
        b")]}',\n",
        b"\x1e",
    ):
        yield Text(start + value, BAD, "document")
    for encoding in (
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "utf-32-le",
        "utf-32-be",
        "utf-7",
    ):
        encoded = (
            text.replace("{", "+AHs-").encode() if encoding == "utf-7" else text.encode(encoding)
        )
        yield Text(encoded, BAD, "another encoding")
    for cut in range(len(value)):
        yield Text(value[:cut], BAD, "cut short")
