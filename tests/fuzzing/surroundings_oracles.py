"""Checks for an invocation in any surroundings: see targets/surroundings.py."""

from __future__ import annotations

from typing import Any

from tests.fuzzing import documented_settings, instance, service
from tests.fuzzing.targets.events import usable_seconds
from tests.fuzzing.virtual_time import TIME

_REGIONS = ("ONSMQTT_REGION_ID", "FC_REGION")
KEYS = tuple(instance.CREDENTIALS)
ATTRIBUTES = ("access_key_id", "access_key_secret", "security_token")
GOOD_KEY = tuple(instance.CREDENTIALS.values())


def _parts(environment: dict[str, str], context: Any) -> list[tuple[Any, ...]]:
    """Return the two sources of credentials, each as ID, secret and token."""
    credentials = _field(context, "credentials")
    return [
        tuple(_field(credentials, name) for name in ATTRIBUTES),
        tuple(environment.get(name) for name in KEYS),
    ]


def _field(owner: Any, name: str) -> Any:
    try:
        return getattr(owner, name, None)
    except Exception:  # noqa: BLE001 - what the context raises
        return None


def check_none_shown(environment: dict[str, str], context: Any, text: str) -> None:
    """Check that neither a secret nor a token was shown."""
    for _, *hidden in _parts(environment, context):
        for part in hidden:
            # Another value may be a secret by chance, such as a region.
            if isinstance(part, str) and ("s3cr3t" in part or "t0ken" in part or len(part) > 99):
                assert part not in text, "credentials were shown"


def timeout_of(context: Any) -> float:
    """Return the timeout of a context in seconds."""
    return usable_seconds(_field(_field(context, "function"), "timeout"))


def check_time(context: Any, imported: float) -> None:
    """Check that the function returned before its timeout."""
    left = timeout_of(context) - imported
    assert TIME.elapsed <= max(left, 0.0), "FC would have killed the invocation"
    assert left > 0 or not service.calls(), "a call when the time was up"


def check_settings(envelope: dict[str, Any], environment: dict[str, str], context: Any) -> None:
    """Check that a wrong value is reported by its name, and nothing else is."""
    wrong = documented_settings.wrong(environment)
    for result in envelope.get("Results", [envelope]):
        code = "" if result["Success"] else result["Error"]["Code"]
        if wrong:
            assert code == "ConfigurationError", f"{code}, where {wrong} are wrong"
            assert result["Error"]["Message"].partition(" ")[0] in wrong, (
                "a right variable is named"
            )
        elif code == "ConfigurationError":
            regions: list[Any] = [environment.get(name) for name in _REGIONS]
            regions.append(_field(context, "region"))
            assert not any(map(documented_settings.is_region, regions)), "nothing is wrong"
            assert "ONSMQTT_REGION_ID" in result["Error"]["Message"]


def check_credentials(
    envelope: dict[str, Any], environment: dict[str, str], context: Any, *, has_faults: bool
) -> None:
    """Check that usable credentials are used, and that there is no call without any."""
    usable = [parts for parts in _parts(environment, context) if _is_usable(*parts)]
    codes = {
        "" if result["Success"] else result["Error"]["Code"]
        for result in envelope.get("Results", [envelope])
    }
    if usable:
        assert "CredentialsMissing" not in codes, "there were credentials"
        is_good = (usable[0][0], usable[0][1], usable[0][2] or "") == GOOD_KEY
        assert is_good or not envelope["Success"], "a success by credentials that nobody has"
        assert has_faults or not is_good or "CredentialsRejected" not in codes
    else:
        assert not service.calls(), "a call without credentials"
        assert not envelope["Success"]


def _is_usable(key_id: Any, secret: Any, token: Any) -> bool:
    """Return whether there is an ID and a secret, all of visible ASCII, as a header can carry."""
    for part in (key_id, secret, "" if token is None else token):
        if not isinstance(part, str) or not all("!" <= character <= "~" for character in part):
            return False
    return bool(key_id and secret)
