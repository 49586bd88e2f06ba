"""What the gateway counts: nonces, and calls per second of an account and of an IP address."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from onsmqtt_stub._errors import ApiError

if TYPE_CHECKING:
    from onsmqtt_stub._settings import StubSettings


class Nonces:
    """The nonces of each access key, remembered for `window_seconds`."""

    def __init__(self, window_seconds: float) -> None:
        self._window_seconds = window_seconds
        self._seen: dict[tuple[str, str], float] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def use(self, access_key_id: str, nonce: str, now: float) -> None:
        """Use a nonce. Raise `ApiError` if it was used within the window."""
        self._forget(now)
        if (access_key_id, nonce) in self._seen:
            raise ApiError(
                "SignatureNonceUsed", "the nonce was used before; use a new one for each request"
            )
        self._seen[access_key_id, nonce] = now

    def _forget(self, now: float) -> None:
        # They are in order of use: the first one to keep ends the search.
        while self._seen:
            oldest = next(iter(self._seen))
            if self._seen[oldest] > now - self._window_seconds:
                return
            del self._seen[oldest]


class Quotas:
    """Calls in the current second of the clock. An IP address above its quota stays blocked."""

    def __init__(self, settings: StubSettings) -> None:
        self._settings = settings
        self._second = 0
        self._calls: Counter[str] = Counter()
        self.blocked_ips: set[str] = set()

    def count_ip(self, ip: str, now: float) -> None:
        """Count a request of an IP address. Raise `ApiError` if it is blocked, or is now."""
        limit = self._settings.ip_calls_per_second
        if limit is None:
            return
        if self._count(f"ip {ip}", now) > limit:
            self.blocked_ips.add(ip)
        if ip in self.blocked_ips:
            raise ApiError(
                self._settings.blocked_ip_code,
                f"the IP exceeded Settings(ip_calls_per_second={limit}); reset() unblocks it",
                status=403,
            )

    def count_call(self, account_id: str, action: str, now: float) -> None:
        """Count a call of an account. Raise `ApiError` above its quota for the action."""
        limit = self._settings.calls_per_second
        if limit is None:
            return
        if self._count(f"account {account_id} {action}", now) > limit:
            raise ApiError(
                self._settings.throttling_code,
                f"the calls of {action} by the account exceeded Settings(calls_per_second={limit})",
                status=self._settings.throttling_status,
            )

    def current(self) -> dict[str, int]:
        """Return the counts of the second of the last call."""
        return dict(self._calls)

    def _count(self, name: str, now: float) -> int:
        if int(now) != self._second:
            self._second = int(now)
            self._calls.clear()
        self._calls[name] += 1
        return self._calls[name]
