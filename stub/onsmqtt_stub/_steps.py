"""What a client sees of one call, step by step; a front plays them.

A front gives the steps time and effect, each in its way: in process as stalls and errors of a
connection without a socket, behind a port as real ones. That is why a fault is written only once.
"""

from __future__ import annotations

from dataclasses import dataclass

from onsmqtt_stub._response import ServerResponse


@dataclass(frozen=True)
class Pause:
    """Nothing for so many seconds; a client may give up meanwhile, the server goes on."""

    seconds: float


@dataclass(frozen=True)
class Refuse:
    """No connection is made within `delay` seconds; nothing was sent."""

    delay: float


class Reset:
    """The connection breaks."""


# A whole response, or bytes of one that is sent in pieces, its head first.
Step = Pause | Refuse | Reset | ServerResponse | bytes
