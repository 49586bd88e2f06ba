"""An event has one result from the zips for python3.10 and python3.12, under their interpreters."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from benchmarks.instance import OPTIONS, environment
from create_group_id_tools.events.samples import KINDS
from create_group_id_tools.packaging import build, interpreters
from create_group_id_tools.packaging.tree import TARGETS, PackageError
from onsmqtt_stub import Backend
from onsmqtt_stub.server import running
from tests.conftest import ROOT
from tests.corpora import json_texts
from tests.differential import payloads
from tests.world import a_cloud_event, an_http_event

if TYPE_CHECKING:
    from collections.abc import Iterator

DRIVER = Path(__file__).with_name("invoke_each.py")
# Each call has a new one.
REQUEST_ID = re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}")


def events(count: int) -> Iterator[bytes]:
    """Yield events of every kind, and payloads in four ways."""
    for kind in KINDS.values():
        yield json.dumps(kind("acme")).encode()
    for number, data in enumerate(payloads.texts(count, seed=8)):
        encoded = base64.b64encode(data).decode()
        yield (
            data,
            encoded.encode(),
            json.dumps(an_http_event(encoded) | {"isBase64Encoded": True}).encode(),
            json.dumps(a_cloud_event({"messageId": "1", "messageBody": encoded}, "mns:x")).encode(),
        )[number % 4]
    for text in json_texts.in_a_signup()[:: 60_000 // count]:
        yield text.data
    for text in json_texts.documents()[:: 3000 // count or 1]:
        yield text.data


def results(runtime: str, folder: Path, inputs: list[bytes]) -> list[str]:
    """Build the zip of a runtime, and invoke it on each event."""
    for part in ("src", "requirements"):
        shutil.copytree(ROOT / part, folder / part)
    zipped, _ = build.build(TARGETS[runtime], root=folder)
    with ZipFile(zipped) as file:
        file.extractall(folder / "code")
    python = interpreters.find(TARGETS[runtime].minor)
    with running(Backend()) as url:
        completed = subprocess.run(  # noqa: S603 - a script of ours
            [python, *OPTIONS, str(DRIVER), str(folder / "code")],
            check=True, capture_output=True, env=environment(url), timeout=500,
            input=b"".join(base64.b64encode(data) + b"\n" for data in inputs),
        )  # fmt: skip
    return REQUEST_ID.sub("", completed.stdout.decode()).splitlines()


@pytest.mark.parametrize("count", (200, pytest.param(3000, marks=pytest.mark.corpora)))
def test_both_runtimes_have_one_result(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    inputs = list(events(count))
    try:
        first, second = (results(runtime, tmp_path / runtime, inputs) for runtime in TARGETS)
    except PackageError as error:
        if "is missing" in str(error) or "could not install every wheel" in str(error):
            pytest.skip(f"make package fetches what this needs: {error}")
        raise
    assert len(first) == len(second) == len(inputs)
    for data, one, other in zip(inputs, first, second, strict=True):
        assert one == other, data
    assert sum(bool(re.search(r"Success\W+true", one)) for one in first) > count / 5
