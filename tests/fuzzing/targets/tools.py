"""Any file for the tools: fault rules, failure records, template.yml and the stacks of infra/.

A reader returns a result, or raises its own error with one line. An input is a byte, which chooses
the reader, then the file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from create_group_id_tools.checks import infra, rules
from create_group_id_tools.commands import check
from create_group_id_tools.failures import records
from create_group_id_tools.template import deployment, rendering, strict_yaml
from onsmqtt_stub import Backend, read_faults
from onsmqtt_stub._framing import Head, Received
from onsmqtt_stub._rpc import RpcRequest
from tests.fuzzing import mutation, virtual_time
from tests.fuzzing.bounds import Bounds
from tests.fuzzing.virtual_time import TIME

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

virtual_time.install()
_ROOT = Path(__file__).parents[3]
_TEXTS = {
    2: [(_ROOT / "template.yml").read_bytes()],
    3: [(_ROOT / "infra" / name).read_bytes() for name in ("ros.yml", "alarms.yml")],
}
_FAULTS = (
    b'[{"effect": "reset", "when": "after", "times": 1}]',
    b'[{"effect": "error", "code": "Throttling.User", "headers": {"x-acs-retry-after": "9"}}]',
    b'[{"effect": "delay", "delay": 2, "skip": 1, "probability": 0.5, "seed": 7}]',
    b'[{"effect": "oversized", "size": 5000, "action": "CreateGroupId", "group_id": "GID_*"}]',
    b'[{"effect": "not_json", "status": 502}, {"effect": "empty", "message": "m"}]',
)
_ARN = "acs:fc:cn-hangzhou:123:functions/create-group-id-events"
_RECORDS = (
    json.dumps({"requestContext": {"functionArn": _ARN}, "requestPayload": "{}"}).encode(),
    json.dumps(
        {"requestContext": {"functionArn": f"{_ARN}/LATEST"}, "requestPayload": ""}
    ).encode(),
    b'{"specversion": "1.0", "data": {"tenantId": "acme"}}',
    b'[{"tenantId": "acme"}, {"messageBody": "{}"}]',
)
# Two kinds of files are JSON, the others YAML, of which JSON is a part.
_GOOD: dict[int, list[bytes]] = {
    0: list(_FAULTS),
    1: list(_RECORDS),
    **{
        reader: [json.dumps(yaml.safe_load(text), default=str).encode() for text in texts]
        for reader, texts in _TEXTS.items()
    },
}
# The readers of YAML are slow.
_READERS = (0,) * 120 + (1,) * 120 + (2,) * 8 + (3,) * 8
_FIRST = {reader: _READERS.index(reader) for reader in _GOOD}


def seeds() -> Iterator[bytes]:
    """Yield good files for each reader, and some bad ones."""
    for reader, files in _GOOD.items():
        for content in (*files, *_TEXTS.get(reader, ())):
            yield bytes([_FIRST[reader]]) + content
        yield bytes([_FIRST[reader]]) + b"[" * 5000
        yield bytes([_FIRST[reader]]) + b"[" * 5000 + b"]" * 5000
        yield bytes([_FIRST[reader]]) + b'[{"effect": "reset", "effect": "empty"}]'


def mutate(data: bytes, dice: random.Random) -> bytes:
    """Change the file."""
    chosen, content = data[:1] or b"\0", data[1:]
    if dice.random() < 0.5:  # most changes leave the file wrong for good
        chosen = bytes([dice.randrange(256)])
        content = dice.choice(_GOOD[_READERS[chosen[0]]])
    good = _GOOD[_READERS[chosen[0]]]
    if _READERS[chosen[0]] == 1 and dice.random() < 0.1:
        content += b"\n" + dice.choice(good)
    return chosen + mutation.json_bytes(content, dice, good)


def run(data: bytes) -> str:
    """Read the file with the reader that the input chooses."""
    return _BOUNDS.run(lambda: _checked(data), len(data))


def _checked(data: bytes) -> str:
    reader, content = _READERS[data[0] if data else 0], data[1:]

    try:
        return _read_file(reader, content)
    except (ValueError, rendering.RenderError) as error:
        # Not a subclass, such as UnicodeDecodeError, which quotes the file.
        if type(error) not in _ERRORS:
            raise
        _check_lines([str(error)], len(content))
        return f"{_NAMES[reader]} refused"


def _read_file(reader: int, content: bytes) -> str:
    if reader == 0:
        return _read_faults(content)
    if reader == 1:
        found, skipped = records._read(content)
        assert all(isinstance(record.event, bytes) for record in found)
        assert len(found) + len(skipped) <= content.count(b"\n") + 1
        return f"records {'some skipped' if skipped else 'read'}"
    text = content.decode(errors="replace")
    if reader == 3:
        stack = strict_yaml.read(text)
        problems = (
            list(check._prefixed("infra/ros.yml", infra.problems(stack)))
            if isinstance(stack, dict)
            else ["it must be a map"]
        )
        _check_lines(problems, len(text))
        return f"stack {'with problems' if problems else 'good'}"
    return _read_template(text)


def _read_faults(content: bytes) -> str:
    backend = Backend(clock=TIME.wall, sleep=TIME.sleep)

    backend.set_faults(read_faults(content))
    head = Head("POST", "/?GroupId=GID_test", "HTTP/1.1", (("Host", "a"),))
    for _ in range(3):
        for _step in backend.exchange(
            RpcRequest.of(Received(head, "a", "/", "GroupId=GID_a", b""))
        ):
            pass
    return "faults read"


def _read_template(text: str) -> str:
    document = rendering.render(text, rendering.EXAMPLE)
    problems = list(check._malformed(document))
    if not problems:
        resources: dict[str, Any] = document["resources"]
        functions = {name: resource["props"] for name, resource in resources.items()}
        problems = list(check._prefixed("template.yml", rules.problems(functions)))
        assert deployment.read(text, {}, {}), "a good template without functions"
    _check_lines(problems, len(text))
    return f"template {'with problems' if problems else 'good'}"


def _check_lines(lines: list[str], size: int) -> None:
    """Check that each problem of a file of `size` bytes is one line that a person can read."""
    for line in lines:
        assert line.strip(), "an error without words"
        assert "\n" not in line, "an error of several lines"
        assert len(line) < 3000 + 2 * size, "an error longer than the file"


_NAMES = ("faults", "records", "template", "stack")
_ERRORS = (ValueError, rendering.RenderError, strict_yaml._KeyProblem)
_BOUNDS = Bounds(lambda: 200)
