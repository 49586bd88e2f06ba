"""The parts that texts of JSON are combined from, right and wrong, by the sections of RFC 8259."""

from __future__ import annotations

import itertools

# RFC 8259, 6: number = [ minus ] int [ frac ] [ exp ]. The first list of a pair is right.
SIGNS = ("", "-"), ("+", "--", "- ", "\u2212", "-+")
INTEGERS = (
    ("0", "7", "10", "9007199254740993", "18446744073709551616", "1" * 30),
    ("", "00", "01", "-", "0x1", "0b1", "1_0", "1 0", "a", "1a", "\uff11", "\u0663", "\u00b2"),
)
FRACTIONS = ("", ".0", ".5", ".25000", "." + "1" * 40), (".", "..5", ".5.5", ".-1", ".a", ". 5")
EXPONENTS = (
    ("", "e0", "E1", "e+2", "E-2", "e00", "e-0400"),
    ("e", "E+", "e-", "e+-1", "ee2", "e1.5", "e 1", "e\u0663", "e1_0", "ex"),
)
# 7: what stands between quotation marks.
ESCAPES = tuple("\\" + letter for letter in '"\\/bfnrt')
HEX = ("\\u0000", "\\u0041", "\\u00e9", "\\uD7FF", "\\ue000", "\\uFfFe", "\\uffff", "\\ufdd0")
PAIRS = ("\\ud800\\udc00", "\\uDBFF\\uDFFF", "\\uD83d\\uDe00")
EDGES = tuple(map(chr, (
    0x20, 0x21, 0x23, 0x5B, 0x5D, 0x7E, 0x7F, 0x80, 0x9F, 0xA0, 0x7FF, 0x800, 0x2028, 0x2029,
    0xD7FF, 0xE000, 0xFDD0, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x1F600, 0x10FFFE, 0x10FFFF,
)))  # fmt: skip
PLAIN = (
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
    part.encode() for part in (*PLAIN, *ESCAPES, *HEX, *PAIRS, *EDGES)
)  # fmt: skip
BAD_CONTENTS = (
    *(bytes([code]) for code in range(0x20)),
    *(b"\\" + bytes([code]) for code in range(0x80) if chr(code) not in '"\\/bfnrtu'),
    *(b"\\u" + digits for digits in (b"", b"0", b"00", b"004", b"004g", b"00 4", b"+041", b"-041",
                                     b"0x41", b"00_1", b"{41}", "\uff10041".encode())),
    b"\\U0001F600", b"\\N{DIGIT ONE}", b"\\x41", b"\\101", "\\\u00e9".encode(), b'"', b'a"b', b"\\",
)  # fmt: skip
HIGH, LOW = ("\\ud800", "\\uDBFF", "\\ud83d"), ("\\udc00", "\\uDFFF", "\\ude00")
SURROGATES = tuple(part.encode() for part in (
    *HIGH, *LOW,
    *(low + high for low, high in itertools.product(LOW, HIGH)),
    *(high + rest for high in HIGH for rest in ("a", "\\n", "\\u0041", "\\ud800", "\U0001f600")),
    *(pair + half for pair in PAIRS for half in (*HIGH, *LOW)),
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
WHITE_SPACE = (" ", "\t", "\n", "\r", "\r\n", " \t\n\r" * 5)  # 2: ws
NO_WHITE_SPACE = tuple(map(chr, (
    0x00, 0x0B, 0x0C, 0x1C, 0x1F, 0x7F, 0x85, 0xA0, 0x1680, 0x180E, 0x2000, 0x200A, 0x200B, 0x2028,
    0x2029, 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF,
)))  # fmt: skip
SPACED = '~[~0~,~{~"a"~:~0~}~]~'  # white space before and after each structural character
COMMENTS = ("/**/", "//\n", "#\n", "<!---->", "--\n", ";")
NO_LITERALS = (
    "NaN", "-NaN", "nan", "Infinity", "-Infinity", "+Infinity", "inf", "undefined", "nil", "None",
    "x", "'a'", "`a`", "\u201ca\u201d", "*", "@", "\\u0022a\\u0022", "<null>",
)  # fmt: skip
STRUCTURES = (
    "[]", "{}", "[[]]", "[{}]", '{"a":[]}', "[0,[1,[2]]]", '{"":0}', '{"a":0,"A":0}',
    '{"a":{"a":{"a":0}}}', '{"\xe9":0,"e\u0301":0}', '{"__proto__":0}', '[""]',
)  # fmt: skip
NAMES_TWICE = (
    '{"a":0,"a":0}', '{"a":0,"b":0,"a":1}', '{"a":0,"\\u0061":0}', '[{"":0,"":0}]',
    '{"a":{"b":0,"b":0}}', '{"\\n":0,"\\u000A":0}', '{"\\/":0,"/":0}',
)  # fmt: skip
NO_STRUCTURES = (
    "[,]", "[0,]", "[0,,0]", "[,0]", "[0 0]", "[0;0]", "[0:0]", "[", "]", "[0", "0]", "[0}",
    "[[]", "[]]", '["a"', '["a', "[}", "{", "}", "{]", '{"a"}', '{"a":}', '{"a" 0}', '{"a"::0}',
    "{:0}", '{"a":0,}', '{"a":0,,"b":0}', '{,"a":0}', '{"a":0 "b":0}', '{"a":0;"b":0}', '{"a",0}',
    '{"a"=0}', '{"a"=>0}', "{a:0}", "{'a':0}", "{0:0}", "{null:0}", "{[]:0}", '{"a":0',
    '{"a":0}}', '{"a"', '{"a":', '{"a":0]', '{"a":0,"b"}', '["":0]', "{[}]", "[{]}", "[...]",
    "{...{}}", "(0)", "<0>",
)  # fmt: skip
