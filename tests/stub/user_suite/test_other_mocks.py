"""The mock beside `responses`, requests_mock, vcrpy and a server on this machine."""

from __future__ import annotations

import http.server
import re
import threading
from typing import TYPE_CHECKING, Any

import pytest
import requests
import requests_mock
import responses
import vcr
from shop import REGIONAL, sign_up

from onsmqtt_stub import Backend, mock_onsmqtt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OTHER = "https://other.example/"


def test_responses_outside() -> None:
    with responses.RequestsMock() as other:
        other.add("GET", OTHER, body="theirs")
        with mock_onsmqtt() as stub:
            assert requests.get(OTHER, timeout=1).text == "theirs"
            assert sign_up("GID_one") == 200
            with pytest.raises(requests.ConnectionError, match="Responses"):
                requests.get("https://third.example/", timeout=1)
    assert stub.groups() == ["GID_one"]


def test_responses_inside() -> None:
    with mock_onsmqtt() as stub, responses.RequestsMock() as other:
        other.add("GET", OTHER, body="theirs")
        other.add_passthru(re.compile(r"https://onsmqtt\."))
        assert requests.get(OTHER, timeout=1).text == "theirs"
        assert sign_up("GID_one") == 200
    assert stub.groups() == ["GID_one"]


@mock_onsmqtt
@responses.activate
def test_our_decorator_outside() -> None:
    responses.add("GET", OTHER, body="theirs")
    responses.add_passthru(REGIONAL)
    assert (requests.get(OTHER, timeout=1).text, sign_up("GID_one")) == ("theirs", 200)


@responses.activate
@mock_onsmqtt
def test_our_decorator_inside() -> None:
    responses.add("GET", OTHER, body="theirs")
    assert (requests.get(OTHER, timeout=1).text, sign_up("GID_one")) == ("theirs", 200)


def test_responses_that_ends_after_our_mock() -> None:
    before = requests.adapters.HTTPAdapter.send
    mock, other = mock_onsmqtt(), responses.RequestsMock(assert_all_requests_are_fired=False)
    mock.start()
    other.start()
    mock.stop()
    other.stop()
    # What they put back is ours; it does nothing, and the next mock takes it away.
    with mock_onsmqtt(), pytest.raises(requests.ConnectionError, match="was refused"):
        requests.get(OTHER, timeout=1)
    assert requests.adapters.HTTPAdapter.send is before


def test_requests_mock_outside() -> None:
    with requests_mock.Mocker() as other:
        other.get(OTHER, text="theirs")
        with mock_onsmqtt() as stub:
            assert requests.get(OTHER, timeout=1).text == "theirs"
            assert sign_up("GID_one") == 200
    assert stub.groups() == ["GID_one"]


def test_requests_mock_inside() -> None:
    with mock_onsmqtt() as stub, requests_mock.Mocker(real_http=True) as other:
        other.get(OTHER, text="theirs")
        assert requests.get(OTHER, timeout=1).text == "theirs"
        assert sign_up("GID_one") == 200
    assert stub.groups() == ["GID_one"]


def test_fixture_of_requests_mock(requests_mock: Any, onsmqtt: Backend) -> None:
    requests_mock.get(OTHER, text="theirs")
    assert requests.get(OTHER, timeout=1).text == "theirs"
    assert sign_up("GID_one") == 200
    assert onsmqtt.groups() == ["GID_one"]


def test_tracing_sees_calls_but_opens_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tracing wraps the method that sends, and is not a mock."""
    real, seen = requests.adapters.HTTPAdapter.send, []

    def watch(adapter: Any, request: Any, **options: Any) -> Any:
        seen.append(request.url)
        return real(adapter, request, **options)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", watch)
    with mock_onsmqtt():
        assert sign_up("GID_one") == 200
        with pytest.raises(requests.ConnectionError, match="was refused"):
            requests.get(OTHER, timeout=1)
    assert seen == [OTHER]


@pytest.mark.parametrize(
    "other",
    ("responses.RequestsMock()", "requests_mock.Mocker()"),
    ids=("responses", "requests_mock"),
)
def test_imported_while_another_mock_is_active(pytester: pytest.Pytester, other: str) -> None:
    pytester.makepyfile(
        f"""
        import requests, {other.partition(".")[0]}

        def test_it():
            with {other}:
                from onsmqtt_stub import mock_onsmqtt
                with mock_onsmqtt():
                    response = requests.post("https://onsmqtt.cn-hangzhou.aliyuncs.com/")
                    assert "RequestId" in response.text
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:onsmqtt_stub.plugin", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)


CASSETTE = """
interactions:
- request: {body: null, headers: {}, method: GET, uri: 'https://other.example/'}
  response:
    body: {string: theirs}
    headers: {}
    status: {code: 200, message: OK}
version: 1
"""


def test_cassette_of_vcrpy(tmp_path: Path) -> None:
    cassette = tmp_path / "cassette.yaml"
    cassette.write_text(CASSETTE)
    with vcr.use_cassette(str(cassette), record_mode="none"), mock_onsmqtt() as stub:
        assert requests.get(OTHER, timeout=1).text == "theirs"
        assert sign_up("GID_one") == 200
    assert stub.groups() == ["GID_one"]


@pytest.fixture
def own_server() -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"mine")

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@mock_onsmqtt
def test_servers_of_this_machine_are_reached(own_server: str) -> None:
    assert requests.get(own_server, timeout=5).text == "mine"
    assert requests.get(own_server.replace("127.0.0.1", "localhost"), timeout=5).text == "mine"


@mock_onsmqtt(passthru=["refusing.invalid"])
def test_passthru_goes_out() -> None:
    with pytest.raises(requests.ConnectionError) as sent:
        requests.get("http://refusing.invalid/", timeout=1)
    assert "was refused" not in str(sent.value)
    with pytest.raises(requests.ConnectionError, match="to let it through, use mock_onsmqtt"):
        requests.get("http://invalid/?secret=x", timeout=1)


def test_refusal_shows_no_query(onsmqtt: Backend) -> None:
    with pytest.raises(requests.ConnectionError) as refused:
        requests.get("https://other.example/path?secret=x", timeout=1)
    assert "other.example/path" in str(refused.value)
    assert "secret" not in str(refused.value)
    assert onsmqtt.journal == ()
