"""What the documents leave open, and what a test may want to turn on."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, get_args, get_type_hints

from onsmqtt_stub.errors import CODE

if TYPE_CHECKING:
    from collections.abc import Mapping

HIGHEST = 10**9
GATEWAY_OR_PRODUCT = Literal["gateway", "product"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Points that the service's documents leave open, each with our reading as its default.

    Raises ValueError, in one line that names the setting, where a value cannot be used.
    """

    # A denied RAM action: the gateway's 403 NoPermission, or the product's 400
    # PermissionCheckFailed. Both are documented, neither for this case.
    ram_denial: GATEWAY_OR_PRODUCT = "gateway"
    # A missing GroupId: the gateway's MissingGroupId (the metadata call it required), or the
    # product's ParameterFieldCheckFailed.
    missing_parameter: GATEWAY_OR_PRODUCT = "gateway"
    # Throttled answers are normally a 400; newer services use 429, and 302 has been seen.
    throttling_code: str = "Throttling.User"
    throttling_status: int = 400
    # "15 minutes" in the error's text, "31 minutes" on the page of the V1 signature.
    clock_window_seconds: float = 900
    # How long a nonce is remembered, and whether a request with a wrong signature uses it up.
    nonce_window_seconds: float = 900
    wrong_signature_burns_nonce: bool = False
    # No code is documented for the deletion of a group that does not exist.
    missing_group_code: str = "ResourcePermissionCheckFailed"
    # The answer to an IP that is blocked for good: no text is documented.
    blocked_ip_code: str = "Forbidden"
    # The Host names the product at the real gateway; a stub on loopback has another name.
    any_host: bool = True
    # Documented as 10 and 300; off unless set, since most tests are faster than that.
    calls_per_second: int | None = None
    ip_calls_per_second: int | None = None
    # How many calls the journal keeps.
    journal_size: int = 10_000

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for field in fields(self):
            value = getattr(self, field.name)
            wanted = hints[field.name]
            if wanted == GATEWAY_OR_PRODUCT:
                usable = value in get_args(wanted)
                kind = " or ".join(get_args(wanted))
            elif wanted is bool:
                usable, kind = isinstance(value, bool), "true or false"
            elif wanted is str:
                usable = isinstance(value, str) and CODE.fullmatch(value) is not None
                kind = "an error code"
            elif value is None:
                usable, kind = wanted == int | None, "a number"
            else:
                number = int | float if wanted is float else int
                usable = isinstance(value, number) and not isinstance(value, bool)
                usable = usable and 0 < value <= HIGHEST
                kind = f"a number above 0, at most {HIGHEST}"
            if not usable:
                raise ValueError(f"setting {field.name}: must be {kind}")
        if self.throttling_status not in range(300, 600):
            raise ValueError("setting throttling_status: must be an HTTP status, 300 to 599")

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Settings:
        """Read settings by name; ValueError names one that does not exist."""
        known = [field.name for field in fields(cls)]
        for name in values:
            if name not in known:
                raise ValueError(f"unknown setting {name!r}; known are {', '.join(known)}")
        return cls(**values)
