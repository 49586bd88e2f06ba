"""Strings that break programs, by kind, made from code points and short patterns.

Most of them contain `CANARY`, so that output which contains it shows the value.
"""

from __future__ import annotations

import itertools
import unicodedata

CANARY = "c4n4ry"
# The property White_Space of Unicode 15, PropList.txt.
WHITE_SPACE = frozenset(map(chr, (
    *range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F,
    0x205F, 0x3000,
)))  # fmt: skip
CONTROLS = frozenset(map(chr, (*range(0x20), *range(0x7F, 0xA0))))
SURROGATES = tuple(map(chr, (0xD800, 0xDBFF, 0xDC00, 0xDFFF)))
REPLACEMENT = "\ufffd"

_MARKS = tuple(map(chr, (
    0xAD, 0x34F, 0x61C, 0x115F, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x202A, 0x202B,
    0x202C,
    0x202D, 0x202E, 0x2060, 0x2064, 0x2066, 0x2069, 0x206F, 0x3164, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9,
    0xFFFC, 0xE0001, 0xE0020, 0xE0100,
)))  # fmt: skip
_EDGES = tuple(map(chr, (
    0x7F, 0x80, 0xFF, 0x100, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFDD0, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000,
    0x1FFFF, 0xF0000, 0x10FFFE, 0x10FFFF,
)))  # fmt: skip
# Letters whose upper, lower or folded form has other letters, another length, or is ASCII.
_CASES = ("\u0130", "\u0131", "\u00df", "\u1e9e", "\ufb01", "\ufb05", "\u212a", "\u212b",
"\u017f", "\u03a3",
          "\u03c2", "\u01c5", "\u0149", "\u1f88", "\U00010400", "\ua64a", "\u0345", "\u13a0",
          "\uab70")  # fmt: skip
_LOOKALIKES = ("\u0430cme", "\uff21\uff23\uff2d\uff25",
"\U0001d41a\U0001d41c\U0001d426\U0001d41e", "\u24d0\u24d2\u24dc\u24d4",
               "a\u0441me", "\u0251cme", "acm\u212e", "\u01c3", "l1|I",
               "O0\u041e\u039f")  # fmt: skip
_COMPOSED = (
    "\u00e9",
    "\u00c5",
    "\uac00",
    "\u1e69",
    "\u0958",
    "\ufb2c",
    "\u2126",
    "\u1f71",
    "\u0344",
    "\u0f73",
)
_SCRIPTS = ("\u0410\u0431", "\u6771\u4eac", "\ud55c\uad6d", "\u0627\u0644", "\u05d0\u05b8",
"\u0e14\u0e49\u0e47" * 9, "\u0928\u093f",
            "\U0001f469\u200d\U0001f469\u200d\U0001f466", "\U0001f1e8\U0001f1f3", "1\ufe0f\u20e3",
            "\U0001f44d\U0001f3fd", "a" + "\u0300\u0323\u0489" * 20,
            "\u0661\u0662", "\uff11\uff12", "\u00b2\u00bd", "\u2167", "\U00020000", "\ufdfa",
            "\u0dde\u200d")  # fmt: skip
_WORDS = ("null", "None", "undefined", "true", "False", "NaN", "Infinity", "constructor",
"__proto__", "hasOwnProperty",
          "__class__", "nil", "0", "-0", "1e309", "0x10", "1_000", "00", "-1", "1.0", "9" * 400,
          "CON", "nul.txt", ".", "..",
          "Succeed", "Fail", "GID_test", "mqtt-cn-0pp1ldu0001", "cn-hangzhou", "tenant.signup",
          "*", "default")  # fmt: skip
