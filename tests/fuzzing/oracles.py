"""What must hold for every input of the function; an AssertionError is a finding."""

from __future__ import annotations

import json
import re
import resource
import sys
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema_rs import Draft202012Validator

import create_group_id
from tests.fuzzing import service
from tests.fuzzing.instance import SECRET, TOKEN
from tests.fuzzing.virtual_time import TIME
from tests.fuzzing.words import CANARY, HEADER_CANARY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fuzzing.instance import Said

MAX_MESSAGE = 8192
_SCHEMA = Path(create_group_id.__file__).parent / "schemas" / "envelope.json"
_ENVELOPE = Draft202012Validator(json.loads(_SCHEMA.read_text(encoding="utf-8")))
_SECRETS = (SECRET, TOKEN)
_CANARIES = (HEADER_CANARY, CANARY, json.dumps(CANARY)[1:-1], CANARY.encode().decode("latin-1"))
_EVENT_ID = re.compile(r'\\*"EventId\\*": ?\\*"(\\+u|\\+[^u]|[^"\\])*\\*"')
_MIB = 1 << 20


def envelope_of(said: Said) -> dict[str, Any]:
    """Return the envelope of an invocation, in whichever form its trigger takes it."""
    if said.raised is not None:
        assert len(said.raised.encode()) <= MAX_MESSAGE, "an exception of more than 8 KiB"
        envelope = json.loads(said.raised)
        assert envelope["Success"] is False, "a success was raised"
    else:
        assert isinstance(said.answer, dict), "an answer that is no object"
        envelope = _unpacked(said.answer) if "statusCode" in said.answer else said.answer
    _ENVELOPE.validate(envelope)
    return dict(envelope)


def _unpacked(response: dict[str, Any]) -> dict[str, Any]:
    assert response.keys() == {"statusCode", "headers", "isBase64Encoded", "body"}
    assert response["headers"]["Content-Type"] == "application/json"
    envelope: dict[str, Any] = json.loads(response["body"])
    expected = 200 if envelope["Success"] else envelope["Error"]["HttpStatus"]
    assert response["statusCode"] == expected, "a status that is not the envelope's"
    return envelope


def check_secrets(said: Said) -> None:
    """Look for credentials, and for values that failed; a publisher's EventId may be shown."""
    text = said.text
    for secret in _SECRETS:
        assert secret not in text, "a secret was shown"
    if any(canary in text for canary in _CANARIES):
        rest = _EVENT_ID.sub("", text)
        assert not any(canary in rest for canary in _CANARIES), "a payload's value was shown"
    assert '"Event":"bug"' not in text, "a bug was logged"


def label(envelope: dict[str, Any]) -> str:
    """Return the outcome or the code of an envelope, the first one of a batch."""
    first = envelope.get("Results", [envelope])[0]
    return str(first["Data"]["Outcome"] if first["Success"] else first["Error"]["Code"])


class Bounds:
    """CPU and memory of one input, bounded by its size.

    The whole process is measured, oracles and the stub included, on a busy machine: the bounds are
    wide for the input that costs a hundred times what it should. tests/function/test_work.py counts
    exactly.
    """

    SECONDS, SECONDS_PER_BYTE = 0.5, 2e-5
    SECONDS_PER_CALL = 6e-3  # of the last of at most three runs of an input
    # A refused connection is no call; within a timeout of a day there are thousands.
    SECONDS_PER_VIRTUAL_SECOND = 4e-4
    PEAK, PEAK_PER_BYTE = 8 * _MIB, 700
    GROWTH = 64 * _MIB

    def __init__(self, *, sampled: int = 1009) -> None:
        self._sampled, self._runs = sampled, 0
        self._unit = 1 if sys.platform == "darwin" else 1024

    def run(self, run: Callable[[], str], size: int) -> str:
        """Run an input of so many bytes; one in `sampled` under an exact count of memory."""
        self._runs += 1
        if self._runs % self._sampled == 0:
            return self._traced(run, size)
        peak, started = self._peak(), time.process_time()
        result = run()
        seconds = time.process_time() - started
        bound = self.SECONDS + size * self.SECONDS_PER_BYTE
        bound += len(service.calls()) * self.SECONDS_PER_CALL
        bound += TIME.elapsed * self.SECONDS_PER_VIRTUAL_SECOND
        assert seconds < bound, f"{seconds:.3f} s of CPU"
        growth = self._peak() - peak
        assert growth < self.GROWTH + size * self.PEAK_PER_BYTE, f"grew by {growth} bytes"
        return result

    def _traced(self, run: Callable[[], str], size: int) -> str:
        tracemalloc.start()
        try:
            result = run()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < self.PEAK + size * self.PEAK_PER_BYTE, f"a peak of {peak} bytes"
        return result

    def _peak(self) -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * self._unit
