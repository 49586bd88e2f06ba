"""Whose key a call is signed with: the environment's, else the standard files'.

The order and the forms are those of alibabacloud-credentials, which reads the files, and calls what
a profile of theirs names. What its default chain asks besides would hang on a laptop: the metadata
of an ECS server.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from create_group_id_tools.runtime.context import AccessCredentials
from create_group_id_tools.terminal import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX = "ALIBABA_CLOUD_"
_ID, _SECRET = f"{_PREFIX}ACCESS_KEY_ID", f"{_PREFIX}ACCESS_KEY_SECRET"
_TOKEN = f"{_PREFIX}SECURITY_TOKEN"
_BEARER = "FC_BEARER_TOKEN"
# No header could hold anything else, and the error that says so would quote it.
_VISIBLE_ASCII = re.compile(r"[!-~]*")


def find_credentials(environ: Mapping[str, str], *, local: bool = False) -> AccessCredentials:
    """Find the key; raises `CommandError`, which says where one was looked for.

    Half a key in the environment is an error: the files may hold another account's. What is
    `local` gets the stub's where the environment has none, never a file's.
    """
    values = [_read(environ, name) for name in (_ID, _SECRET, _TOKEN)]
    if values[0] and values[1]:
        return AccessCredentials(*values)
    if any(values):
        raise CommandError(f"set both {_ID} and {_SECRET}, or neither")
    return AccessCredentials() if local else _from_files(environ)


def bearer_token(environ: Mapping[str, str]) -> str:
    """Return the token of a trigger that takes tokens, or nothing; raises `CommandError`."""
    return _read(environ, _BEARER)


def _read(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    if not _VISIBLE_ASCII.fullmatch(value):
        raise CommandError(f"{name} contains white space or non-ASCII characters; set it again")
    return value


def _from_files(environ: Mapping[str, str]) -> AccessCredentials:
    # Late: it takes a quarter of a second.
    try:
        from alibabacloud_credentials.provider import (  # noqa: PLC0415 - see above
            CLIProfileCredentialsProvider,
            ProfileCredentialsProvider,
        )
    except ImportError:
        raise CommandError(
            f"no credentials: set {_ID} and {_SECRET}; keys of files need a package: "
            "pip install alibabacloud-credentials"
        ) from None

    # It would show what fails with a traceback, signed addresses and answers in it.
    logging.getLogger("credentials").disabled = True
    home = Path(environ.get("HOME") or Path.home())
    profile = environ.get(f"{_PREFIX}PROFILE") or None
    config = home / ".aliyun" / "config.json"
    ini = Path(
        environ.get(f"{_PREFIX}CREDENTIALS_FILE") or home / ".alibabacloud" / "credentials.ini"
    )
    credentials = None
    if environ.get(f"{_PREFIX}CLI_PROFILE_DISABLED", "").lower() != "true":
        credentials = _from_provider(CLIProfileCredentialsProvider, config, profile)
    credentials = credentials or _from_provider(
        ProfileCredentialsProvider, ini, profile or "default"
    )
    if credentials is None:
        raise CommandError(
            f"no credentials: set {_ID} and {_SECRET} ({_TOKEN} where the key is temporary), or "
            f"run `aliyun configure`; no usable key in the profile {profile or 'chosen'} of "
            f"{config} or {ini}"
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
    except Exception:  # noqa: BLE001 - whatever a file makes the library raise, with its content
        return None
    return None
