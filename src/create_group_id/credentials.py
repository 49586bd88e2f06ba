"""The temporary credentials of the function's role."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from create_group_id.errors import CREDENTIALS_MISSING, Failure
from create_group_id.settings import attribute

if TYPE_CHECKING:
    from collections.abc import Mapping

# Anything else is invalid in a header, and an error about the header would quote the secret.
_VISIBLE_ASCII = re.compile(r"[!-~]*")
_VARIABLES = ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN")


class Credentials(NamedTuple):
    """An access key, with a security token if it is temporary. The repr shows only the ID."""

    access_key_id: str
    access_key_secret: str
    security_token: str

    def __repr__(self) -> str:
        return f"Credentials(access_key_id={self.access_key_id!r})"


def current(context: Any, environ: Mapping[str, str]) -> Credentials:
    """Read the credentials of this invocation: `context.credentials`, or else the environment.

    python3.10 passes fresh ones to each invocation; python3.12 has only the environment:
    https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/context-1
    Raise `Failure` (CredentialsMissing).
    """
    attributes = attribute(context, "credentials")
    sources: tuple[list[Any], ...] = (
        [attribute(attributes, name) for name in Credentials._fields],
        [environ.get(f"ALIBABA_CLOUD_{name}") for name in _VARIABLES],
    )
    for key_id, secret, token in sources:
        parts = (key_id, secret, "" if token is None else token)
        if all(_usable(part) for part in parts) and key_id and secret:
            return Credentials(*parts)
    raise Failure(CREDENTIALS_MISSING)


def _usable(part: object) -> bool:
    return isinstance(part, str) and bool(_VISIBLE_ASCII.fullmatch(part))
