"""A call from here to a function, wherever it is: the target chooses how, and whose key signs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from devtools.remote import credentials, targets
from devtools.remote.trigger import Trigger, bearing, signed_by
from devtools.runtime_context import Credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devtools.remote.targets import Target
    from devtools.remote.wire import Reply


class Invoke(Protocol):
    """Invokes one function."""

    def __call__(self, payload: bytes, *, asynchronous: bool = False, log: bool = False) -> Reply:
        """Invoke, and wait unless `asynchronous`; raises `Unusable` and its `Refused`."""


def at(text: str, environ: Mapping[str, str]) -> Invoke:
    """Make the caller of a target; raises `Unusable`.

    What is on this machine gets the stub's key, never one of yours.
    """
    target = targets.read(text, environ)
    if targets.is_local(target):
        return reaching(target, Credentials())
    if isinstance(target, targets.Trigger):
        token = credentials.bearer_token(environ)
        if token:
            return Trigger(target.endpoint, bearing(token)).invoke
    return reaching(target, credentials.find(environ))


def reaching(target: Target, role: Credentials) -> Invoke:
    """Make the caller of a target that signs with a key."""
    if isinstance(target, targets.Trigger):
        return Trigger(target.endpoint, signed_by(role)).invoke
    # Late: the official client of FC 2.0 takes a tenth of a second.
    from devtools.remote import api  # noqa: PLC0415 - see above

    if isinstance(target, targets.Fc3):
        return partial(api.Fc3(target.endpoint, role).invoke, target.function)
    client = api.Fc2(target.endpoint, role)
    return partial(client.invoke, target.service, target.function)
