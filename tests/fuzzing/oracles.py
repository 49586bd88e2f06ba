"""Checks for every input of the function; an AssertionError is a finding."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema_rs import Draft202012Validator

import create_group_id
from tests.fuzzing.instance import SECRET, TOKEN
from tests.fuzzing.words import CANARY, HEADER_CANARY

if TYPE_CHECKING:
    from tests.fuzzing.instance import Output

MAX_MESSAGE = 8192
_SCHEMA = Path(create_group_id.__file__).parent / "schemas" / "envelope.json"
_ENVELOPE = Draft202012Validator(json.loads(_SCHEMA.read_text(encoding="utf-8")))
_SECRETS = (SECRET, TOKEN)
_CANARIES = (HEADER_CANARY, CANARY, json.dumps(CANARY)[1:-1], CANARY.encode().decode("latin-1"))
_EVENT_ID = re.compile(r'\\*"EventId\\*": ?\\*"(\\+u|\\+[^u]|[^"\\])*\\*"')


def envelope_of(output: Output) -> dict[str, Any]:
    """Return the envelope of an invocation, from the form of its trigger."""
    if output.raised is not None:
        assert len(output.raised.encode()) <= MAX_MESSAGE, "an exception of more than 8 KiB"
        envelope = json.loads(output.raised)
        assert envelope["Success"] is False, "a success was raised"
    else:
        assert isinstance(output.returned, dict), "a response that is not an object"
        envelope = (
            _unpacked(output.returned) if "statusCode" in output.returned else output.returned
        )
    _ENVELOPE.validate(envelope)
    return dict(envelope)


def _unpacked(response: dict[str, Any]) -> dict[str, Any]:
    assert response.keys() == {"statusCode", "headers", "isBase64Encoded", "body"}
    assert response["headers"]["Content-Type"] == "application/json"
    envelope: dict[str, Any] = json.loads(response["body"])
    expected = 200 if envelope["Success"] else envelope["Error"]["HttpStatus"]
    assert response["statusCode"] == expected, "a status that is not the envelope's"
    return envelope


def check_secrets(output: Output) -> None:
    """Look for credentials, and for values that failed; a publisher's EventId may be shown."""
    text = output.text
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
