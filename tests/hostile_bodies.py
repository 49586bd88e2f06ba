"""Bodies of 64 KiB that are meant to cost much CPU or memory, by name."""

from __future__ import annotations

import base64
import json
from itertools import count

SIZE = 64 * 1024


def filled(head: str, item: str, tail: str) -> str:
    """Repeat an item, with its number for `#`, up to 64 KiB."""
    room = SIZE - len((head + tail).encode())
    lengths = 0
    items: list[str] = []
    for text in (item.replace("#", str(n)) for n in count()):
        lengths += len(text.encode()) + 1
        if lengths > room:
            return head + ",".join(items) + tail
        items.append(text)
    raise AssertionError


def text_in(head: str, piece: str, tail: str) -> str:
    return head + piece * ((SIZE - len((head + tail).encode())) // len(piece.encode())) + tail


def in_base64(layers: int) -> str:
    data = b'{"tenantId":"t1"}' + b" " * (SIZE // 2)
    for _ in range(layers):
        data = base64.b64encode(data)
    return json.dumps({"specversion": "1.0", "type": "tenant.signup", "data": data.decode()})[:SIZE]


def in_json(layers: int) -> str:
    value: dict[str, object] = {"tenantId": "t1", "x": "a" * 20_000}
    for _ in range(layers):
        value = {"specversion": "1.0", "type": "mns:X", "data": json.dumps(value)}
    return json.dumps(value)


def tags_of(names: int, item: str) -> str:
    tag = "{" + ",".join(f'"a{n}":{item}' for n in range(names)) + "}"
    return '{"GroupId":"GID_t1","Tags":[' + ",".join([tag] * 20) + "]}"


def with_broken_tags() -> str:
    """Break every rule of a tag twenty times, with values that are long."""
    tag = json.dumps({"Key": {"a": [0] * 400}, "Value": [{}] * 300})
    return '{"GroupId":"bad","Tags":[' + ",".join([tag] * 20) + "]}"


REQUEST, SIGNUP = '{"GroupId":"GID_t1",', '{"tenantId":"t1",'
EVENT = '{"specversion":"1.0","type":"tenant.signup","data":{"tenantId":"t1"},'
BODIES = {
    "tags-numbers": filled(REQUEST + '"Tags":[', "0", "]}"),
    "tags-objects": filled(REQUEST + '"Tags":[', "{}", "]}"),
    "tags-nests": filled(REQUEST + '"Tags":[', "[[[[[[[[]]]]]]]]", "]}"),
    "tags-named": filled(REQUEST + '"Tags":[', '{"Key":"k#","Value":""}', "]}"),
    "signup-tags": filled(SIGNUP + '"tags":[', "{}", "]}"),
    "tag-names": filled(REQUEST + '"Tags":[{', '"a#":0', "}]}"),
    "twenty-tags-names": tags_of(300, "0"),
    "twenty-tags-broken": with_broken_tags(),
    "tags-long": tags_of(1, f'"{"v" * 3000}"'),
    "names": filled(REQUEST, '"a#":0', "}"),
    "names-of-escapes": filled(REQUEST, '"\\u0061#":0', "}"),
    "signup-names": filled(SIGNUP, '"a#":0', "}"),
    "names-in-another-case": filled(SIGNUP, '"tenantID#":0', "}"),
    "names-twice": filled(REQUEST, '"a":0', "}"),
    "event-names": filled(EVENT, '"a#":0', "}"),
    "group-objects": filled('{"GroupId":[', "{}", "]}"),
    "enum-objects": filled(REQUEST + '"OnExisting":[', "{}", "]}"),
    "instance-object": filled(REQUEST + '"InstanceId":{', '"a#":[]', "}}"),
    "nest": "[" * (SIZE // 2) + "]" * (SIZE // 2),
    "nest-of-objects": '{"a":' * 10_000 + "0" + "}" * 10_000,
    "nests": filled(SIGNUP + '"x":[', "[" * 125 + "]" * 125, "]}"),
    "arrays": filled(SIGNUP + '"x":[', "[]", "]}"),
    "objects": filled(SIGNUP + '"x":[', "{}", "]}"),
    "numbers": filled(SIGNUP + '"x":[', "0", "]}"),
    "floats": filled(SIGNUP + '"x":[', "1.5e300", "]}"),
    "integers": filled(SIGNUP + '"x":[', "9" * 4300, "]}"),
    "fraction": text_in(SIGNUP + '"x":0.', "1", "}"),
    "escapes": text_in(SIGNUP + '"x":"', "\\u0041", '"}'),
    "pairs": text_in(SIGNUP + '"x":"', "\\ud83d\\ude00", '"}'),
    "backslashes": text_in(SIGNUP + '"x":"', "\\\\", '"}'),
    "tenant": text_in('{"tenantId":"', "a", '"}'),
    "tenant-spaces": text_in('{"tenantId":"', "\u3000", '"}'),
    "tenant-controls": text_in('{"tenantId":"', "\\u0000", '"}'),
    "group": text_in('{"GroupId":"GID_', "a", '"}'),
    "region": text_in(REQUEST + '"RegionId":"', "a-", '"}'),
    "spaces": text_in(REQUEST[:-1], " ", "}"),
    "lines": text_in("", "\n", "x"),
    "base64": in_base64(2),
    "base64-broken": text_in(EVENT[:-26] + '"data":"', "QUJD", '"}'),
    "json-in-json": in_json(3),
    "data_base64": json.dumps({
        "specversion": "1.0", "type": "tenant.signup",
        "data_base64": base64.b64encode(
            (SIGNUP + '"tags":[' + ",".join(["{}"] * 15_000) + "]}").encode()
        ).decode(),
    }),
}  # fmt: skip
assert all(len(body.encode()) <= SIZE for body in BODIES.values())
