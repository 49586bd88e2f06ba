"""The groups of claims, in the order of docs/unverified.md."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from create_group_id_tools.verification import (
    endpoint_claims,
    function_claims,
    gateway_claims,
    group_claims,
    trigger_claims,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from create_group_id_tools.verification.claim import Claim


@dataclass(frozen=True)
class ClaimGroup:
    """Claims that one probe checks, what that needs, and what the checks do and cost."""

    name: str
    claims: tuple[Claim[Any], ...]
    needs: str
    cost: str

    def only(self, names: Collection[str]) -> ClaimGroup:
        """Return the group with only these of its claims."""
        claims = tuple(claim for claim in self.claims if claim.name in names)
        return replace(self, claims=claims)


_INSTANCE = "ONSMQTT_INSTANCE_ID and ONSMQTT_REGION_ID"

ENDPOINTS = ClaimGroup(
    "endpoints", endpoint_claims.CLAIMS, "a network", "DNS look-ups, which are not billed"
)
GATEWAY = ClaimGroup(
    "gateway",
    gateway_claims.CLAIMS,
    _INSTANCE,
    "about 20 calls of CreateGroupId that are refused, and so not billed",
)
GROUPS = ClaimGroup(
    "groups",
    group_claims.CLAIMS,
    _INSTANCE,
    "at most 10 calls that are billed as one message TPS each: 3 CreateGroupId, 3 ListGroupId, "
    "and 3 or 4 DeleteGroupId",
)
THROTTLING = ClaimGroup(
    "throttling",
    gateway_claims.THROTTLING_CLAIMS,
    f"--throttle, {_INSTANCE}",
    "30 calls at once, not billed, which throttle the account's other callers for a moment",
)
TRIGGER = ClaimGroup(
    "trigger",
    trigger_claims.CLAIMS,
    "the URL of a trigger as TARGET",
    "up to 12 invocations; the payloads are invalid, so no group is created",
)
FUNCTION = ClaimGroup(
    "function",
    function_claims.CLAIMS,
    "fc3://FUNCTION?region=REGION as TARGET",
    "3 invocations; the payloads are invalid, so no group is created",
)
CLAIM_GROUPS = (ENDPOINTS, GATEWAY, GROUPS, THROTTLING, TRIGGER, FUNCTION)
NAMES = tuple(claim.name for group in CLAIM_GROUPS for claim in group.claims)
