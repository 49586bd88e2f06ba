"""Choose the client that invokes a target."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from create_group_id_tools.account.credentials import bearer_token, find_credentials
from create_group_id_tools.remote import targets
from create_group_id_tools.remote.fc3 import Fc3Client
from create_group_id_tools.remote.trigger import TriggerClient, with_signature, with_token
from create_group_id_tools.terminal import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from create_group_id_tools.remote.invoke_response import InvokeResponse


class Invoker(Protocol):
    """Invoke one function."""

    def __call__(
        self, payload: bytes, *, asynchronous: bool = False, log: bool = False
    ) -> InvokeResponse:
        """Invoke, and wait unless `asynchronous`; raise `InvokeError` or `CommandError`."""


def invoker_for(text: str, environ: Mapping[str, str]) -> Invoker:
    """Return the invoker of a target, with the credentials of `environ`; raise `CommandError`."""
    target = targets.read(text, environ)
    local = targets.is_local(target)
    if isinstance(target, targets.TriggerTarget) and (token := bearer_token(environ)):
        if not (local or target.endpoint.startswith("https://")):
            raise CommandError(
                "FC_BEARER_TOKEN is sent only over https; use the trigger's https:// URL"
            )
        return TriggerClient(target.endpoint, with_token(token)).invoke
    key = find_credentials(environ, local=local)
    if isinstance(target, targets.TriggerTarget):
        return TriggerClient(target.endpoint, with_signature(key)).invoke
    if isinstance(target, targets.Fc3Target):
        return partial(Fc3Client(target.endpoint, key).invoke, target.function)
    # Imported late: the official client takes a tenth of a second.
    try:
        from create_group_id_tools.remote.fc2 import Fc2Client  # noqa: PLC0415 - see above
    except ImportError:
        raise CommandError("fc2:// needs the official client; run pip install aliyun-fc2") from None

    client = Fc2Client(target.endpoint, key)
    return partial(client.invoke, target.service, target.function)
