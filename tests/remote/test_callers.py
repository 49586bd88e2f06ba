"""Run every block of docs/callers.md against the local Function Compute."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from onsmqtt_stub import Backend
    from tests.local.stacks import Local

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "callers.md").read_text()
KEY = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "testid",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret",
}
TEMPORARY = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "STS.testid",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret",
    "ALIBABA_CLOUD_SECURITY_TOKEN": "testtoken",
}


def run(command: list[str], script: str, signed: Local, **environ: str) -> str:
    """Run a block, with the local address instead of the cloud's."""
    host = signed.url.removeprefix("http://")
    for there, here in (
        (r"1000000000000001\.eventbridge\.cn-hangzhou\.aliyuncs\.com", host),
        (r'protocol="https"', 'protocol="http"'),
        (r'"fcv3\.cn-hangzhou\.aliyuncs\.com"', f'"{host}", protocol="http"'),
        (r"https://1000000000000001\.cn-hangzhou\.fc\.aliyuncs\.com", signed.url),
        (r"\?(account=ACCOUNT&)?region=cn-hangzhou", f"?endpoint={signed.url}"),
    ):
        script = re.sub(there, here, script)
    done = subprocess.run(  # noqa: S603 - our own page
        command,
        input=script,
        check=False,
        cwd=ROOT,
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(ROOT / "build"),
            "TRIGGER_URL": signed.url,
            **environ,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def blocks(section: str, language: str) -> list[str]:
    text = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def eventually(group_id: str, backend: Backend) -> None:
    deadline = time.monotonic() + 30
    while group_id not in backend.groups():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_no_block_is_left_out() -> None:
    # The first one only sets variables, as these tests do.
    assert (PAGE.count("```sh\n"), PAGE.count("```python\n")) == (3, 4)


@pytest.mark.parametrize("key", (KEY, TEMPORARY))
def test_from_python(signed: Local, signed_backend: Backend, key: dict[str, str]) -> None:
    signed_backend.reset()
    (script,) = blocks("From Python", "python")
    printed = run([sys.executable, "-"], script, signed, **key)
    assert printed.startswith("200 ")
    assert "'GroupId': 'GID_acme'" in printed
    assert signed_backend.groups() == ["GID_acme"]


def test_from_curl(signed: Local, signed_backend: Backend) -> None:
    (script,) = blocks("From curl", "sh")
    assert '"GroupId":"GID_curl"' in run(["sh"], script, signed, **KEY)
    assert "GID_curl" in signed_backend.groups()


@pytest.mark.parametrize("key", (KEY, TEMPORARY))
def test_by_an_event(signed: Local, signed_backend: Backend, key: dict[str, str]) -> None:
    signed_backend.reset()
    (script,) = blocks("By an event", "python")
    run([sys.executable, "-"], script, signed, **key)
    eventually("GID_globex", signed_backend)


@pytest.mark.parametrize(("number", "group_id"), ((0, "GID_fc3"), (1, "GID_fc2")))
@pytest.mark.parametrize("key", (KEY, TEMPORARY))
def test_with_an_sdk(
    signed: Local, signed_backend: Backend, number: int, group_id: str, key: dict[str, str]
) -> None:
    script = blocks("With an SDK", "python")[number]
    assert "'Success': True" in run([sys.executable, "-"], script, signed, **key)
    assert group_id in signed_backend.groups()


def test_from_the_command_line(signed: Local, signed_backend: Backend) -> None:
    signed_backend.reset()
    (script,) = blocks("From the command line", "sh")
    printed = run(["sh", "-e"], script, signed, **KEY)
    assert printed.count('"Success": true') == 2
    assert "HTTP/1.1 202 Accepted" in printed
    assert printed.count(" ok\n") == 4
    assert "GID_smoke" in signed_backend.groups()
