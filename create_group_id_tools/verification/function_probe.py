"""A deployed function to check claims on. Every request has a payload that it refuses."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import requests

from create_group_id_tools import envelopes
from create_group_id_tools.account.credentials import bearer_token, find_credentials
from create_group_id_tools.remote import acs3, targets
from create_group_id_tools.remote.fc3 import Fc3Client
from create_group_id_tools.remote.trigger import with_signature, with_token
from create_group_id_tools.remote.wire import Wire, rejection
from create_group_id_tools.verification.claim import NotCheckedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from create_group_id_tools.remote.invoke_response import InvokeResponse
    from create_group_id_tools.remote.wire import FcResponse
    from create_group_id_tools.runtime.context import AccessCredentials

    Authorize = Callable[[requests.PreparedRequest], object]

_INVALID = json.dumps({"GroupId": "verify"}).encode()


class TriggerProbe:
    """Calls of an HTTP trigger."""

    def __init__(self, target: targets.TriggerTarget, environ: Mapping[str, str]) -> None:
        self._url, self._wire = target.endpoint, Wire()
        self._credentials: AccessCredentials | None = None
        if token := bearer_token(environ):
            self._authorize: Authorize = with_token(token)
        else:
            self._credentials = find_credentials(environ, local=targets.is_local(target))
            self._authorize = with_signature(self._credentials)

    @property
    def credentials(self) -> AccessCredentials:
        """Return what signs the calls; raise `NotCheckedError` if they have a token instead."""
        if self._credentials is None:
            raise NotCheckedError("needs a trigger with signatures, without FC_BEARER_TOKEN")
        return self._credentials

    def send(
        self,
        body: bytes = _INVALID,
        *,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        authorize: Authorize | None = None,
    ) -> str:
        """Send a request; return a summary of the response. Raise `CommandError` without one."""
        own = {"Content-Type": "application/json", **(headers or {})}
        request = requests.Request(method, self._url, own, data=body).prepare()
        (authorize or self._authorize)(request)
        return summary(self._wire.send(request))

    def wrong_signature(self, request: requests.PreparedRequest) -> None:
        """Sign with another secret."""
        wrong = replace(self.credentials, access_key_secret="wrong")  # noqa: S106 - not a secret
        acs3.sign(request, wrong, time.time())

    def old_signature(self, request: requests.PreparedRequest) -> None:
        """Sign with a time stamp of 16 minutes ago."""
        acs3.sign(request, self.credentials, time.time() - 16 * 60)


class FunctionProbe:
    """Calls of InvokeFunction of FC 3.0."""

    def __init__(self, target: targets.Fc3Target, environ: Mapping[str, str]) -> None:
        credentials = find_credentials(environ, local=targets.is_local(target))
        self._client, self._function = Fc3Client(target.endpoint, credentials), target.function

    def invoke_twice(self) -> str:
        """Send the same signed request twice; return a summary of the second response."""
        request = self._client.request(self._function, _INVALID)
        wire = Wire()
        wire.send(request)
        return summary(wire.send(request))

    def invoke(self) -> InvokeResponse:
        """Invoke the function, and ask for its log; raise `InvokeError`."""
        return self._client.invoke(self._function, _INVALID, log=True)


def summary(response: FcResponse) -> str:
    """Return the status with the function's code and the places, or with FC's code."""
    if response.status == 202:
        return "202"
    envelope = envelopes.read(response.body)
    if envelope is None:
        return " ".join(filter(None, (str(response.status), rejection(response).code, "by FC")))
    parts = [str(response.status), envelopes.label(envelope)]
    parts += [one["Pointer"] for one in envelope.get("Error", {}).get("Violations", ())]
    return " ".join(parts)
