"""A request or a signup to the parameters of one CreateGroupId, or every violation at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from jsonschema import Draft202012Validator

from create_group_id import tenants
from create_group_id.errors import (
    CONFIGURATION_ERROR,
    INSTANCE_NOT_ALLOWED,
    INVALID_PAYLOAD,
    MALFORMED_PAYLOAD,
    Failure,
    Violation,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema.exceptions import ValidationError

    from create_group_id.settings import Settings

_SCHEMAS = Path(__file__).parent / "schemas"
_COMMON_PARAMETERS = {"action", "version"}
_MAX_VIOLATIONS = 20


def _schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((_SCHEMAS / name).read_bytes())
    return schema


FAIL, SUCCEED = "Fail", "Succeed"
# The validator of each kind of payload, and its names for what both may hold.
_REQUEST = (Draft202012Validator(_schema("request.json")), "InstanceId", "RegionId", "Tags")
_SIGNUP = (Draft202012Validator(_schema("signup.json")), "instanceId", "regionId", "tags")
_REGIONS = _schema("regions.json")


class Request(NamedTuple):
    """One group to create; `on_existing` is Fail or Succeed."""

    group_id: str
    instance_id: str
    region_id: str
    tags: tuple[tuple[str, str], ...]
    on_existing: str

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """Give the call's parameters; RegionId is one, as the API's page shows."""
        tags = [
            (f"Tag.{n}.{part}", text)
            for n, tag in enumerate(self.tags, 1)
            for part, text in zip(("Key", "Value"), tag, strict=True)
        ]
        return [
            ("GroupId", self.group_id),
            ("InstanceId", self.instance_id),
            ("RegionId", self.region_id),
            *tags,
        ]


def read(
    payload: dict[str, Any], settings: Settings, *, is_signup: bool, on_existing: str
) -> Request:
    """Read a request, or a tenant's signup, whose properties beyond ours are its publisher's.

    `on_existing` holds for a request that names none; a signup always succeeds on an existing one.
    Raises `Failure`: InvalidPayload, InstanceNotAllowed or ConfigurationError.
    """
    validator, instance, region, tags = _SIGNUP if is_signup else _REQUEST
    if found := _check(payload, validator, settings, instance, region):
        count = f"{len(found)} violation{'s' if len(found) > 1 else ''}"
        raise Failure(
            INVALID_PAYLOAD,
            f"The payload does not match its schema: {count}.",
            violations=found[:_MAX_VIOLATIONS],
        )
    instance_id = payload.get(instance) or settings.instance_id or ""
    if settings.allowed is not None and instance_id not in settings.allowed:
        raise Failure(INSTANCE_NOT_ALLOWED)
    region_id = payload.get(region, settings.region_id)
    if region_id is None:
        raise Failure(
            CONFIGURATION_ERROR, "ONSMQTT_REGION_ID is not set, and nothing else names a region."
        )
    if is_signup:
        group_id, on_existing = (
            tenants.group_id(payload["tenantId"], settings.group_prefix),
            SUCCEED,
        )
    else:
        group_id, on_existing = payload["GroupId"], payload.get("OnExisting", on_existing)
    pairs = tuple((tag["Key"], tag["Value"]) for tag in payload.get(tags, ()))
    return Request(group_id, instance_id, region_id, pairs, on_existing)


def _check(
    payload: dict[str, Any],
    validator: Draft202012Validator,
    settings: Settings,
    instance: str,
    region: str,
) -> list[Violation]:
    try:
        errors = validator.iter_errors(payload)
        # jsonschema reports `required` once for each missing name, and each of those lists all.
        once = {(error.validator, error.json_path): error for error in errors}
        found = [v for error in once.values() for v in _violations(error)]
    except RecursionError:
        # jsonschema puts the value's repr into its own messages, which ours never use.
        raise Failure(MALFORMED_PAYLOAD, "The payload is nested too deeply.") from None
    if instance not in payload and settings.instance_id is None:
        found.append(Violation(f"/{instance}", "required", "is missing, and none is configured"))
    if isinstance(payload.get(region), str) and not _is_known(payload[region], settings):
        message = "must be a known region or the configured one"
        found.append(Violation(f"/{region}", "enum", message))
    return found


def _is_known(region: str, settings: Settings) -> bool:
    if region in _REGIONS["publicOnly"] and settings.network == "vpc":
        return False
    return region in (*_REGIONS["regions"], *_REGIONS["publicOnly"], settings.region_id)


def _violations(error: ValidationError) -> Iterator[Violation]:
    """Say what is wrong in words of ours: jsonschema's quote the value."""
    pointer = "".join(f"/{part}" for part in error.absolute_path)
    keyword, value = str(error.validator), cast("Any", error.validator_value)
    schema, instance = cast("Any", error.schema), cast("Any", error.instance)
    if keyword == "required":
        for name in value:
            if name not in instance:
                yield Violation(f"{pointer}/{name}", keyword, "is missing")
    elif keyword == "additionalProperties":
        known = {name.lower(): name for name in schema["properties"]}
        for name in instance:
            if name not in schema["properties"]:
                yield Violation(pointer, keyword, _hint(name.lower(), known))
    elif keyword == "pattern":
        yield Violation(pointer, keyword, f"must be {schema['description']}")
    else:
        yield Violation(pointer, keyword, _MESSAGES[keyword].format(_listed(value)))


def _hint(lowered: str, known: dict[str, str]) -> str:
    if lowered in known:
        return f"has a property that differs from {known[lowered]} only in case"
    if lowered in _COMMON_PARAMETERS:
        return "has Action or Version, which the function sets itself"
    return "has an unknown property"


def _listed(value: Any) -> str:
    return " or ".join(value) if isinstance(value, list) else str(value)


_MESSAGES = {
    "type": "must be of type {}",
    "enum": "must be {}",
    "minLength": "must not be empty",
    "maxItems": "must have at most {} items",
}
