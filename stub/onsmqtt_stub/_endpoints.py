"""The endpoints of OnsMqtt: public and VPC ones of every region, and those that a test adds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

# A host name may end with the dot of the DNS root.
_REGIONAL = re.compile(r"onsmqtt(?:-vpc)?\.([a-z0-9-]+)\.aliyuncs\.com\.?(?::\d+)?", re.IGNORECASE)
_LOOPBACK = re.compile(
    r"(localhost|[^/@]+\.localhost|127(\.\d{1,3}){3}|\[::1\])\.?(:\d+)?", re.IGNORECASE
)
_PORTS = {"http": 80, "https": 443}


def is_loopback(host: str) -> bool:
    """Return whether a Host is a loopback address or localhost.

    A web site's own name is not one, even if it resolves to a loopback address.
    """
    return _LOOPBACK.fullmatch(host) is not None


def region_of(host: str) -> str | None:
    """Return the region in an endpoint's host name, None for any other host."""
    match = _REGIONAL.fullmatch(host)
    return match[1].lower() if match else None


class BaseUrl(NamedTuple):
    """A base URL. Without a scheme it means http and https."""

    scheme: str | None
    host: str
    port: int | None
    path: str

    @classmethod
    def parse(cls, name: str, text: object) -> BaseUrl:
        """Read a base URL, or a host with or without a port.

        The text of a TypeError or ValueError begins with `name`, the argument's.
        """
        problem = f"{name}: must be a URL such as https://mqtt.example.com, or a host"
        if not isinstance(text, str):
            raise TypeError(problem)
        try:
            url = urlsplit(text if "://" in text else f"//{text}")
            host, port = url.hostname, url.port
        except ValueError:
            raise ValueError(problem) from None
        if not host or url.scheme not in ("", *_PORTS) or url.username is not None:
            raise ValueError(problem)
        if url.query or url.fragment:
            raise ValueError(f"{name}: must not have a query or a fragment")
        return cls(url.scheme or None, host.rstrip("."), port, url.path.rstrip("/"))

    def contains(self, url: str) -> bool:
        """Return whether a URL begins with this base URL."""
        try:
            other = urlsplit(url)
            host, port = (other.hostname or "").rstrip("."), other.port
        except ValueError:
            return False
        default = _PORTS.get(other.scheme)
        own_port = self.port if self.port is not None else default
        return (
            host == self.host
            and self.scheme in (None, other.scheme)
            and own_port == (port if port is not None else default)
            and f"{other.path}/".startswith(f"{self.path}/")
        )


class Endpoints:
    """The regional endpoints, and one more if there is one."""

    def __init__(self, more: BaseUrl | None) -> None:
        self._more = more

    def match_url(self, url: str) -> bool:
        """Return whether a URL is one of the endpoints."""
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            return False
        if parts.scheme in _PORTS and region_of(host):
            return True
        return self._more is not None and self._more.contains(url)

    def match_host(self, host: str) -> bool:
        """Return whether a host is the host of an endpoint. A loopback host is not."""
        if region_of(host):
            return True
        is_added = self._more is not None and self._more.host == host.lower().rstrip(".")
        return is_added and not is_loopback(host)


def on_this_machine(url: str) -> bool:
    """Return whether a URL's host is a loopback address or localhost."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return is_loopback(f"[{host}]" if ":" in host else host)


def any_contains(bases: Iterable[BaseUrl], url: str) -> bool:
    """Return whether a URL begins with one of the base URLs."""
    return any(base.contains(url) for base in bases)
