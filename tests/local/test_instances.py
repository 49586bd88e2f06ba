"""Instances: one request at a time, killed after the timeout, replaced with dead or old ones."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from create_group_id_tools.local.instance import FcInstance, InstanceSpec
from create_group_id_tools.runtime.context import AccessCredentials, FunctionConfig
from create_group_id_tools.template.deployment import Deployment, Policy
from tests.local.stacks import PROBE, Local, local, probe

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    with probe(tmp_path_factory.mktemp("instances"), timeout=1, instances=4) as running:
        yield running


def test_nothing_of_the_server_reaches_the_code(tmp_path: Path) -> None:
    os.environ["LOCAL_TEST_SECRET"] = "not for the code"
    try:
        with probe(tmp_path) as running:
            process = running.call().json()
    finally:
        del os.environ["LOCAL_TEST_SECRET"]
    environ = process["environ"]
    assert "LOCAL_TEST_SECRET" not in environ
    assert environ["OWN"] == "yes"
    assert environ["ONSMQTT_ENDPOINT"].startswith("http://127.0.0.1:")
    assert environ["ALIBABA_CLOUD_ACCESS_KEY_ID"] == "STS.testid"
    known = {"PATH", "PYTHONIOENCODING", "TZ", "OWN", "ONSMQTT_ENDPOINT", "LC_CTYPE"}
    assert {name for name in environ if not name.startswith(("FC_", "ALIBABA_"))} <= known
    code = str(tmp_path / "code")
    assert process["cwd"] == process["path"][0] == environ["FC_FUNC_CODE_PATH"] == code
    assert process["qualifier"] == "LATEST"


def test_fifty_callers_share_four_instances_that_take_one_at_a_time(
    running: Local, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(50) as pool:
        responses = list(pool.map(lambda _: running.call(hold=str(tmp_path)), range(50)))
    assert [response.status_code for response in responses] == [200] * 50
    assert 1 < len({response.json()["pid"] for response in responses}) <= 4


def test_without_its_interpreter_there_is_no_instance(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with probe(tmp_path, python="/no/such/python") as running:
        for _ in range(2):
            assert running.call().status_code == 429
    assert "Cannot start an instance of probe: No such file" in capfd.readouterr().err


def test_a_caller_that_waits_too_long_gets_429(tmp_path: Path) -> None:
    with probe(tmp_path, wait_seconds=0.05) as running:
        running.call()
        with ThreadPoolExecutor(2) as pool:
            responses = list(pool.map(lambda _: running.call(sleep=0.4), range(2)))
        statuses = sorted(response.status_code for response in responses)
        refused = max(responses, key=lambda response: response.status_code)
        assert statuses == [200, 429]
        assert refused.json()["Code"] == "ResourceExhausted"
        assert set(refused.json()) == {"RequestId", "Code", "Message"}
        assert running.call().status_code == 200


def test_a_call_that_takes_too_long_is_ended(running: Local) -> None:
    before = time.monotonic()
    response = running.call(sleep=30)
    assert 1 <= time.monotonic() - before < 10
    assert (response.status_code, response.text) == (502, "Internal Server Error")
    state = requests.get(f"{running.url}/_local/state", timeout=30).json()
    run = state["invocations"][0]["runs"][0]
    message = json.loads(run["response"])["errorMessage"]
    assert re.fullmatch(r"Function timed out after 1 seconds \(maxMemoryUsage: \d+MB\)", message)
    assert "index.py" in run["log"]  # the stack trace
    assert running.call().status_code == 200


@pytest.mark.parametrize("do", ({"exit": 0}, {"exit": 3}, {"kill": 9}))
def test_a_process_that_ends_fails_its_call_and_no_other(
    running: Local, do: dict[str, int]
) -> None:
    assert running.call(**do).status_code == 502
    assert running.call().status_code == 200


@pytest.mark.parametrize(
    ("do", "reason"),
    (
        ({"exit": 0}, "exit status 0"),
        ({"exit": 3}, "exit status 3"),
        ({"kill": 9}, "SIGKILL (the kernel sends it when memory runs out)"),
        ({"kill": 11}, "Segmentation fault"),
        ({"garbage": "x" * 64}, "it closed its connection to the server"),
    ),
)
def test_why_a_process_ended_is_in_the_log(
    tmp_path: Path, do: dict[str, object], reason: str
) -> None:
    log: list[str] = []
    with probe(tmp_path, timeout=1, log=log.append) as running:
        failed = running.call(**do)
    assert failed.status_code == 502
    request_id = failed.headers["X-Fc-Request-Id"]
    exited = "Process exited unexpectedly before completing request"
    line = f"FC Invoke End RequestId: {request_id}, Error: {exited}: {reason}"
    assert "".join(log).splitlines()[-1] == line


def test_a_timeout_is_in_the_log(tmp_path: Path) -> None:
    log: list[str] = []
    with probe(tmp_path, timeout=1, log=log.append) as running:
        request_id = running.call(sleep=30).headers["X-Fc-Request-Id"]
    line = f"FC Invoke End RequestId: {request_id}, Error: Function timed out after 1 seconds"
    assert "".join(log).splitlines()[-1] == line


def test_too_much_memory_is_in_the_log(tmp_path: Path) -> None:
    log: list[str] = []
    with probe(tmp_path, log=log.append) as running:
        assert running.call(returns="x").text == "x"
        assert "would have ended it" not in log[0]
        assert running.call(allocate=600).status_code == 200
    last = "".join(log).splitlines()[-1]
    assert re.search(r": it used 6\d\d MB, but has 512 MB; the cloud would have ended it", last)


def test_an_instance_killed_during_a_call_fails_that_call(tmp_path: Path) -> None:
    with probe(tmp_path) as running, ThreadPoolExecutor(1) as pool:
        pid = running.call().json()["pid"]
        hanging = pool.submit(running.call, sleep=5)
        time.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
        assert hanging.result().status_code == 502
        after = running.call()
        assert after.status_code == 200
        assert after.json()["pid"] != pid


def test_an_instance_killed_while_idle_fails_none(tmp_path: Path) -> None:
    with probe(tmp_path) as running:
        for _ in range(3):
            end(running.call().json()["pid"])
        assert running.call().status_code == 200


def end(pid: int) -> None:
    """Kill a process, and wait until it is dead, also if its parent has not reaped it."""
    os.kill(pid, signal.SIGKILL)
    while True:
        done = subprocess.run(  # noqa: S603 - a fixed program
            ["ps", "-o", "stat=", "-p", str(pid)],  # noqa: S607 - likewise
            check=False,
            capture_output=True,
            text=True,
        )
        if done.stdout.strip()[:1] in ("", "Z"):
            return


def test_an_initializer_that_fails_fails_the_call_and_runs_again(tmp_path: Path) -> None:
    source = PROBE.replace("    pass\n", "    open('begun', 'x').close()\n", 1)
    with probe(tmp_path, source) as running:
        assert running.call().status_code == 200
        end(running.call().json()["pid"])
        assert running.call().status_code == 502  # the file is there
        (tmp_path / "code" / "begun").unlink()
        assert running.call().status_code == 200


def test_the_next_call_runs_the_changed_code(tmp_path: Path) -> None:
    with probe(tmp_path, version(0), reload=True) as running:
        for number in range(1, 5):
            # A change of the same size within the same second.
            (tmp_path / "code" / "index.py").write_text(version(number))
            assert running.call().json() == number


def test_a_syntax_error_is_one_response_and_not_the_end(tmp_path: Path) -> None:
    with probe(tmp_path, version(1), reload=True) as running:
        assert running.call().json() == 1
        (tmp_path / "code" / "index.py").write_text("def handler(:")
        assert running.call().status_code == 502
        (tmp_path / "code" / "index.py").write_text(version(2))
        assert running.call().json() == 2


def test_no_call_is_dropped_while_files_change(tmp_path: Path) -> None:
    def call(running: Local, number: int) -> requests.Response:
        if number % 40 == 0:
            draft = tmp_path / "draft"
            draft.write_text(version(number // 40))
            draft.replace(tmp_path / "code" / "index.py")
        return running.call()

    with probe(tmp_path, version(9), instances=2, reload=True) as running:
        with ThreadPoolExecutor(8) as pool:
            responses = list(pool.map(lambda number: call(running, number), range(200)))
        assert running.call().json() == 4
    assert [response.status_code for response in responses] == [200] * 200
    assert {response.json() for response in responses} >= {0, 4}


def test_without_reload_the_code_stays_as_it_was(tmp_path: Path) -> None:
    with probe(tmp_path, version(1)) as running:
        assert running.call().json() == 1
        (tmp_path / "code" / "index.py").write_text(version(2))
        assert running.call().json() == 1


def version(number: int) -> str:
    """Return a function that returns its version. The sources have the same size."""
    return f"def initialize(c): pass\ndef handler(event, context): return {number}\n"


def test_a_process_that_was_replaced_gets_no_signal_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # By then another process may have its ID.
    signalled = []
    with probe(tmp_path, reload=True) as running:
        replaced = running.call().json()["pid"]
        (tmp_path / "code" / "index.py").write_text(f"{PROBE}\n")
        current = running.call().json()["pid"]
        kill = os.killpg

        def spy(group: int, number: int) -> None:
            signalled.append(group)
            kill(group, number)

        monkeypatch.setattr(os, "killpg", spy)
    assert current in signalled
    assert replaced not in signalled


@pytest.mark.parametrize(("name", "value"), (("A", "b\0"), ("A", "\ud800"), ("A=", "b")))
def test_an_environment_that_no_process_can_have_leaks_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    function = FunctionConfig(name="probe", environment={name: value})
    deployment = Deployment(function, 1, Policy(), ("POST",))
    with local(tmp_path, [deployment]) as running:
        assert running.call().status_code == 429
        # If the first call had lost its place, this one would wait ten seconds.
        started = time.monotonic()
        assert running.call().status_code == 429
        assert time.monotonic() - started < 5
    assert capfd.readouterr().err.count("a variable has an invalid name, or its value") == 2
    spec = InstanceSpec(function, "python3.10", sys.executable, tmp_path, AccessCredentials())
    before = len(list(Path("/dev/fd").iterdir()))
    with pytest.raises(ValueError):  # noqa: PT011 - the text is the interpreter's
        FcInstance(spec, None)
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_no_process_is_left(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool, probe(tmp_path, instances=2) as running:
        idle = running.call().json()["pid"]
        pool.submit(_ignored, running)
        time.sleep(0.05)
    with pytest.raises(ProcessLookupError):
        os.kill(idle, 0)


def _ignored(running: Local) -> None:
    try:
        running.call(sleep=5)
    except requests.RequestException:
        return


def test_the_log_is_that_of_one_invocation(running: Local) -> None:
    for text in ("first", "second"):
        running.call(log=text)
    state = requests.get(f"{running.url}/_local/state", timeout=30).json()
    logs = [entry["runs"][0]["log"] for entry in state["invocations"][:2]]
    assert "second" in logs[0]
    assert "first" not in logs[0]
    assert "first" in logs[1]
    assert json.loads(state["invocations"][0]["runs"][0]["response"])["pid"]
