"""What was asked, what became of it, and what was answered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Call:
    """One call that reached the service.

    `verdict` is "accepted" or the error code, and "reset" or "redirect" where such a fault
    took the call before the commit. `reason` says why; `committed` whether the state changed.
    `status` is the HTTP status that was sent, whether or not the client waited for it, and None
    where nothing was sent. `at` is the clock's time at the commit, or where that would have been.
    """

    action: str
    group_id: str
    instance_id: str
    request_id: str
    verdict: str
    reason: str
    committed: bool
    status: int | None
    at: float
