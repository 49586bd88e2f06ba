"""Payloads by a grammar: valid ones, invalid ones, and odd spellings; the same for one seed."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

from onsmqtt_stub import INSTANCE_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

_TEXTS: tuple[Any, ...] = (
    "", " ", "x", "GID_test", "GID_te", "gid_test", "GID_test\n", "GID-" + "a" * 60,
    "GID_" + "a" * 61,
    "\u4e0a\u6d77", "acme", "ACME Corp.", "a" * 256, "a" * 257, "\u3000", "a\u0000b", "a\ufffdb",
    "\U0001f600", "mqtt-cn-2",
    INSTANCE_ID, "cn-hangzhou", "cn-shanghai", "cn.evil.com", "Fail", "Succeed", "fail", "null",
    "0",
)  # fmt: skip
_OTHERS: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**20, [], [[]], {}, {"a": 0}, ["GID_test"], [None], [{}] * 21,
)  # fmt: skip
_TAGS: tuple[Any, ...] = (
    [], [{"Key": "env", "Value": "prod"}], [{"Key": "a", "Value": ""}, {"Key": "b",
    "Value": "c d"}],
    [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}], [{"Key": ""}], [{"Value": "v"}],
    [{"Key": "k" * 128, "Value": "v" * 128}], [{"Key": "k" * 129, "Value": "v"}],
    [{"Key": "k", "Value": "v" * 129}], [{"Key": "k", "Value": "v", "x": 0}], [{"key": "k",
    "value": "v"}],
    [{"Key": "k\n", "Value": "\x7f"}], [{"Key": f"k{n}", "Value": ""} for n in range(20)],
    [{"Key": f"k{n}", "Value": ""} for n in range(21)], [0, "x", None], [{"Key": 1, "Value": None}],
    [{"Key": "a\ufffd", "Value": ""}],
)  # fmt: skip
_GOOD: dict[str, tuple[Any, ...]] = {
    "GroupId": ("GID_test", "GID-plant_7", "GID_" + "a" * 60, "GID-" + "-" * 3, "GID_acme"),
    "InstanceId": (INSTANCE_ID,),
    "RegionId": ("cn-hangzhou", "cn-hangzhou", "cn-shanghai"),
    "Tags": _TAGS[:3],
    "OnExisting": ("Fail", "Succeed"),
    "tenantId": ("acme", "ACME Corp.", "\u4e0a\u6d77", "a" * 256, "7-eleven_eu",
    "acme-" + "a" * 26),
    "instanceId": (INSTANCE_ID,),
    "regionId": ("cn-hangzhou",),
    "tags": _TAGS[:3],
}  # fmt: skip
_FORMS = (
    ("GroupId", "InstanceId", "RegionId", "Tags", "OnExisting"),
    ("tenantId", "instanceId", "regionId", "tags"),
)
_STRANGERS = ("Action", "Version", "plan", "", "x", "groupId", "TenantId", "INSTANCEID", "data",
"body", "__proto__")  # fmt: skip
_CUTS = (
    ",",
    "}",
    "{",
    '"',
    "\\",
    "\u00a0",
    "\ufeff",
    "\x00",
    "NaN",
    "01",
    "/**/",
    '"a":0,"a":0,',
    "\\ud800",
)


def objects(count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield payloads as objects, more valid than invalid ones."""
    dice = random.Random(seed)
    for _ in range(count):
        form = dice.choice(_FORMS)
        payload: dict[str, Any] = {}
        for place, name in enumerate(form):
            if dice.random() < (0.95 if place == 0 else 0.35):
                chance = dice.random()
                if chance < 0.8:
                    value = dice.choice(_GOOD[name])
                elif name in ("Tags", "tags") and chance < 0.95:
                    value = dice.choice(_TAGS)
                else:
                    value = dice.choice(_TEXTS if chance < 0.93 else _OTHERS)
                payload[name] = value
        if dice.random() < 0.1:
            payload[dice.choice((*_STRANGERS, *_FORMS[0], *_FORMS[1]))] = dice.choice(
                _TEXTS + _OTHERS
            )
        yield payload


def texts(count: int, seed: int) -> Iterator[bytes]:
    """Yield payloads as JSON in several spellings, some of them broken."""
    dice = random.Random(seed)
    for payload in objects(count, seed):
        value: Any = payload
        if dice.random() < 0.04:
            value = dice.choice((*_TEXTS, *_OTHERS, [payload], [[payload]], json.dumps(payload)))
        text = json.dumps(
            value,
            ensure_ascii=dice.random() < 0.5,
            indent=dice.choice((None, None, 2, "\t")),
            separators=dice.choice((None, (",", ":"), (" , ", " : "))),
        )
        if dice.random() < 0.08:
            at = dice.randrange(len(text) + 1)
            text = text[:at] + dice.choice(_CUTS) + text[at + dice.randrange(2) :]
        data = text.encode()
        if dice.random() < 0.04:
            at = dice.randrange(len(data) + 1)
            data = data[:at] + dice.choice((b"\xff", b"\xed\xa0\x80", b"\xc0\xaf", b"")) + data[at:]
        yield dice.choice((b"", b"", b"", b"\xef\xbb\xbf", b" \r\n")) + data
