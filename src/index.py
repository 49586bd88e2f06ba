"""Entry points of the function; wiring only."""

import gc
import time

_STARTED = time.monotonic()
gc.disable()  # during the imports, which leave no garbage

import os  # noqa: E402 - the imports below are what is timed
import random  # noqa: E402
from collections.abc import Callable, Iterable, Mapping  # noqa: E402
from typing import Any  # noqa: E402

from create_group_id.client import Client  # noqa: E402
from create_group_id.handler import Handler  # noqa: E402
from create_group_id.provisioning import Provisioner  # noqa: E402

_client = Client(clock=time.monotonic, wall_clock=time.time, nonce=lambda: os.urandom(16).hex())
_provisioner = Provisioner(
    _client, clock=time.monotonic, sleep=time.sleep, jitter=random.SystemRandom().random
)
_handler = Handler(_provisioner, environ=os.environ, clock=time.monotonic)


def handler(event: bytes, context: Any) -> object:
    """Handle an event of any FC 3.0 trigger, or of an event function in FC 2.0.

    Return FC's response struct for an HTTP request, and the envelope otherwise. Raise
    `ProvisioningFailed` for an event that failed.
    """
    return _handler.handle(event, context)


def initialize(context: Any) -> None:
    """Do all slow work before the first invocation, as FC's Initializer hook. Never raise."""
    _handler.initialize(context)


def http_handler(environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Handle a request to an HTTP function of FC 2.0, as a WSGI application."""
    from create_group_id import wsgi  # noqa: PLC0415 - only FC 2.0 needs it

    return wsgi.serve(environ, start_response, handler)


gc.freeze()  # collections skip what was imported; with the above, this saves 7 % of a cold start
gc.enable()
_handler.import_seconds = time.monotonic() - _STARTED
