"""Claims about the names of OnsMqtt's endpoints. A check only asks the name server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from create_group_id_tools.project import SOURCES
from create_group_id_tools.verification.claim import Claim, NotCheckedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Resolver = Callable[[str], object]

_REGIONS = SOURCES / "create_group_id/schemas/regions.json"
_MOST_NAMES = 3


def _public(resolve: Resolver) -> str:
    listed = json.loads(_REGIONS.read_text(encoding="utf-8"))
    return _names_without_address(resolve, "onsmqtt", [*listed["regions"], *listed["publicOnly"]])


def _vpc(resolve: Resolver) -> str:
    listed = json.loads(_REGIONS.read_text(encoding="utf-8"))
    return _names_without_address(resolve, "onsmqtt-vpc", listed["regions"])


def _names_without_address(resolve: Resolver, product: str, regions: Sequence[str]) -> str:
    missing = [region for region in regions if not _exists(resolve, product, region)]
    if len(missing) == len(regions):
        raise NotCheckedError("no name has an address; is there a network?")
    if not missing:
        return "all have an address"
    more = f" and {len(missing) - _MOST_NAMES} more" if len(missing) > _MOST_NAMES else ""
    return f"no address: {', '.join(missing[:_MOST_NAMES])}{more}"


def _exists(resolve: Resolver, product: str, region: str) -> bool:
    try:
        resolve(f"{product}.{region}.aliyuncs.com")
    except OSError:
        return False
    return True


CLAIMS = (
    Claim(
        "public-endpoints",
        "Every region in `regions.json` has a public endpoint.",
        "all have an address",
        _public,
    ),
    Claim(
        "vpc-endpoints",
        "Every region in `regions.json`, except `mq-internet-access`, has a VPC endpoint.",
        "all have an address",
        _vpc,
    ),
)
