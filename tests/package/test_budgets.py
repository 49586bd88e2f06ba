"""Limits of what the zip costs, in figures that do not depend on the load of the machine.

Each is a little above what was measured; a change that needs more must raise it here.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest

from benchmarks import events, instance
from create_group_id_tools.packaging import build, interpreters
from create_group_id_tools.packaging.tree import TARGETS, PackageError
from onsmqtt_stub.server import running
from tests.package.projects import ROOT

if TYPE_CHECKING:
    from pathlib import Path

BUDGETS = {
    # Bytes of the zip; regular expressions compiled, and modules loaded, until the response to a
    # first valid event; JSON texts that a warm call parses (event, body, the API's response); bytes
    # that a warm call allocates at its peak, and does not free.
    "python3.10": {"zip": 1_400_000, "compiled": 0, "modules": 275, "parsings": 3}
    | {"peak": 24_000, "left": 64},
    "python3.12": {"zip": 1_560_000, "compiled": 0, "modules": 289, "parsings": 3}
    | {"peak": 23_000, "left": 64},
}

# Imported to describe violations, at the first invalid payload.
EXPLAINING = {"jsonschema", "attr", "referencing", "rpds"}
# Modules that the function does not need: detectors of encodings, JSON Schema formats that our
# schemas do not use, XML, and what the two libraries only import for features not used here.
NEVER = {
    "dataclasses",
    *("argparse", "asyncio", "concurrent", "configparser", "ctypes", "gettext", "multiprocessing"),
    *("optparse", "pickle", "pydoc", "secrets", "site", "sqlite3", "unittest", "xml", "xmlrpc"),
    *("chardet", "charset_normalizer", "simplejson", "brotli", "brotlicffi", "zstandard"),
    *("cryptography", "OpenSSL", "socks", "pkg_resources", "setuptools"),
    *("fqdn", "isoduration", "jsonpointer", "rfc3339_validator", "rfc3986_validator"),
    *("rfc3987", "rfc3987_syntax", "uri_template", "webcolors"),
    *("jsonschema.cli", "netrc", "referencing.retrieval", "requests.help"),
}


@pytest.mark.once
@pytest.mark.parametrize("name", TARGETS)
def test_the_unpacked_zip_stays_within_its_budgets(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("src", "requirements"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.setenv("UV_OFFLINE", "1")
    try:
        zipped, _ = build.build(TARGETS[name], root=tmp_path)
    except PackageError as error:
        if "is missing" in str(error) or "could not install every wheel" in str(error):
            pytest.skip(f"make package RUNTIME={name} fetches what this needs: {error}")
        raise
    with ZipFile(zipped) as file:
        file.extractall(tmp_path / "code")

    python = interpreters.find(TARGETS[name].minor)
    valid = [events.request(number) for number in range(400)]
    figures = {"zip": zipped.stat().st_size, **footprint(python, tmp_path / "code", valid)}
    loaded = figures["modules"]
    figures |= {"modules": len(loaded), "compiled": len(figures["compiled"])}
    exceeded = {
        part: (figures[part], most) for part, most in BUDGETS[name].items() if figures[part] > most
    }
    assert not exceeded
    banned = NEVER | EXPLAINING
    assert not {module for module in loaded if banned & {module, module.partition(".")[0]}}

    refused = footprint(python, tmp_path / "code", [b'{"GroupId": "nobody", "Other": 1}'])
    assert set(refused["modules"]) >= EXPLAINING


def footprint(python: str, tree: Path, payloads: list[bytes]) -> dict[str, Any]:
    """Run the function over a stub on loopback, by the target's Python."""
    script = ROOT / "benchmarks" / "footprint.py"
    with running() as url:
        completed = subprocess.run(  # noqa: S603 - a script of ours
            [python, *instance.OPTIONS, str(script), str(tree)],
            check=True,
            input=b"".join(payloads),
            capture_output=True,
            env=instance.environment(url),
        )
    measured: dict[str, Any] = json.loads(completed.stdout)
    return measured
