"""Texts of JSON by the grammar of RFC 8259, combined from parts that are right or wrong.

Nothing here asks the function or any parser. A text is `good` where the grammar generates it, `bad`
where it does not, and `open` where RFC 8259 leaves it to the reader and the contract refuses it:
duplicate names (4), numbers that overflow a double (6), lone surrogates (8.2), limits of size and
depth (9).
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

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


# RFC 8259, 6: number = [ minus ] int [ frac ] [ exp ]. The first list of a pair is right.
_SIGNS = ("", "-"), ("+", "--", "- ", "\u2212", "-+")
_INTEGERS = (
    ("0", "7", "10", "9007199254740993", "18446744073709551616", "1" * 30),
    ("", "00", "01", "-", "0x1", "0b1", "1_0", "1 0", "a", "1a", "\uff11", "\u0663", "\u00b2"),
)
_FRACTIONS = ("", ".0", ".5", ".25000", "." + "1" * 40), (".", "..5", ".5.5", ".-1", ".a", ". 5")
_EXPONENTS = (
    ("", "e0", "E1", "e+2", "E-2", "e00", "e-0400"),
    ("e", "E+", "e-", "e+-1", "ee2", "e1.5", "e 1", "e\u0663", "e1_0", "ex"),
)
# 7: what stands between quotation marks.
_ESCAPES = tuple("\\" + letter for letter in '"\\/bfnrt')
_HEX = ("\\u0000", "\\u0041", "\\u00e9", "\\uD7FF", "\\ue000", "\\uFfFe", "\\uffff", "\\ufdd0")
_PAIRS = ("\\ud800\\udc00", "\\uDBFF\\uDFFF", "\\uD83d\\uDe00")
_EDGES = tuple(map(chr, (
    0x20, 0x21, 0x23, 0x5B, 0x5D, 0x7E, 0x7F, 0x80, 0x9F, 0xA0, 0x7FF, 0x800, 0x2028, 0x2029,
    0xD7FF, 0xE000, 0xFDD0, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x1F600, 0x10FFFE, 0x10FFFF,
)))  # fmt: skip
_PLAIN = (
    "",
    "a",
    "'",
    "//",
    "/**/",
    "#",
    "<!--",
    "null",
    "\\\\ud800",
    "\\\\u",
    "e\u0301",
    "\u00e9",
)
GOOD_CONTENTS = tuple(
    part.encode() for part in (*_PLAIN, *_ESCAPES, *_HEX, *_PAIRS, *_EDGES)
)  # fmt: skip
BAD_CONTENTS = (
    *(bytes([code]) for code in range(0x20)),
    *(b"\\" + bytes([code]) for code in range(0x80) if chr(code) not in '"\\/bfnrtu'),
    *(b"\\u" + digits for digits in (b"", b"0", b"00", b"004", b"004g", b"00 4", b"+041", b"-041",
                                     b"0x41", b"00_1", b"{41}", "\uff10041".encode())),
    b"\\U0001F600", b"\\N{DIGIT ONE}", b"\\x41", b"\\101", "\\\u00e9".encode(), b'"', b'a"b', b"\\",
)  # fmt: skip
_HIGH, _LOW = ("\\ud800", "\\uDBFF", "\\ud83d"), ("\\udc00", "\\uDFFF", "\\ude00")
SURROGATES = tuple(part.encode() for part in (
    *_HIGH, *_LOW,
    *(low + high for low, high in itertools.product(_LOW, _HIGH)),
    *(high + rest for high in _HIGH for rest in ("a", "\\n", "\\u0041", "\\ud800", "\U0001f600")),
    *(pair + half for pair in _PAIRS for half in (*_HIGH, *_LOW)),
))  # fmt: skip
# Unicode 15, table 3-7: sequences of bytes that are no UTF-8, which 8.1 requires.
NO_UTF_8 = (
    b"\x80", b"\xbf", b"\xc0\x80", b"\xc0\xaf", b"\xc1\xbf", b"\xc2", b"\xc2a", b"\xdf\xc0",
    b"\xe0\x80\x80", b"\xe0\x9f\xbf", b"\xe2\x82", b"\xe2\x28\xa1", b"\xed\xa0\x80",
    b"\xed\xbf\xbf", b"\xed\xa0\xbd\xed\xb8\x80", b"\xef\xbf", b"\xf0\x80\x80\x80",
    b"\xf0\x8f\xbf\xbf", b"\xf0\x9f\x98", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80",
    b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80", b"\xfe", b"\xff", b"\xff\xfe", b"\xe9",
    b"\xa3\xac",
)  # fmt: skip
_WHITE_SPACE = (" ", "\t", "\n", "\r", "\r\n", " \t\n\r" * 5)  # 2: ws
_NO_WHITE_SPACE = tuple(map(chr, (
    0x00, 0x0B, 0x0C, 0x1C, 0x1F, 0x7F, 0x85, 0xA0, 0x1680, 0x180E, 0x2000, 0x200A, 0x200B, 0x2028,
    0x2029, 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF,
)))  # fmt: skip
_SPACED = '~[~0~,~{~"a"~:~0~}~]~'  # white space before and after each structural character
_COMMENTS = ("/**/", "//\n", "#\n", "<!---->", "--\n", ";")
_NO_LITERALS = (
    "NaN", "-NaN", "nan", "Infinity", "-Infinity", "+Infinity", "inf", "undefined", "nil", "None",
    "x", "'a'", "`a`", "\u201ca\u201d", "*", "@", "\\u0022a\\u0022", "<null>",
)  # fmt: skip
_STRUCTURES = (
    "[]", "{}", "[[]]", "[{}]", '{"a":[]}', "[0,[1,[2]]]", '{"":0}', '{"a":0,"A":0}',
    '{"a":{"a":{"a":0}}}', '{"\xe9":0,"e\u0301":0}', '{"__proto__":0}', '[""]',
)  # fmt: skip
_NAMES_TWICE = (
    '{"a":0,"a":0}', '{"a":0,"b":0,"a":1}', '{"a":0,"\\u0061":0}', '[{"":0,"":0}]',
    '{"a":{"b":0,"b":0}}', '{"\\n":0,"\\u000A":0}', '{"\\/":0,"/":0}',
)  # fmt: skip
_NO_STRUCTURES = (
    "[,]", "[0,]", "[0,,0]", "[,0]", "[0 0]", "[0;0]", "[0:0]", "[", "]", "[0", "0]", "[0}",
    "[[]", "[]]", '["a"', '["a', "[}", "{", "}", "{]", '{"a"}', '{"a":}', '{"a" 0}', '{"a"::0}',
    "{:0}", '{"a":0,}', '{"a":0,,"b":0}', '{,"a":0}', '{"a":0 "b":0}', '{"a":0;"b":0}', '{"a",0}',
    '{"a"=0}', '{"a"=>0}', "{a:0}", "{'a':0}", "{0:0}", "{null:0}", "{[]:0}", '{"a":0',
    '{"a":0}}', '{"a"', '{"a":', '{"a":0]', '{"a":0,"b"}', '["":0]', "{[}]", "[{]}", "[...]",
    "{...{}}", "(0)", "<0>",
)  # fmt: skip


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
    for odd in _NO_LITERALS:
        yield Text(odd.encode(), BAD, "literal")


def _numbers() -> Iterator[Text]:
    parts = (_SIGNS, _INTEGERS, _FRACTIONS, _EXPONENTS)
    for right in itertools.product(*(good for good, _ in parts)):
        yield Text("".join(right).encode(), GOOD, "number")
    for place, (_, wrong) in enumerate(parts):
        others = [good if n != place else wrong for n, (good, _) in enumerate(parts)]
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
    for content in GOOD_CONTENTS:
        yield Text(b'"' + content + b'"', GOOD, "string")
        yield Text(b'{"' + content + b'":0}', GOOD, "name")
    for first, second in itertools.combinations(GOOD_CONTENTS[::2], 2):
        yield Text(b'"' + first + second + b'"', GOOD, "string")
    wrong = [(BAD, "string", BAD_CONTENTS), (OPEN, "half of a pair", SURROGATES)]
    for verdict, kind, contents in [*wrong, (BAD, "no UTF-8", NO_UTF_8)]:
        for content in contents:
            for before in (b"", b"a", b"\\n", b"\\\\", "\u00e9".encode()):
                yield Text(b'"' + before + content + b'"', verdict, kind)
            yield Text(b'{"' + content + b'":0}', verdict, kind)
            yield Text(b'["' + content + b'~"]', verdict, kind)
    for text in (b'"', b'"a', b'a"', b'""a', b"'a\"", b'"a\\"'):  # fmt: skip
        yield Text(text, BAD, "string")


def _structures() -> Iterator[Text]:
    for text in _STRUCTURES:
        yield Text(text.encode(), GOOD, "structure")
    for text in _NAMES_TWICE:
        yield Text(text.encode(), OPEN, "name twice")
    for text in _NO_STRUCTURES:
        yield Text(text.encode(), BAD, "structure")
    for space in _WHITE_SPACE:
        yield Text(_SPACED.replace("~", space).encode(), GOOD, "white space")
    for at in (at for at, letter in enumerate(_SPACED) if letter == "~"):
        for odd in (*_NO_WHITE_SPACE, *_COMMENTS):
            text = _SPACED[:at] + odd + _SPACED[at + 1 :]
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
    for space in ("", *_WHITE_SPACE):
        yield Text(f"{space}{text}{space}".encode(), GOOD, "document")
        yield Text(BOM + f"{space}{text}".encode(), GOOD, "byte order mark")  # 8.1: may be ignored
    for odd in (*_NO_WHITE_SPACE, *_COMMENTS, ",", "x", "0", "{}", "[]", '""', "}", "]", "null"):
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
