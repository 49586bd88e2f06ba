"""A caller of InvokeFunction in FC 3.0, here or in the cloud.

https://www.alibabacloud.com/help/en/functioncompute/api-fc-2023-03-30-invokefunction
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import requests

from onsmqtt_stub import signatures

if TYPE_CHECKING:
    from devtools.runtime_context import Credentials

# Longer than any function of ours may take.
_TIMEOUT = 90


class Refused(Exception):
    """FC did not run the function; the text is one line that says why, `status` FC's, or 0."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Reply:
    """What the function gave; `error_type` is None where it did not fail."""

    body: bytes
    error_type: str | None


class Client:
    """Invokes functions behind one endpoint, a base URL."""

    def __init__(self, endpoint: str, role: Credentials) -> None:
        self._endpoint, self._role = endpoint.rstrip("/"), role
        self._session = requests.Session()
        # No proxy and no .netrc, which would replace the signature.
        self._session.trust_env = False

    def invoke(self, function: str, payload: bytes) -> Reply:
        """Invoke and wait; raises `Refused`."""
        path = f"/2023-03-30/functions/{quote(function, safe='')}/invocations"
        headers = self._signed(path, payload)
        try:
            answer = self._session.post(
                self._endpoint + path,
                data=payload,
                headers=headers,
                timeout=_TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            # Its text quotes the request.
            raise Refused(f"{self._endpoint}: {type(error).__name__}") from None
        if answer.status_code != 200:
            told = f"{self._endpoint}: {answer.status_code} {_code(answer)}".rstrip()
            raise Refused(told, answer.status_code)
        return Reply(answer.content, answer.headers.get("X-Fc-Error-Type"))

    def _signed(self, path: str, payload: bytes) -> dict[str, str]:
        body_hash = signatures.payload_hash(payload)
        headers = {
            "host": urlsplit(self._endpoint).netloc,
            "content-type": "application/octet-stream",
            "x-acs-action": "InvokeFunction",
            "x-acs-version": "2023-03-30",
            "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": body_hash,
        }
        if self._role.security_token:
            headers["x-acs-security-token"] = self._role.security_token
        names = sorted(headers)
        canonical = signatures.acs3_canonical_request("POST", path, "", headers, names, body_hash)
        signature = signatures.acs3_signature(
            self._role.access_key_secret, signatures.acs3_string_to_sign(canonical)
        )
        headers["Authorization"] = (
            f"{signatures.ACS3} Credential={self._role.access_key_id},"
            f"SignedHeaders={';'.join(names)},Signature={signature}"
        )
        return headers


def _code(answer: requests.Response) -> str:
    """Give FC's code alone: a message may quote what was signed."""
    try:
        code = answer.json()["Code"]
    except (ValueError, KeyError, TypeError):
        return ""
    return code[:64] if isinstance(code, str) and code.isascii() and code.isprintable() else ""
