"""Responses that are lost or not understood: cut short, in another encoding, or met by a bug."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest

from create_group_id import api_response, dial
from create_group_id.errors import Failure
from tests.function.test_client import Caller
from tests.function.test_odd_responses import (
    OK,
    REFUSED,
    SIZE,
    after,
    assert_unknown,
    attempt,
    chunked,
    first,
)
from tests.wire import http_response, serving

if TYPE_CHECKING:
    import socket


@pytest.fixture
def caller() -> Caller:
    return Caller()


CUT = {
    "success": http_response(body=OK),
    "refused": http_response("404 Not Found", REFUSED),
    "redirect": http_response("302 Found", b"", "Location: http://127.0.0.1/\r\n"),
    "html": http_response("403 Forbidden", b"<html>"),
    "failed": http_response("500 X", b'{"RequestId":"R-1","Code":"InternalError"}'),
    "xml": http_response(body=b"<R><RequestId>R-1</RequestId></R>"),
    "early-hints": b"HTTP/1.1 103 Early\r\nA: b\r\n\r\n" + http_response("404 Not Found", REFUSED),
    # The body is complete after the size of the last chunk (9112, 8); the trailer may be lost.
    "chunks": chunked(SIZE, OK, b"0"),
    "refused-chunks": chunked(b"%x" % len(REFUSED), REFUSED, b"0", status=b"404 X"),
}


@pytest.mark.parametrize("name", CUT)
def test_a_response_cut_at_any_byte_is_a_lost_connection(caller: Caller, name: str) -> None:
    whole, lengths = CUT[name], iter(range(len(CUT[name])))

    def behave(connection: socket.socket) -> None:
        connection.sendall(whole[: next(lengths)])

    with serving(behave) as server:
        for length in range(len(whole)):
            result = attempt(caller, server.url)
            assert isinstance(result, Failure), length
            assert (result.kind.code, result.kind.retryable, result.outcome_unknown) == (
                "UpstreamBadResponse", True, True,
            ), whole[:length]  # fmt: skip
        assert server.connections == len(whole)


def test_a_response_cut_after_64_kib_is_lost(caller: Caller) -> None:
    whole = http_response(body=OK + b" " * (65_536 - len(OK)), length=65_537)
    with serving(lambda connection: connection.sendall(whole)) as server:
        assert_unknown(attempt(caller, server.url))


ENCODINGS = ("foo", "rot13", "utf-16", "utf-32", "idna", "GBK", "ISO-8859-1", "base64", "")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_xml_in_any_encoding_is_read_or_an_unknown_outcome(caller: Caller, encoding: str) -> None:
    xml = f'<?xml version="1.0" encoding="{encoding}"?><E><RequestId>R-1</RequestId>{{}}</E>'
    success = xml.format("").encode()
    failed = xml.format("<Code>InternalError</Code><Message>m</Message>").encode()
    for status, body in (("200 OK", success), ("500 X", failed)):
        result, _ = after(caller, http_response(status, body))
        assert result == "R-1" or (isinstance(result, Failure) and result.outcome_unknown)


@pytest.mark.parametrize("text", ("北京", "Zoë"))
@pytest.mark.parametrize("charset", ("gbk", "latin-1", "utf-8", "utf-8-sig"))
def test_reads_the_code_beside_a_message_in_any_charset(
    caller: Caller, charset: str, text: str
) -> None:
    body = f'{{"RequestId": "R-1", "Code": "GroupIdAlreadyExsited", "Message": "{text}"}}'
    result, connections = after(caller, http_response("400 X", body.encode(charset, "replace")))
    assert isinstance(result, Failure)
    assert (result.kind.code, result.outcome_unknown) == ("GroupIdAlreadyExists", False)
    assert (result.request_id, connections) == ("R-1", 1)


@pytest.mark.parametrize("charset", ("utf-16", "utf-16-le", "utf-32"))
def test_a_response_in_utf_16_or_32_is_an_unknown_outcome(caller: Caller, charset: str) -> None:
    assert_unknown(after(caller, http_response(body=OK.decode().encode(charset)))[0])


ERRORS = (LookupError, ValueError, KeyError, OSError, MemoryError)


@pytest.mark.parametrize("error", (*(error("secret") for error in ERRORS), MemoryError()))
def test_a_bug_in_reading_a_response_is_an_unknown_outcome_and_logged(
    caller: Caller,
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(_body: bytes) -> dict[str, object]:
        raise error

    with monkeypatch.context() as patch, serving(first(http_response(body=OK))) as server:
        patch.setattr(api_response, "_fields", broken)
        with caplog.at_level(logging.ERROR, "create_group_id"):
            assert_unknown(attempt(caller, server.url))
        patch.undo()
        assert caller.call(server.url) == "R-2"
        assert server.connections == 2
    (line,) = (json.loads(record.getMessage()) for record in caplog.records)
    assert (line["Event"], line["Type"]) == ("bug", type(error).__name__)
    assert "secret" not in caplog.text


def test_a_bug_on_the_connection_is_an_unknown_outcome_and_logged(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_response: object) -> None:
        raise LookupError("secret")

    caplog.set_level(logging.ERROR, "create_group_id")
    monkeypatch.setattr(dial.FinalResponse, "begin", broken)
    with serving(first(http_response(body=OK))) as server:
        assert_unknown(attempt(caller, server.url))
    assert '"Type":"LookupError"' in caplog.text
    assert "secret" not in caplog.text
