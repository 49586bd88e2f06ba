"""The page at /_local: its state and actions, and the page itself in a browser."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import requests

from create_group_id_tools.events.http_event import HttpRequest, HttpResponse
from create_group_id_tools.local.history import History
from create_group_id_tools.local.page import Page
from create_group_id_tools.template import deployment
from create_group_id_tools.template.deployment import Policy
from onsmqtt_stub import Backend
from tests.local import browser
from tests.local.stacks import Local, local

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "create_group_id_tools" / "local" / "static"
CHROMIUM = browser.find()
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="no chromium here: apt install chromium")


@pytest.fixture(scope="module")
def backend() -> Backend:
    return Backend()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, backend: Backend) -> Iterator[Local]:
    own = {"ONSMQTT_MAX_QPS": "10000"}
    deployments = deployment.read((ROOT / "template.yml").read_text(), {}, own)
    deployments = [replace(item, policy=Policy(3, 0.01)) for item in deployments]
    with local(tmp_path_factory.mktemp("page"), deployments, backend, instances=1) as running:
        yield running


@pytest.fixture(autouse=True)
def _empty(backend: Backend) -> None:
    backend.reset()


@pytest.fixture(scope="module")
def tab(running: Local, tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Tab]:
    assert CHROMIUM
    with browser.opened(CHROMIUM, tmp_path_factory.mktemp("chromium")) as tab:
        tab.go(f"{running.url}/_local")
        tab.wait("document.querySelector('#sample')?.options.length > 5")
        yield tab


def post(running: Local, action: str, value: object, **headers: str) -> requests.Response:
    headers = {"Content-Type": "application/json", **headers}
    return requests.post(
        f"{running.url}/_local/{action}", data=json.dumps(value), headers=headers, timeout=10
    )


def test_a_sample_is_sent_to_the_function_that_it_is_for(running: Local, backend: Backend) -> None:
    sent = post(running, "send", "http-create-group-id.json").json()
    assert backend.groups() == ["GID_test"]
    state = requests.get(f"{running.url}/_local/state", timeout=30).json()
    newest = state["invocations"][0]
    assert (newest["request_id"], newest["function"]) == (sent["request_id"], "create-group-id")
    assert newest["state"] == "succeeded"
    assert [group["group_id"] for group in state["groups"]] == ["GID_test"]
    assert [call["verdict"] for call in state["calls"]] == ["accepted"]
    post(running, "send", "cloudevent.json")
    state = requests.get(f"{running.url}/_local/state", timeout=30).json()
    assert state["invocations"][0]["function"] == "create-group-id-events"


def test_state_is_built_only_if_something_changed(tmp_path: Path) -> None:
    backend, history = Backend(), History()
    fc: Any = SimpleNamespace(history=history)
    page = Page(fc, backend, tmp_path, None, http="one", events="two", reset=history.clear)

    def state(known: str) -> HttpResponse:
        headers = (("If-None-Match", known),)
        return page.respond(HttpRequest("GET", "/_local/state", headers=headers), 0)

    tag = state("none").headers["ETag"]
    assert (state(tag).status, state(tag).body) == (304, b"")
    changes = (
        lambda: backend.add_group("GID_by_hand"),
        lambda: history.open("1-a", "one", "page", b"{}"),
        history.clear,
        (tmp_path / "more.json").touch,
    )
    for change in changes:
        change()
        assert state(tag).status == 200
        tag = state(tag).headers["ETag"]


@pytest.mark.parametrize(
    ("action", "value", "status", "message"),
    (
        ("send", "../pyproject.toml", 404, "no such sample event"),
        ("send", 7, 404, "no such sample event"),
        ("nothing", None, 404, "use GET /_local and /_local/state"),
        ("faults", [{"effect": "explode"}], 400, 'faults[0].effect: unknown effect "explode"'),
        ("faults", "[", 400, "faults: must be a list of rules"),
    ),
)
def test_an_invalid_action_is_an_error(
    running: Local, action: str, value: object, status: int, message: str
) -> None:
    refused = post(running, action, value)
    assert refused.status_code == status
    assert message in refused.json()["Message"]


@pytest.mark.parametrize("host", ("evil.example", "evil.example:80", "127.0.0.1.evil.example", ""))
def test_another_host_is_refused(running: Local, host: str) -> None:
    for path in ("", "/page.js", "/state"):
        refused = requests.get(f"{running.url}/_local{path}", headers={"Host": host}, timeout=30)
        assert refused.status_code == 403
    assert post(running, "reset", None, Host=host).status_code == 403


@pytest.mark.parametrize("host", ("localhost", "localhost:1", "[::1]:1", "127.0.0.1"))
def test_loopback_under_any_name_is_served(running: Local, host: str) -> None:
    response = requests.get(f"{running.url}/_local", headers={"Host": host}, timeout=30)
    assert response.status_code == 200
    assert "<title>Local Function Compute</title>" in response.text


def test_no_other_site_can_use_the_actions(running: Local, backend: Backend) -> None:
    backend.add_group("GID_mine")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        assert post(running, "reset", None, **{"Content-Type": kind}).status_code == 415
    assert "GID_mine" in backend.groups()
    response = requests.get(f"{running.url}/_local", timeout=30)
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in response.headers


def test_the_page_loads_nothing_from_another_host() -> None:
    for file in STATIC.iterdir():
        assert not re.search(r"(https?:)?//[a-z0-9]", file.read_text()), file.name


@needs_chromium
def test_an_event_is_sent_and_its_group_appears(tab: browser.Tab) -> None:
    tab.run("document.querySelector('#send').click()")
    tab.wait("document.querySelector('#groups').innerText.includes('GID_test')")
    tab.wait("document.querySelector('#invocations strong.good')?.innerText === 'succeeded 200'")
    assert tab.run("document.querySelector('#problem').innerText") == ""


@needs_chromium
def test_a_fault_is_set_and_the_retry_is_seen(tab: browser.Tab) -> None:
    tab.run("document.querySelector('#fault').value = 'throttled once'")
    tab.run("document.querySelector('#set-fault').click()")
    tab.wait("document.querySelector('#faults').innerText.includes('used 0 of 1 times')")
    tab.run("document.querySelector('#send').click()")
    tab.wait("document.querySelector('#faults').innerText.includes('used 1 of 1 times')")
    calls = "document.querySelector('#invocations details').querySelectorAll('.bar.call')"
    tab.wait(f"{calls}.length === 2")
    assert tab.run(f"[...{calls}].map((bar) => bar.title.split(',')[0]).join()") == (
        "Throttled,Created"
    )


@needs_chromium
def test_the_runs_of_a_failed_event_are_a_timeline(tab: browser.Tab) -> None:
    tab.run("document.querySelector('#sample').value = 'cloudevent-invalid-no-tenant.json'")
    tab.run("document.querySelector('#send').click()")
    runs = "document.querySelector('#invocations details').querySelectorAll('.bar.run.bad')"
    tab.wait(f"{runs}.length === 4")


@needs_chromium
def test_the_content_of_an_event_is_shown_as_text(tab: browser.Tab, running: Local) -> None:
    body = "<img src=x onerror=document.title='owned'>"
    headers = {"Content-Type": "application/json"}
    requests.post(running.url, data=body, headers=headers, timeout=30)
    tab.wait("document.querySelector('#invocations pre').textContent.includes('<img src=x')")
    assert tab.run("document.querySelectorAll('img').length") == 0
    assert tab.run("document.title") == "Local Function Compute"
