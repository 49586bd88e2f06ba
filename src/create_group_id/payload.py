"""Validate a request or a signup, and turn it into the parameters of one CreateGroupId call."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from create_group_id import schema, tenants
from create_group_id.errors import (
    CONFIGURATION_ERROR,
    INSTANCE_NOT_ALLOWED,
    MALFORMED_PAYLOAD,
    Failure,
    Violation,
    invalid_payload,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from create_group_id.settings import Settings

FAIL, SUCCEED = "Fail", "Succeed"
_REGIONS = schema.load("regions.json")


class _PayloadKind(NamedTuple):
    """A kind of payload: its schema, and its names for the properties that both kinds have."""

    schema: dict[str, Any]
    instance: str
    region: str
    tags: str


_REQUEST = _PayloadKind(schema.load("request.json"), "InstanceId", "RegionId", "Tags")
_SIGNUP = _PayloadKind(schema.load("signup.json"), "instanceId", "regionId", "tags")


class Request(NamedTuple):
    """One group to create; `on_existing` is Fail or Succeed."""

    group_id: str
    instance_id: str
    region_id: str
    tags: tuple[tuple[str, str], ...]
    on_existing: str
    is_signup: bool

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """Return the call's parameters; RegionId is one, as the API's page shows."""
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
    """Validate a request or a signup, and return the request to make.

    `on_existing` is the default for a request; a signup always succeeds if the group exists.
    Raise `Failure`: MalformedPayload, InvalidPayload, InstanceNotAllowed or ConfigurationError.
    """
    kind = _SIGNUP if is_signup else _REQUEST
    _reject_lossy_text(payload, kind)
    violations = _violations(payload, kind, settings)
    if first := next(violations, None):
        raise invalid_payload(chain([first], violations))
    instance_id = cast("str", payload.get(kind.instance, settings.instance_id))
    if settings.allowed_instances is not None and instance_id not in settings.allowed_instances:
        raise Failure(INSTANCE_NOT_ALLOWED)
    region_id = payload.get(kind.region, settings.region_id)
    if region_id is None:
        raise Failure(
            CONFIGURATION_ERROR,
            "ONSMQTT_REGION_ID is not set, and nothing else names a region: set it.",
        )
    if not _is_known(region_id, settings):  # only the configured one: a payload's was checked above
        raise Failure(
            CONFIGURATION_ERROR,
            "ONSMQTT_REGION_ID is a region without a VPC endpoint: set ONSMQTT_NETWORK to public.",
        )
    if is_signup:
        group_id = tenants.group_id(payload["tenantId"], settings.group_prefix)
        on_existing = SUCCEED
    else:
        group_id = payload["GroupId"]
        on_existing = payload.get("OnExisting", on_existing)
    tags = tuple((tag["Key"], tag["Value"]) for tag in payload.get(kind.tags, ()))
    return Request(group_id, instance_id, region_id, tags, on_existing, is_signup)


def _reject_lossy_text(payload: dict[str, Any], kind: _PayloadKind) -> None:
    """Reject U+FFFD: two names that were decoded with losses could become one group."""
    texts = [payload.get(name) for name in kind.schema["properties"]]
    texts += [tag.get(part) for tag in _tags(payload, kind) for part in ("Key", "Value")]
    if any(isinstance(text, str) and "\ufffd" in text for text in texts):
        raise Failure(
            MALFORMED_PAYLOAD,
            "The payload contains U+FFFD, which replaces text that was not decoded: send UTF-8.",
        )


def _violations(
    payload: dict[str, Any], kind: _PayloadKind, settings: Settings
) -> Iterator[Violation]:
    if not schema.accepts(kind.schema, payload):
        from create_group_id import violations  # noqa: PLC0415 - it imports jsonschema

        yield from violations.find(kind.schema, payload)
    if kind is _SIGNUP:
        yield from _miscased_names(payload)
    yield from _duplicate_keys(payload, kind)
    if kind.instance not in payload and settings.instance_id is None:
        yield Violation(
            f"/{kind.instance}", "required", "is missing, and ONSMQTT_INSTANCE_ID is not set"
        )
    region = payload.get(kind.region)
    if isinstance(region, str) and not _is_known(region, settings):
        message = "must be a known region or the configured one"
        yield Violation(f"/{kind.region}", "enum", message)


def _miscased_names(signup: dict[str, Any]) -> Iterator[Violation]:
    # If it were ignored, the signup would silently go to the default instance.
    known = {name.lower(): name for name in _SIGNUP.schema["properties"]}
    for name in signup:
        expected = known.get(name.lower(), name)
        if expected not in signup:
            message = f"has a property that differs from {expected} only in case"
            yield Violation("", "additionalProperties", message)


def _duplicate_keys(payload: dict[str, Any], kind: _PayloadKind) -> Iterator[Violation]:
    keys = set()
    for index, tag in enumerate(_tags(payload, kind)):
        key = tag.get("Key")
        if isinstance(key, str):
            if key in keys:
                pointer = f"/{kind.tags}/{index}/Key"
                yield Violation(pointer, "uniqueItems", "must not repeat the key of an earlier tag")
            keys.add(key)


def _tags(payload: dict[str, Any], kind: _PayloadKind) -> list[dict[str, Any]]:
    """Return the tags, with {} for one that is no object; none of them if there are too many."""
    tags = payload.get(kind.tags)
    if not isinstance(tags, list) or len(tags) > kind.schema["properties"][kind.tags]["maxItems"]:
        return []
    return [tag if isinstance(tag, dict) else {} for tag in tags]


def _is_known(region: str, settings: Settings) -> bool:
    if region in _REGIONS["publicOnly"] and settings.network == "vpc":
        return False
    return region in (*_REGIONS["regions"], *_REGIONS["publicOnly"], settings.region_id)
