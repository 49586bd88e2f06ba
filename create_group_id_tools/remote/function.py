"""A function, wherever it is: the target chooses how it is called."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from create_group_id_tools.account import credentials
from create_group_id_tools.remote import targets
from create_group_id_tools.remote.trigger import Trigger, bearing, signed_by
from create_group_id_tools.terminal import Unusable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from create_group_id_tools.remote.reply import Reply


class Invoke(Protocol):
    """Invokes one function."""

    def __call__(self, payload: bytes, *, asynchronous: bool = False, log: bool = False) -> Reply:
        """Invoke, and wait unless `asynchronous`; raises `Unusable`, and its `Refused`."""


def at(text: str, environ: Mapping[str, str]) -> Invoke:
    """Make the caller of a target, with the key or token of `environ`; raises `Unusable`."""
    target = targets.read(text, environ)
    local = targets.is_local(target)
    if isinstance(target, targets.Trigger) and (token := credentials.bearer_token(environ)):
        if not (local or target.endpoint.startswith("https://")):
            raise Unusable("FC_BEARER_TOKEN is sent by https only: give the trigger's https:// URL")
        return Trigger(target.endpoint, bearing(token)).invoke
    role = credentials.find(environ, local=local)
    if isinstance(target, targets.Trigger):
        return Trigger(target.endpoint, signed_by(role)).invoke
    # Late: the official client of FC 2.0 takes a tenth of a second.
    from create_group_id_tools.remote import api  # noqa: PLC0415 - see above

    if isinstance(target, targets.Fc3):
        return partial(api.Fc3(target.endpoint, role).invoke, target.function)
    client = api.Fc2(target.endpoint, role)
    return partial(client.invoke, target.service, target.function)
