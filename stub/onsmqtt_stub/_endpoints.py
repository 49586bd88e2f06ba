"""Which hosts are OnsMqtt's: those of every region, public and VPC, and those that a test adds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

# A name may end in the dot of DNS's root.
_REGIONAL = re.compile(r"onsmqtt(?:-vpc)?\.([a-z0-9-]+)\.aliyuncs\.com\.?(?::\d+)?", re.IGNORECASE)
_LOOPBACK = re.compile(
    r"(localhost|[^/@]+\.localhost|127(\.\d{1,3}){3}|\[::1\])\.?(:\d+)?", re.IGNORECASE
)
_PORTS = {"http": 80, "https": 443}


def is_loopback(host: str) -> bool:
    """Whether a Host names this machine; a name that a web site resolves to it does not."""
    return _LOOPBACK.fullmatch(host) is not None


def region_of(host: str) -> str | None:
    """Return the region that an endpoint's host names; None for any other host."""
    match = _REGIONAL.fullmatch(host)
    return match[1].lower() if match else None


class BaseUrl(NamedTuple):
    """A base URL: what begins with it is meant. Without a scheme it takes http and https."""

    scheme: str | None
    host: str
    port: int | None
    path: str

    @classmethod
    def parse(cls, name: str, text: object) -> BaseUrl:
        """Read a base URL, or a host with or without a port; ValueError names the argument."""
        wrong = f"{name}: must be a URL such as https://mqtt.example, or a host"
        if not isinstance(text, str):
            raise TypeError(wrong)
        try:
            url = urlsplit(text if "://" in text else f"//{text}")
            host, port = url.hostname, url.port
        except ValueError:
            raise ValueError(wrong) from None
        if not host or url.scheme not in ("", *_PORTS) or url.username is not None:
            raise ValueError(wrong)
        if url.query or url.fragment:
            raise ValueError(f"{name}: must end before its query")
        return cls(url.scheme or None, host.rstrip("."), port, url.path.rstrip("/"))

    def contains(self, url: str) -> bool:
        """Whether a URL begins with this one."""
        try:
            other = urlsplit(url)
            host, port = (other.hostname or "").rstrip("."), other.port
        except ValueError:
            return False
        default = _PORTS.get(other.scheme)
        mine = self.port if self.port is not None else default
        return (
            host == self.host
            and self.scheme in (None, other.scheme)
            and mine == (port if port is not None else default)
            and f"{other.path}/".startswith(f"{self.path}/")
        )


class Endpoints:
    """The regional endpoints, and one more."""

    def __init__(self, more: BaseUrl | None) -> None:
        self._more = more

    def match_url(self, url: str) -> bool:
        """Whether a URL is the service's."""
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            return False
        if parts.scheme in _PORTS and region_of(host):
            return True
        return self._more is not None and self._more.contains(url)

    def match_host(self, host: str) -> bool:
        """Whether a host is the service's; one of this machine is not, whatever was added."""
        if region_of(host):
            return True
        mine = self._more is not None and self._more.host == host.lower().rstrip(".")
        return mine and not is_loopback(host)


def on_this_machine(url: str) -> bool:
    """Whether a URL's host is loopback."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return is_loopback(f"[{host}]" if ":" in host else host)


def any_contains(bases: Iterable[BaseUrl], url: str) -> bool:
    """Whether one of the base URLs takes a URL."""
    return any(base.contains(url) for base in bases)
