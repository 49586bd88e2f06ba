"""Find the credentials that sign a call: in the environment, or in the standard files.

alibabacloud-credentials reads the files; the order and the formats are its own. Its default chain
is not used, since it also asks the metadata server of ECS, which would hang on a laptop.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from create_group_id_tools.project import home
from create_group_id_tools.runtime.context import AccessCredentials
from create_group_id_tools.terminal import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX = "ALIBABA_CLOUD_"
_ID, _SECRET = f"{_PREFIX}ACCESS_KEY_ID", f"{_PREFIX}ACCESS_KEY_SECRET"
_TOKEN = f"{_PREFIX}SECURITY_TOKEN"
_BEARER = "FC_BEARER_TOKEN"
# A header can only contain these characters, and the error of requests would quote the secret.
_VISIBLE_ASCII = re.compile(r"[!-~]*")


def find_credentials(environ: Mapping[str, str], *, local: bool = False) -> AccessCredentials:
    """Return the credentials; raise `CommandError` if there are none.

    An access key ID without its secret in the environment is an error, since the files may contain
    the credentials of another account. A `local` call without credentials in the environment gets
    those of the stub, never those of a file.
    """
    values = [_read(environ, name) for name in (_ID, _SECRET, _TOKEN)]
    if values[0] and values[1]:
        return AccessCredentials(*values)
    if any(values):
        raise CommandError(
            f"set both {_ID} and {_SECRET}, or none of {_ID}, {_SECRET} and {_TOKEN}"
        )
    return AccessCredentials() if local else _from_files(environ)


def bearer_token(environ: Mapping[str, str]) -> str:
    """Return the token for a trigger with JWT authentication, or ""; raise `CommandError`."""
    return _read(environ, _BEARER)


def _read(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    if not _VISIBLE_ASCII.fullmatch(value):
        raise CommandError(f"{name} contains white space or non-ASCII characters; set it again")
    return value


def _from_files(environ: Mapping[str, str]) -> AccessCredentials:
    # Imported late, since it takes a quarter of a second.
    try:
        from alibabacloud_credentials.provider import (  # noqa: PLC0415 - see above
            CLIProfileCredentialsProvider,
            ProfileCredentialsProvider,
        )
    except ImportError:
        raise CommandError(
            f"no credentials: set {_ID} and {_SECRET}; to read them from files, "
            "pip install alibabacloud-credentials"
        ) from None

    # It would log errors with a traceback that contains signed URLs and responses.
    logging.getLogger("credentials").disabled = True
    folder = Path(environ.get("HOME") or home())
    profile = environ.get(f"{_PREFIX}PROFILE") or None
    config = folder / ".aliyun" / "config.json"
    ini = Path(
        environ.get(f"{_PREFIX}CREDENTIALS_FILE") or folder / ".alibabacloud" / "credentials.ini"
    )
    credentials = None
    if environ.get(f"{_PREFIX}CLI_PROFILE_DISABLED", "").lower() != "true":
        credentials = _from_provider(CLIProfileCredentialsProvider, config, profile)
    credentials = credentials or _from_provider(
        ProfileCredentialsProvider, ini, profile or "default"
    )
    if credentials is None:
        raise CommandError(
            f"no credentials: set {_ID} and {_SECRET} (and {_TOKEN} for temporary credentials), or "
            f"run `aliyun configure`; neither {config} nor {ini} has usable credentials"
            + (f" in the profile {profile}" if profile else "")
        )
    return credentials


def _from_provider(provider: Any, file: Path, profile: str | None) -> AccessCredentials | None:
    if not file.is_file():
        return None
    try:
        credentials = provider(profile_file=str(file), profile_name=profile).get_credentials()
        access_key = credentials.get_access_key_id(), credentials.get_access_key_secret()
        parts = (*access_key, credentials.get_security_token() or "")
        if all(access_key) and all(_VISIBLE_ASCII.fullmatch(part) for part in parts):
            return AccessCredentials(*parts)
    except Exception:  # noqa: BLE001 - a bad file makes the library raise anything, and quote the file
        return None
    return None
