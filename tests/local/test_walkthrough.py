"""docs/local.md, followed from top to bottom: its blocks do what the page says of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from create_group_id_tools.template import deployment
from onsmqtt_stub import Backend
from tests.local.stacks import local
from tests.local.test_async import wait_for
from tests.package.pages import ROOT, Page

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = Page(ROOT / "docs" / "local.md")


def run(block: tuple[str, str], replaced: Sequence[tuple[str, str]], home: Path) -> str:
    """Run a block as a file of its language; return what it prints."""
    language, text = block
    for there, here in replaced:
        text = text.replace(there, here)
    done = subprocess.run(  # noqa: S603 - our own page
        ["sh", "-e"] if language == "sh" else [sys.executable, "-"],
        input=text,
        check=False,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_blocks_do_what_the_page_says(tmp_path: Path) -> None:
    # Left out: what serves, what another test runs, and what needs an account.
    (
        _serve,
        first_call,
        fc3,
        fc2,
        event,
        past_the_bus,
        asynchronous,
        bulk,
        _dead_letters,
        fault,
        _options,
        _without_pytest,
        redrive,
        _drain,
        _live,
    ) = (block for block in PAGE.blocks if block[0] in {"sh", "python"})
    template = (ROOT / "template.yml").read_text(encoding="utf-8")
    deployments = [
        item.adjusted(timeout=None, max_retries=None, retry_delay=0.05)
        for item in deployment.read(template, {}, {"ONSMQTT_MAX_QPS": "10000"})
    ]
    backend = Backend()
    with local(tmp_path, deployments, backend, instances=1) as running:
        replaced = (
            ("127.0.0.1:9000", running.url.removeprefix("http://")),
            (" build/failures.jsonl", f" --server {running.url} {tmp_path}/failures.jsonl"),
            (".venv/bin/", f"{Path(sys.executable).parent}/"),
        )
        for block, group_id in ((first_call, "GID_first"), (fc3, "GID_sdk"), (fc2, "GID_old_sdk")):
            assert group_id in run(block, replaced, tmp_path)
            assert group_id in backend.groups()

        assert "'FailedEntryCount': 0" in run(event, replaced, tmp_path)
        wait_for(lambda: "GID_acme" in backend.groups())
        run(past_the_bus, replaced, tmp_path)
        wait_for(lambda: "GID_test" in backend.groups())
        run(bulk, replaced, tmp_path)
        wait_for(lambda: "GID_globex" in backend.groups())

        run(fault, replaced, tmp_path)
        assert run(asynchronous, replaced, tmp_path).startswith("HTTP/1.1 202 Accepted")
        (record,) = wait_for(running.failures)
        assert record["requestContext"]["approximateInvokeCount"] == 4
        assert "AccessDenied" in record["responsePayload"]

        requests.post(f"{running.url}/_local/faults", json=[], timeout=30).raise_for_status()
        _, shown = PAGE.blocks[PAGE.blocks.index(redrive) + 1]
        assert run(redrive, replaced, tmp_path).endswith(shown)
