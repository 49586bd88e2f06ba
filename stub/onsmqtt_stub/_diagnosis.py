"""Why a signature does not match: what the client signed, beside what it should have signed.

The server never sees the client's string to sign. It rebuilds it with one common mistake at a time.
If a mistake leads to the received signature, the client made that mistake.
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

# In a header line of V3, in a query, and in the query of V1, which is encoded twice.
_TOKEN = re.compile(
    r"(?<=x-acs-security-token:).+|(?<=SecurityToken=)[^&]+|(?<=SecurityToken%3D).+?(?=%26|$)"
)
_ENCODINGS: dict[str, Callable[[str], str]] = {
    "the client encoded a space as +, not as %20": quote_plus,
    "the client did not encode * as %2A": lambda text: quote(text, safe="*"),
    "the client did not encode / as %2F": quote,
    "the client encoded ~ as %7E": lambda text: percent(text).replace("~", "%7E"),
    "the client did not percent-encode the parameters": str,
}


@dataclass(frozen=True)
class Mismatch:
    """A signature that does not match: both strings to sign, line by line, with masked tokens.

    `client` is empty if no common mistake explains the signature.
    """

    access_key_id: str
    explanation: str
    server: tuple[str, ...]
    client: tuple[str, ...]

    def lines(self) -> list[dict[str, str | None]]:
        """Return both strings side by side."""
        pairs = zip_longest(self.server, self.client)
        return [{"server": server, "client": client} for server, client in pairs]


class _Guess(NamedTuple):
    mistake: str
    text: str
    signature: str


def explain(
    request: RpcRequest, call: RpcCall, key_id: str, secret: str, signature: str
) -> Mismatch:
    """Find the mistake that leads to the received `signature`."""
    guesses = (_v1 if call.scheme == "V1" else _v3)(request, call, secret)
    right = next(guesses)
    for guess in guesses:
        if guess.signature == signature:
            return Mismatch(key_id, guess.mistake, _lines(right.text), _lines(guess.text))
    explanation = "no common mistake explains it; check the access key secret"
    return Mismatch(key_id, explanation, _lines(right.text), ())


def _v1(request: RpcRequest, call: RpcCall, secret: str) -> Iterator[_Guess]:
    def guess(mistake: str, text: str, key: str = f"{secret}&") -> _Guess:
        return _Guess(mistake, text, signatures.hmac_sha1(key, text))

    pairs = [pair for pair in call.pairs if pair[0] != "Signature"]
    right = signatures.rpc_string_to_sign(request.method, pairs)
    yield guess("", right)
    yield guess("the client signed with the secret; V1 adds & to it", right, secret)
    other = "GET" if request.method == "POST" else "POST"
    mistake = f"the client signed {other} but sent {request.method}"
    yield guess(mistake, signatures.rpc_string_to_sign(other, pairs))
    for mistake, query in _queries(pairs):
        yield guess(mistake, f"{request.method}&%2F&{percent(query)}")
    once = f"{request.method}&%2F&{signatures.canonical_query(pairs)}"
    yield guess("the client did not encode the query twice", once)


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
    yield guess("the client signed with & after the secret; V3 adds nothing", key=f"{secret}&")
    for mistake, other_query in _queries(call.pairs):
        yield guess(mistake, query=other_query)
    yield guess(
        "x-acs-content-sha256 is not the hash of the received body",
        body_hash=request.headers.get("x-acs-content-sha256", ""),
    )
    yield guess("the client signed GET but sent POST", method="GET")
    yield guess(
        "the client signed the host without its port",
        headers={"host": request.host.partition(":")[0]},
    )
    yield guess(
        "the client left out the empty line before the list of signed headers",
        edit=lambda text: text.replace("\n\n", "\n"),
    )


def _signed_headers(request: RpcRequest) -> tuple[str, ...]:
    authorization = signatures.parse_authorization(request.headers["authorization"])
    return authorization.signed_headers if authorization else ()


def _queries(pairs: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    def joined(some: Sequence[tuple[str, str]], encode: Callable[[str], str]) -> str:
        return "&".join(f"{encode(name)}={encode(value)}" for name, value in some)

    ordered = sorted(pairs)
    for mistake, encode in _ENCODINGS.items():
        yield mistake, joined(ordered, encode)
    yield "the client did not sort the parameters", joined(pairs, percent)
    with_values = [pair for pair in ordered if pair[1]]
    yield "the client left out parameters without a value", joined(with_values, percent)
    yield "the client left out the parameters", ""


def _lines(text: str) -> tuple[str, ...]:
    # V1's string is one line: split it at its parameters, which are encoded twice.
    parts = text.split("\n") if "\n" in text else re.split("(?<=%26)|(?<=&)", text)
    return tuple(_TOKEN.sub("***", part) for part in parts)
