"""Rendering the variables of the template, ourselves and with the real `s preview`."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from create_group_id_tools.commands import check
from create_group_id_tools.project import ACCOUNT_ID
from create_group_id_tools.template.rendering import (
    EXAMPLE,
    RenderError,
    preview,
    render,
    tool,
)
from tests.package.projects import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# A `node` that prints its arguments and its environment.
NODE = """#!/bin/sh
exec "{python}" - "$@" <<'END'
import json, os, sys
print("[WARN][s_cli] It is not recommended to run the command as root user.")
print(json.dumps({{"resources": {{"environ": dict(os.environ), "arguments": sys.argv[1:]}}}}))
END
"""
FAILING = """#!/bin/sh
echo "RuntimeError: env('ONSMQTT_INSTANCE_ID') not found"
exit 1
"""


def node(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    (folder / "node").write_text(text)
    (folder / "node").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_variables_come_from_the_environment_or_their_defaults() -> None:
    text = (
        "vars: {region: \"${env('REGION', 'cn-hangzhou')}\", bus: '${env(\"BUS\", \"saas\")}'}\n"
        "resources: {a: ['${vars.bus}/${vars.region}', \"${config('AccountID')}\", 3, true]}\n"
    )
    assert render(text, {})["resources"] == {"a": ["saas/cn-hangzhou", ACCOUNT_ID, 3, True]}
    assert render(text, {"REGION": "cn-shanghai"})["resources"]["a"][0] == "saas/cn-shanghai"


def test_an_empty_default_is_a_value() -> None:
    text = "resources: {a: \"${env('NOTHING', '')}\"}"
    assert render(text, {})["resources"] == {"a": ""}


def test_the_tool_gets_dummy_keys_a_temporary_home_and_only_the_variables_that_the_template_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node(tmp_path / "bin", NODE.format(python=sys.executable), monkeypatch)
    template = tmp_path / "template.yml"
    template.write_text("vars: {region: \"${env('REGION', 'x')}\"}\nresources: {}\n")
    secret = {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret", "HOME": "/h"}
    received = preview(template, tmp_path / "s", {"REGION": "cn-beijing", **secret})["resources"]
    assert received["arguments"] == [
        str(tmp_path / "s"),
        "preview",
        "-t",
        str(template),
        "-o",
        "json",
    ]
    assert received["environ"].pop("HOME") not in ("/h", os.environ.get("HOME"))
    assert received["environ"].pop("PATH")
    received["environ"].pop("PWD", None)  # set by the shell
    received["environ"].pop("LC_CTYPE", None)  # set by Python in the C locale
    assert received["environ"] == {
        "NODE_ENV": "test",
        "AccountID": ACCOUNT_ID,
        "AccessKeyID": "none",
        "AccessKeySecret": "none",
        "REGION": "cn-beijing",
    }


def test_an_error_of_the_tool_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node(tmp_path / "bin", FAILING, monkeypatch)
    (tmp_path / "template.yml").write_text("resources: {}")
    message = r"^s preview failed: RuntimeError: env\('ONSMQTT_INSTANCE_ID'\) not found$"
    with pytest.raises(RenderError, match=message):
        preview(tmp_path / "template.yml", tmp_path / "s", {})


def test_a_template_that_the_tool_renders_differently_is_refused(
    deployment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node(deployment / "bin", NODE.format(python=sys.executable), monkeypatch)
    with pytest.raises(RenderError, match=r"^template\.yml: s preview renders it differently"):
        check.findings(deployment, EXAMPLE, deployment / "s")


def test_without_node_there_is_no_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tool(tmp_path) is None


def test_an_installation_that_fails_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "#!/bin/sh\necho npm WARN old >&2\necho 'npm ERR! network' >&2\nexit 1\n"
    node(tmp_path / "bin", script, monkeypatch)
    shutil.copyfile(tmp_path / "bin" / "node", tmp_path / "bin" / "npm")
    (tmp_path / "bin" / "npm").chmod(0o755)
    with pytest.raises(RenderError, match=r"^npm ci failed: npm ERR! network"):
        tool(tmp_path)


def test_the_real_tool_renders_our_template_as_we_do() -> None:
    script = ROOT / "node_modules" / "@serverless-devs" / "s" / "bin" / "s"
    if not (shutil.which("node") and script.exists()):
        pytest.skip("make check installs Serverless Devs, where there is node")
    text = (ROOT / "template.yml").read_text()
    assert preview(ROOT / "template.yml", script, EXAMPLE) == render(text, EXAMPLE)
    with pytest.raises(RenderError, match=r"^s preview failed: RuntimeError: env\('ONSMQTT_INST"):
        preview(ROOT / "template.yml", script, {})
