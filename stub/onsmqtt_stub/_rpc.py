"""An HTTP request, and the RPC call in it."""

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
    """An HTTP request as received: header names in lower case, the query not decoded."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""
    source_ip: str = "127.0.0.1"

    @classmethod
    def of(cls, received: Received, source_ip: str = "127.0.0.1") -> RpcRequest:
        """Convert what was read from a connection. The bytes of a query are UTF-8."""
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
        """Return the Host header, with its port."""
        return self.headers.get("host", "")

    @property
    def region_id(self) -> str | None:
        """Return the region in the host name, None if the host is not a regional endpoint."""
        return _endpoints.region_of(self.host)


@dataclass(frozen=True)
class RpcCall:
    """An RPC call. `pairs` are the decoded parameters that its signature covers one by one."""

    scheme: Literal["V3", "V1", "unsigned"]
    action: str
    version: str
    pairs: tuple[tuple[str, str], ...]
    parameters: Mapping[str, str]
    xml: bool


def read_call(request: RpcRequest) -> RpcCall:
    """Read the call of a request, even if the request is wrong.

    Parameters may be in the query and in a form body. V1 signs both, V3 signs the body as a whole.
    The response format is V1's Format (XML by default), or what V3's accept header says.
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
