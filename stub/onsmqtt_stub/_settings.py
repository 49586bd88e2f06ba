"""The settings of a stub: what the documents leave open, and what a test can turn on."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from onsmqtt_stub import _checks
from onsmqtt_stub._checks import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX = 10**9
_SIDES = ("gateway", "product")


@dataclass(frozen=True, kw_only=True)
class StubSettings:
    """Points that the service's documents leave open. The defaults are our interpretation.

    Raises ValueError, in one line that names the setting, for a value that cannot be used.
    """

    # The error for a denied RAM action: 403 NoPermission of the gateway, or 400
    # PermissionCheckFailed of the product. Both are documented, but neither for this case.
    ram_denial: Literal["gateway", "product"] = "gateway"
    # The error for a missing GroupId: MissingGroupId of the gateway (the metadata say that it is
    # required), or ParameterFieldCheckFailed of the product.
    missing_parameter: Literal["gateway", "product"] = "gateway"
    # A throttled call normally gets a 400. Newer services use 429, and 302 has been seen.
    throttling_code: str = "Throttling.User"
    throttling_status: int = 400
    # How far a time stamp may be from the clock: "15 minutes" in the text of the error, "31
    # minutes" on the page of the V1 signature.
    clock_window_seconds: float = 900
    # How long a nonce is remembered, and whether a request with a wrong signature uses its nonce.
    nonce_window_seconds: float = 900
    wrong_signature_burns_nonce: bool = False
    # The error when a group that does not exist is deleted. No code is documented.
    missing_group_code: str = "ResourcePermissionCheckFailed"
    # The error for a blocked IP address. No code is documented.
    blocked_ip_code: str = "Forbidden"
    # The real gateway knows the product by its Host. A stub on loopback has another Host.
    any_host: bool = True
    # Documented as 10 and 300. Off by default, because most tests call faster than that.
    calls_per_second: int | None = None
    ip_calls_per_second: int | None = None
    # How many calls the journal keeps at most.
    journal_size: int = 10_000

    def __post_init__(self) -> None:
        try:
            self._check()
        except Invalid as problem:
            raise ValueError(f"setting {problem}") from None

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> StubSettings:
        """Read settings by name. ValueError names a setting that does not exist."""
        names = [field.name for field in fields(cls)]
        for name in values:
            _checks.known("", "setting", name, names)
        return cls(**values)

    def _check(self) -> None:
        _checks.choice("ram_denial", self.ram_denial, _SIDES)
        _checks.choice("missing_parameter", self.missing_parameter, _SIDES)
        for name in ("throttling_code", "missing_group_code", "blocked_ip_code"):
            _checks.code(name, getattr(self, name))
        _checks.whole_number("throttling_status", self.throttling_status, range(300, 600))
        for name in ("clock_window_seconds", "nonce_window_seconds"):
            _checks.number(name, getattr(self, name), 0, _MAX, above=True)
        for name in ("wrong_signature_burns_nonce", "any_host"):
            _checks.flag(name, getattr(self, name))
        for name in ("calls_per_second", "ip_calls_per_second"):
            if getattr(self, name) is not None:
                _checks.whole_number(name, getattr(self, name), range(1, _MAX + 1))
        _checks.whole_number("journal_size", self.journal_size, range(1, _MAX + 1))
