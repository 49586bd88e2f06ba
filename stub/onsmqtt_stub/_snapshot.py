"""The whole state as JSON, for developers and other processes. It has no secret and no token."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from onsmqtt_stub._backend import Backend


def snapshot(backend: Backend) -> dict[str, Any]:
    """Return groups, calls with verdict and reason, faults, quotas, and wrong signatures.

    A wrong signature has both strings to sign, line by line, with the token masked.
    """
    with backend.lock:
        state, gateway, rules = backend.state, backend.gateway, backend.faults
        return {
            "instances": [
                {
                    "InstanceId": instance.instance_id,
                    "Owner": instance.owner,
                    "RegionId": instance.region_id,
                    "IndependentNaming": instance.independent_naming,
                    "Groups": [
                        {
                            "GroupId": group.group_id,
                            "CreateTime": group.created,
                            "Tags": dict(group.tags),
                        }
                        for group in instance.groups.values()
                    ],
                }
                for instance in state.instances.values()
            ],
            "access_keys": [
                {"AccessKeyId": key.access_key_id, "AccountId": key.account_id}
                for key in state.keys.values()
            ],
            "denied": [
                {"AccountId": account, "Action": action} for account, action in state.denied
            ],
            "calls": [asdict(call) for call in backend.journal],
            "faults": [
                {**asdict(rule), "acted": acted}
                for rule, acted in zip(rules.rules, rules.acted, strict=True)
            ],
            "quotas": {
                "calls_this_second": gateway.quotas.current(),
                "blocked_ips": sorted(gateway.quotas.blocked_ips),
                "nonces": len(gateway.nonces),
            },
            "signatures": [
                {
                    "access_key_id": mismatch.access_key_id,
                    "explanation": mismatch.explanation,
                    "lines": mismatch.lines(),
                }
                for mismatch in gateway.mismatches
            ],
            "settings": asdict(backend.settings),
        }
