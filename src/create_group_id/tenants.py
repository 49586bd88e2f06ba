"""Derive group IDs from the names of tenants, without collisions."""

from __future__ import annotations

import base64
import hashlib
import re

_READABLE = re.compile(r"[a-z0-9][a-z0-9_-]{2,35}")
_DIGESTED = re.compile(r"-[a-z2-7]{26}\Z")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def group_id(tenant: str, prefix: str = "GID_") -> str:
    """Return the group ID of a tenant: its name if that is safe, or else a slug and a digest.

    Names are compared without Unicode normalisation. After the prefix, a group ID is in lower case,
    so that those of two tenants differ even if case is ignored. A name that ends like a digest is
    digested too, so that nobody can choose another tenant's group ID.
    """
    if _READABLE.fullmatch(tenant) and not _DIGESTED.search(tenant):
        return prefix + tenant
    return f"{prefix}{_slug(tenant)}-{_digest(tenant)}"


def _slug(tenant: str) -> str:
    # ASCII only: str.lower would turn the Kelvin sign into a k.
    lowered = tenant.encode().lower().decode()
    return _NOT_SLUG.sub("-", lowered)[:9].strip("-") or "t"


def _digest(tenant: str) -> str:
    digest = hashlib.sha256(tenant.encode()).digest()
    return base64.b32encode(digest)[:26].decode().lower()
