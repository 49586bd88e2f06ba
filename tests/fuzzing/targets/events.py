"""Any bytes as an event; the context of python3.10 and that of python3.12 must agree.

An input is four bytes that choose the surroundings, then the event.
"""

from __future__ import annotations

import math
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.fuzzing import instance, mutation, oracles, service
from tests.fuzzing.bounds import Bounds
from tests.fuzzing.virtual_time import TIME

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from tests.fuzzing.instance import Output

_FILES = sorted((Path(__file__).parents[3] / "events").glob("*.[jt]*"))
_SAMPLES = [path.read_bytes() for path in _FILES]
CHOICES = 4
_INSTANCE = {"ONSMQTT_INSTANCE_ID": "mqtt-cn-0pp1ldu0001", "ONSMQTT_MAX_QPS": "10000"}
ENVIRONMENTS: tuple[dict[str, str], ...] = (
    _INSTANCE | {"LOG_LEVEL": "DEBUG"},
    _INSTANCE | {"ON_FAILURE": "raise"},
    _INSTANCE | {"ONSMQTT_ALLOWED_INSTANCE_IDS": "*", "LOG_LEVEL": "DEBUG"},
    {"ONSMQTT_NETWORK": "vpc", "TENANT_GROUP_PREFIX": "GID_test_", "ONSMQTT_MAX_QPS": ".5"},
    _INSTANCE | {"TENANT_SIGNUP_EVENT_TYPES": "tenant.signup, tenant.deleted,"},
    _INSTANCE | {"ONSMQTT_ALLOWED_INSTANCE_IDS": "mqtt-cn-2"},
    _INSTANCE | {"ONSMQTT_ENDPOINT": "https://onsmqtt.cn-hangzhou.aliyuncs.com:443/"},
    _INSTANCE | {"ON_FAILURE": "Raise"},
)
_TIMEOUTS: tuple[object, ...] = (
    60, "60", 10, "3", 1, 0.2, "0.001", None, instance.UNSET, True, 0, -1, "", "x", "1_0", math.nan,
    math.inf, "-inf", "1e400", 10**400, [], {}, b"3", 600,
)  # fmt: skip
GROUPS = ((), ("GID_test",), ("GID_test", "GID_acme", "GID-plant_7"))
_SMALL = 253
_PADDINGS = (0,) * _SMALL + (65_536, 4_194_304, 4_194_305)
_TWICE = 4  # one in so many inputs runs under the other runtime too
_DEFAULT_TIMEOUT = 3.0
_BOUNDS = Bounds(service.call_count)
_MARKERS = (b'"requestContext"', b'"httpMethod"')


def seeds() -> Iterator[bytes]:
    """Yield each sample event under several surroundings."""
    for number, event in enumerate(_SAMPLES):
        yield bytes(CHOICES) + event
        yield bytes([number % 24, number % 8, number % 32, number % 3]) + event


def mutate(data: bytes, dice: random.Random) -> bytes:
    """Change the event, and sometimes the surroundings."""
    choices, event = bytearray(data[:CHOICES].ljust(CHOICES, b"\0")), data[CHOICES:]
    if choices[3] >= _SMALL:
        choices[3] = 0
    if dice.random() < 0.2:
        choices[dice.randrange(CHOICES)] = dice.randrange(256)
    return bytes(choices) + mutation.json_bytes(event, dice, _SAMPLES)


def run(data: bytes) -> str:
    """Invoke in the surroundings that the input chooses."""
    choices, event = data[:CHOICES].ljust(CHOICES, b"\0"), data[CHOICES:]
    event += b" " * (_PADDINGS[choices[3]] - len(event))
    return _BOUNDS.run(lambda: _checked(choices, event), len(event))


def _checked(choices: bytes, event: bytes) -> str:
    environment = ENVIRONMENTS[choices[1] % len(ENVIRONMENTS)] | instance.CREDENTIALS
    instance.set_environment(environment)
    timeout = _TIMEOUTS[choices[0] % len(_TIMEOUTS)]
    output, calls = _invoked(choices, event, instance.python310_context(timeout))
    assert TIME.elapsed <= usable_seconds(timeout), "FC would have killed the invocation"
    envelope = oracles.envelope_of(output)
    oracles.check_secrets(output)
    _check_claims(envelope)
    if zlib.crc32(event) % _TWICE == 0:
        other = _invoked(choices, event, instance.python312_context(timeout))
        assert other == (output, calls), "the runtimes do not agree"
    return f"{_form(output, event)} {oracles.label(envelope)}"


def _invoked(choices: bytes, event: bytes, context: Any) -> tuple[Output, list[service.Seen]]:
    instance.new()
    service.reset(choices[2], groups=GROUPS[choices[3] % len(GROUPS)])
    return instance.invoke(event, context), service.calls()


def _form(output: Output, event: bytes) -> str:
    if output.raised is not None:
        return "raised"
    if "statusCode" in output.returned:
        assert any(marker in event for marker in _MARKERS), "an HTTP response to an event"
        return "http"
    return "returned"


def usable_seconds(timeout: object) -> float:
    """Return the timeout in seconds by the page of the function: an unusable one counts as 3 s."""
    if isinstance(timeout, (int, float, str)) and not isinstance(timeout, bool):
        try:
            seconds = float(timeout)
        except (ValueError, OverflowError):
            return _DEFAULT_TIMEOUT
        if 0 < seconds < math.inf:
            return seconds
    return _DEFAULT_TIMEOUT


def _check_claims(envelope: dict[str, Any]) -> None:
    """Compare the result with what the service did."""
    groups = set(service.BACKEND.groups())
    committed = {call.group_id for call in service.calls() if call.committed}
    for result in envelope.get("Results", [envelope]):
        if result["Success"]:
            group = result["Data"]["GroupId"]
            assert group in groups, "a success without a group"
            if result["Data"]["Outcome"] != "AlreadyExists":
                assert group in committed or result["Data"]["Outcome"] == "Recovered"
    if "Results" not in envelope and committed and not envelope["Success"]:
        assert envelope["Error"].get("OutcomeUnknown"), "a group created, but not reported"
