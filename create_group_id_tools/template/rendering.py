"""`template.yml` with its variables filled in: by the real `s preview`, and without node."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING, Any

from create_group_id_tools import json_text
from create_group_id_tools.project import ACCOUNT_ID, INSTANCE_ID
from create_group_id_tools.template import strict_yaml
from create_group_id_tools.terminal import note

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# What no account is needed for, but a value is.
EXAMPLE = {"ONSMQTT_INSTANCE_ID": INSTANCE_ID}

_EXPRESSION = re.compile(r"\$\{([^}]*)\}")
_CALL = re.compile(r"(env|config)\(\s*(['\"])([^'\"]+)\2\s*(?:,\s*(['\"])([^'\"]*)\4\s*)?\)")

# As node, npm and Serverless Devs write it; "Error Message:" is a heading of the last one.
_ERROR_LINE = re.compile(r"(Error|Exception): \S|is incorrect|\bERR!|^error\b")


class RenderError(Exception):
    """A template that cannot be rendered; its text is one line that says what to do."""


def render(text: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """Render the expressions that our template uses; raises `RenderError` for any other."""
    try:
        document = strict_yaml.read(text)
    except ValueError as error:
        raise RenderError(str(error)) from None
    if not isinstance(document, dict) or not isinstance(document.get("resources"), dict):
        raise RenderError("resources is missing, or not a map")
    if not isinstance(document.get("vars", {}), dict):
        raise RenderError("vars is not a map")
    variables = _fill(document.get("vars", {}), {}, environ)
    return {**_fill(document, variables, environ), "vars": variables}


def _fill(node: Any, variables: Mapping[str, Any], environ: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _fill(value, variables, environ) for key, value in node.items()}
    if isinstance(node, list):
        return [_fill(item, variables, environ) for item in node]
    if isinstance(node, str):
        return _EXPRESSION.sub(lambda match: _value(match[1].strip(), variables, environ), node)
    return node


def _value(expression: str, variables: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    if expression.startswith("vars."):
        if expression[5:] not in variables:
            raise RenderError(f"{expression} is not declared: add it to vars")
        return str(variables[expression[5:]])
    call = _CALL.fullmatch(expression)
    if call and call[1] == "config" and call[3] == "AccountID":
        return ACCOUNT_ID
    if call and call[1] == "env":
        value = environ.get(call[3], call[5])
        if value is None:
            raise RenderError(f"{call[3]} is not set: export it, as docs/deploy.md says")
        return value
    raise RenderError(
        f"${{{expression}}} is not known here: use only vars, env and config('AccountID')"
    )


def preview(template: Path, tool: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """Render with Serverless Devs, as `s deploy` will; raises `RenderError`.

    The tool sees a home of its own, dummy keys, and of the environment only what the template
    names: no credential of this machine is within its reach.
    """
    named = {name for _, _, name, _, _ in _CALL.findall(template.read_text(encoding="utf-8"))}
    with tempfile.TemporaryDirectory() as home:
        completed = subprocess.run(
            ["node", tool, "preview", "-t", template, "-o", "json"],
            check=False,
            capture_output=True,
            text=True,
            env={
                "PATH": os.environ["PATH"],
                "HOME": home,
                # Without it the tool starts processes that report its use and look for updates.
                "NODE_ENV": "test",
                # Without all three it leaves ${config('AccountID')} as it stands.
                "AccountID": ACCOUNT_ID,
                "AccessKeyID": "none",
                "AccessKeySecret": "none",
                **{name: environ[name] for name in named & environ.keys()},
            },
        )
    if completed.returncode:
        raise RenderError(f"s preview failed: {reason(completed.stdout + completed.stderr)}")
    try:
        # As root its first line is a warning.
        document: dict[str, Any] = json_text.read(completed.stdout[completed.stdout.index("{") :])
    except ValueError:
        raise RenderError(f"s preview printed no JSON: {reason(completed.stdout)}") from None
    return document


def reason(output: str) -> str:
    """Return the line in which another program says why it failed, and where."""
    lines = [line.strip() for line in output.splitlines()]
    error_lines = (line for line in lines if _ERROR_LINE.search(line))
    other_lines = (line for line in lines if line and "WARN" not in line)
    return next(error_lines, next(other_lines, "it gave no reason"))[:300]


def tool(root: Path) -> Path | None:
    """Find Serverless Devs, installed as locked; None without node. Raises `RenderError`."""
    if not (shutil.which("node") and shutil.which("npm")):
        return None
    script = root / "node_modules" / "@serverless-devs" / "s" / "bin" / "s"
    if not script.exists():
        note("Installing Serverless Devs into node_modules, once: some seconds, by npm.")
        completed = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            check=False,
            capture_output=True,
            text=True,
            cwd=root,
        )
        if completed.returncode or not script.exists():
            raise RenderError(f"npm ci failed: {reason(completed.stderr or completed.stdout)}")
    return script
