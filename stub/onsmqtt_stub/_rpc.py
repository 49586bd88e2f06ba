"""An HTTP request as received, and the RPC call that it carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl

from onsmqtt_stub import _endpoints
from onsmqtt_stub.signatures import ACS3

if TYPE_CHECKING:
    from collections.abc import Mapping

    from onsmqtt_stub._framing import Received


@dataclass(frozen=True)
class RpcRequest:
    """What came in: header names in lower case, the query as it was sent."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""
    source_ip: str = "127.0.0.1"

    @classmethod
    def of(cls, received: Received, source_ip: str = "127.0.0.1") -> RpcRequest:
        """Take what was read from a connection; a query's bytes are UTF-8."""
        return cls(
            method=received.head.method,
            path=received.path,
            query=received.query.encode("latin-1").decode("utf-8", "replace"),
            headers=received.headers,
            body=received.body,
            source_ip=source_ip,
        )

    @property
    def host(self) -> str:
        """The Host header, port included."""
        return self.headers.get("host", "")

    @property
    def region_id(self) -> str | None:
        """The region that the host names; None for any other host."""
        return _endpoints.region_of(self.host)


@dataclass(frozen=True)
class RpcCall:
    """The RPC call: `pairs` are the decoded parameters that its signature covers one by one."""

    scheme: Literal["V3", "V1", "unsigned"]
    action: str
    version: str
    pairs: tuple[tuple[str, str], ...]
    parameters: Mapping[str, str]
    xml: bool


def read_call(request: RpcRequest) -> RpcCall:
    """Read the call of a request, whatever is wrong with it.

    Parameters of the query and of a form body count alike; V1 signs both, V3 the body as a whole.
    The response is JSON where V1's Format or V3's accept asks for it; V1 has XML as its default.
    """
    query = parse_qsl(request.query, keep_blank_values=True)
    form: list[tuple[str, str]] = []
    if request.body and "form-urlencoded" in request.headers.get("content-type", ""):
        form = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    parameters = dict(query + form)
    headers = request.headers
    if headers.get("authorization", "").startswith(ACS3):
        return RpcCall(
            "V3",
            headers.get("x-acs-action", ""),
            headers.get("x-acs-version", ""),
            tuple(query),
            parameters,
            xml="xml" in headers.get("accept", ""),
        )
    signed = "Signature" in parameters
    json = parameters.get("Format", "").upper() == "JSON"
    return RpcCall(
        "V1" if signed else "unsigned",
        parameters.get("Action", ""),
        parameters.get("Version", ""),
        tuple(query + form),
        parameters,
        xml=not (json or (not signed and "json" in headers.get("accept", ""))),
    )
