"""A tenant's name to its group ID, without collisions."""

from __future__ import annotations

import base64
import hashlib
import re

_READABLE = re.compile(r"[a-z0-9][a-z0-9_-]{2,35}")
_DIGESTED = re.compile(r"-[a-z2-7]{26}\Z")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def group_id(tenant: str, prefix: str = "GID_") -> str:
    """Return the group ID of a tenant: its own name where that is safe, else slug and digest.

    Names are compared as they are, without Unicode normalisation. What comes out is lower case
    behind the prefix, so that two tenants differ even where case is folded; a name that looks like
    a digest is digested itself, so that nobody can choose another tenant's group ID.
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
