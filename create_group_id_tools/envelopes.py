"""Read the function's envelopes, and describe their results in a few words."""

from __future__ import annotations

from typing import Any

from create_group_id_tools import json_text


def read(body: bytes, error_type: str | None = None) -> dict[str, Any] | None:
    """Return the envelope in a response, an HTTP response or an exception, or None.

    Another function may return anything, so the envelope has all that this module reads of one.
    """
    try:
        value = json_text.read(body)
        if error_type:
            value = json_text.read(value["errorMessage"])
        elif "statusCode" in value:
            value = json_text.read(value["body"])
        return value if _is_envelope(value) else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def results(envelope: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the results of a batch, or the envelope of a single result in a list."""
    batch: list[dict[str, Any]] = envelope.get("Results", [envelope])
    return batch


def _is_envelope(value: dict[str, Any]) -> bool:
    items = results(value)
    return type(value["Success"]) is bool and bool(items) and all(map(_is_result, items))


def _is_result(result: dict[str, Any]) -> bool:
    if result["Success"] is True:
        return isinstance(result["Data"]["Outcome"], str)
    error = result["Error"]
    texts = [error["Code"], error["Message"]]
    for violation in error.get("Violations", ()):
        texts += [violation["Pointer"], violation["Message"]]
    return result["Success"] is False and all(isinstance(text, str) for text in texts)


def label(result: dict[str, Any]) -> str:
    """Return the outcome, or the code of the error."""
    outcome: str = result["Data"]["Outcome"] if result["Success"] else result["Error"]["Code"]
    return outcome


def failures(envelope: dict[str, Any]) -> list[str]:
    """Return a line for each failed result: its code, and its violations or its message."""
    return [_failure(result) for result in results(envelope) if not result["Success"]]


def _failure(result: dict[str, Any]) -> str:
    error = result["Error"]
    violations = [
        f"{violation['Pointer'] or 'the payload'} {violation['Message']}"
        for violation in error.get("Violations", ())
    ]
    place = f"event {result['Index']}: " if "Index" in result else ""
    return f"{place}{error['Code']} {', '.join(violations) or error['Message']}"
