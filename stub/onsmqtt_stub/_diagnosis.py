"""Why a signature does not verify: what the client probably signed, beside what it should have.

The server never sees the client's text. It rebuilds it with one usual mistake at a time: the one
that leads to the signature that came is what the client did.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, quote_plus

from onsmqtt_stub import signatures
from onsmqtt_stub.signatures import percent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from onsmqtt_stub._rpc import RpcCall, RpcRequest

# In a header line of V3, in a query, and in the query of a V1 text, which is encoded once more.
_TOKEN = re.compile(
    r"(?<=x-acs-security-token:).+|(?<=SecurityToken=)[^&]+|(?<=SecurityToken%3D).+?(?=%26|$)"
)


@dataclass(frozen=True)
class Mismatch:
    """A signature that did not verify: both texts to sign, line by line, tokens masked.

    `client` is empty where no usual mistake explains the signature.
    """

    access_key_id: str
    explanation: str
    server: tuple[str, ...]
    client: tuple[str, ...]

    def lines(self) -> list[dict[str, str | None]]:
        """Return both texts side by side."""
        pairs = zip_longest(self.server, self.client)
        return [{"server": server, "client": client} for server, client in pairs]


class _Guess(NamedTuple):
    mistake: str
    text: str
    signature: str


def explain(
    request: RpcRequest, call: RpcCall, key_id: str, secret: str, signature: str
) -> Mismatch:
    """Find the mistake that leads to the signature `given`."""
    guesses = (_v1 if call.scheme == "V1" else _v3)(request, call, secret)
    right = next(guesses)
    for guess in guesses:
        if guess.signature == signature:
            return Mismatch(key_id, guess.mistake, _lines(right.text), _lines(guess.text))
    explanation = "no usual mistake leads to this signature; the secret may be another"
    return Mismatch(key_id, explanation, _lines(right.text), ())


def _v1(request: RpcRequest, call: RpcCall, secret: str) -> Iterator[_Guess]:
    def guess(mistake: str, text: str, key: str = f"{secret}&") -> _Guess:
        return _Guess(mistake, text, signatures.hmac_sha1(key, text))

    pairs = [pair for pair in call.pairs if pair[0] != "Signature"]
    right = signatures.rpc_string_to_sign(request.method, pairs)
    yield guess("", right)
    yield guess("the key of V1 is the secret and an ampersand", right, secret)
    other = "GET" if request.method == "POST" else "POST"
    yield guess(f"{other} was signed", signatures.rpc_string_to_sign(other, pairs))
    for mistake, query in _queries(pairs):
        yield guess(mistake, f"{request.method}&%2F&{percent(query)}")
    once = f"{request.method}&%2F&{signatures.canonical_query(pairs)}"
    yield guess("the query was not encoded a second time", once)


def _v3(request: RpcRequest, call: RpcCall, secret: str) -> Iterator[_Guess]:
    query = signatures.canonical_query(call.pairs)
    signed = _signed_headers(request)
    body_hash = signatures.payload_hash(request.body)

    def guess(
        mistake: str,
        *,
        key: str = secret,
        method: str = request.method,
        query: str = query,
        headers: dict[str, str] | None = None,
        body_hash: str = body_hash,
        edit: Callable[[str], str] = str,
    ) -> _Guess:
        sent = {**request.headers, **(headers or {})}
        text = signatures.acs3_canonical_request(
            method, request.path, query, sent, signed, body_hash
        )
        text = edit(text)
        to_sign = signatures.acs3_string_to_sign(text)
        return _Guess(mistake, text, signatures.acs3_signature(key, to_sign))

    yield guess("")
    yield guess("the key of V3 is the bare secret, without an ampersand", key=f"{secret}&")
    for mistake, other_query in _queries(call.pairs):
        yield guess(mistake, query=other_query)
    yield guess(
        "x-acs-content-sha256 is not the hash of the body that came",
        body_hash=request.headers.get("x-acs-content-sha256", ""),
    )
    yield guess("GET was signed", method="GET")
    yield guess(
        "the host was signed without its port", headers={"host": request.host.partition(":")[0]}
    )
    yield guess(
        "the empty line before the list of headers is missing",
        edit=lambda text: text.replace("\n\n", "\n"),
    )


def _signed_headers(request: RpcRequest) -> tuple[str, ...]:
    authorization = signatures.parse_authorization(request.headers["authorization"])
    return authorization.signed_headers if authorization else ()


def _queries(pairs: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    def joined(some: Sequence[tuple[str, str]], encode: Callable[[str], str]) -> str:
        return "&".join(f"{encode(name)}={encode(value)}" for name, value in some)

    ordered = sorted(pairs)
    yield "a space was signed as +", joined(ordered, quote_plus)
    yield "a * was signed bare", joined(ordered, lambda text: quote(text, safe="*"))
    yield "a / was signed bare", joined(ordered, quote)
    yield "a ~ was signed as %7E", joined(ordered, lambda text: percent(text).replace("~", "%7E"))
    yield "the parameters were signed unencoded", joined(ordered, str)
    yield "the parameters were not sorted", joined(pairs, percent)
    with_values = [pair for pair in ordered if pair[1]]
    yield "parameters without a value were left out", joined(with_values, percent)
    yield "the parameters were left out", ""


def _lines(text: str) -> tuple[str, ...]:
    # V1's text is one line: its parameters, encoded twice, are what one wants to compare.
    parts = text.split("\n") if "\n" in text else re.split("(?<=%26)|(?<=&)", text)
    return tuple(_TOKEN.sub("***", part) for part in parts)