_INJECTIONS = (
    "<script>{}</script>", "'\"><img src=x onerror={}>", "javascript:{}", "&#60;{};",
    "<![CDATA[{}]]>",
    "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>{}", "' OR '1'='1'; --{}",
    '"; DROP TABLE a; {}',
    "$({})", "`{}`", "${{{}}}", "{{{{{}}}}}", "{{% {} %}}", "${{jndi:ldap://127.0.0.1/{}}}",
    "%s%n%x{}", "%({})s", "{{0.__class__}}{}",
    "=1+1+{}", "@SUM({})", "|{}", "; {} &", "&& {}", "../../{}", "..\\{}", "/etc/{}", "C:\\{}",
    "file:///{}",
    "http://a:b@127.0.0.1/{}", "//{}", "{}.aliyuncs.com", "127.0.0.1#{}", "{}@evil", "x?{}=1",
    "a&{}=b", "a=b;{}",
    "{}\r\nX: y", "{}\nHost: z", "{}%0d%0aX: y", "{}\r", "a\r\n\r\n{}", "{}\0", "\0{}", "{}%00",
    "{}%", "%{}", "%zz{}", "%C3%28{}",
    "{}+", "a%20{}", "{}\\", "\\{}", "\\u0041{}", '{{"tenantId":"{}"}}', "[{}]", '"{}"', "'{}'",
    "#{}", "//{}//", "/*{}*/", "--{}", "{}:",
    ":{}", ",{},", " {} ", "\t{}", "{}\u3000", "-{}", "{}-", "_{}", "{}.", "~{}", "{}!", "({})",
    "{}$", "^{}$", ".*{}", "[^{}]", "{}{{3,}}",
    "\x1b[31m{}\x1b[0m", "\b{}", "{}\x7f", "\x85{}", "\x9b{}", "{}\u2028", "\ufeff{}", "GID_{}",
    "GID-{}", "gid_{}", "GID_{} ", "GID__{}",
)  # fmt: skip
_LENGTHS = (
    0,
    1,
    2,
    3,
    4,
    7,
    8,
    59,
    60,
    61,
    63,
    64,
    65,
    127,
    128,
    129,
    255,
    256,
    257,
    300,
    1000,
    5000,
)


def strings() -> list[str]:
    """Return all strings, without duplicates and without halves of surrogate pairs."""
    single = (*sorted(WHITE_SPACE | CONTROLS), *_MARKS, *_EDGES, *_CASES, *_SCRIPTS)
    texts = [
        *(form for text in single for form in (text, text * 3, CANARY + text, text + CANARY)),
        *(CANARY[:3] + text + CANARY[3:] for text in single),
        *_LOOKALIKES,
        *(unicodedata.normalize(form, text) + CANARY for text in _COMPOSED
          for form in ("NFC", "NFD", "NFKC", "NFKD")),
        *_WORDS,
        *(word + CANARY for word in _WORDS),
        *(pattern.format(CANARY) for pattern in _INJECTIONS),
        *(letter * length for letter in ("a", "A", "\u00e9", "\U0001f600", " ", "-", "7")
          for length in _LENGTHS),
        *("GID_" + letter * length for letter in ("a", "-", "\u00e9") for length in _LENGTHS),
        *(first + second for first, second in itertools.product(("", "acme", "ACME"), ("", " ",
        "-", ".", "\n", "_"))),
        *("acme-" + "a" * length for length in range(24, 29)),
        CANARY.upper(), CANARY.title(), "\u0000".join(CANARY), CANARY * 700,
    ]  # fmt: skip
    return list(dict.fromkeys(texts))


def is_text(value: str, least: int, most: int) -> bool:
    """Return whether a string has an allowed length and no control characters."""
    return least <= len(value) <= most and not CONTROLS & set(value)


def is_tenant(value: str) -> bool:
    """Return whether the contract accepts a string as the name of a tenant."""
    return is_text(value, 1, 256) and not set(value) <= WHITE_SPACE


def is_name(value: str, least: int, most: int) -> bool:
    """Return whether a string has an allowed length, and only ASCII letters, digits, - and _."""
    return least <= len(value) <= most and all(
        letter in "-_" or (letter.isascii() and letter.isalnum()) for letter in value
    )


def is_group_id(value: str) -> bool:
    """Return whether the contract accepts a string as a group ID."""
    return value[:4] in ("GID_", "GID-") and is_name(value[4:], 3, 60)
