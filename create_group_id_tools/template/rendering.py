"""Render the variables of `template.yml`: with the real `s preview`, and without node."""

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

# A value for the variable that template.yml needs, although no check needs that instance.
EXAMPLE = {"ONSMQTT_INSTANCE_ID": INSTANCE_ID}

_EXPRESSION = re.compile(r"\$\{([^}]*)\}")
_CALL = re.compile(r"(env|config)\(\s*(['\"])([^'\"]+)\2\s*(?:,\s*(['\"])([^'\"]*)\4\s*)?\)")

# Errors of node, npm and Serverless Devs; its heading "Error Message:" is not one.
_ERROR_LINE = re.compile(r"(Error|Exception): \S|is incorrect|\bERR!|^error\b")


class RenderError(Exception):
    """A template cannot be rendered; the text is one line that says what to do."""

    def __init__(self, problem: str) -> None:
        # It may quote a name of the file, with line breaks in it.
        super().__init__(" ".join(problem.splitlines()))


def render(text: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """Render the expressions that our template uses; raise `RenderError` for any other."""
    try:
        document = strict_yaml.read(text)
    except ValueError as error:
        raise RenderError(str(error)) from None
    if not isinstance(document, dict) or not isinstance(document.get("resources"), dict):
        raise RenderError("resources: must be a map")
    if not isinstance(document.get("vars", {}), dict):
        raise RenderError("vars: must be a map")
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
            raise RenderError(f"{expression} is not declared; add it to vars")
        return str(variables[expression[5:]])
    call = _CALL.fullmatch(expression)
    if call and call[1] == "config" and call[3] == "AccountID":
        return ACCOUNT_ID
    if call and call[1] == "env":
        value = environ.get(call[3], call[5])
        if value is None:
            raise RenderError(f"{call[3]} is not set; export it (see docs/deploy.md)")
        return value
    raise RenderError(
        f"${{{expression}}} is not supported; "
        "use only ${vars.…}, ${env(…)} and ${config('AccountID')}"
    )


def preview(template: Path, tool: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """Render with Serverless Devs, as `s deploy` will; raise `RenderError` if it fails.

    The tool gets a temporary home, dummy credentials, and only those environment variables that the
    template names, so that it cannot read any credentials of this machine.
    """
    named = {name for _, _, name, _, _ in _CALL.findall(template.read_text(encoding="utf-8"))}
    with tempfile.TemporaryDirectory() as home:
        completed = subprocess.run(
            ["node", tool, "preview", "-t", template, "-o", "json"],
            check=False,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env={
                "PATH": os.environ["PATH"],
                "HOME": home,
                # Otherwise the tool starts processes that report usage and look for updates.
                "NODE_ENV": "test",
                # Without all three it does not replace ${config('AccountID')}.
                "AccountID": ACCOUNT_ID,
                "AccessKeyID": "none",
                "AccessKeySecret": "none",
                **{name: environ[name] for name in named & environ.keys()},
            },
        )
    if completed.returncode:
        raise RenderError(f"s preview failed: {reason(completed.stdout + completed.stderr)}")
    try:
        # When root runs it, the first line is a warning.
        document: dict[str, Any] = json_text.read(completed.stdout[completed.stdout.index("{") :])
    except ValueError:
        raise RenderError(f"s preview printed no JSON: {reason(completed.stdout)}") from None
    return document


def reason(output: str) -> str:
    """Return the line of a program's output that says why it failed."""
    lines = [line.strip() for line in output.splitlines()]
    error_lines = (line for line in lines if _ERROR_LINE.search(line))
    other_lines = (line for line in lines if line and "WARN" not in line)
    return next(error_lines, next(other_lines, "no reason given"))[:300]


def tool(root: Path) -> Path | None:
    """Return the path of Serverless Devs, None without node or npm; raise `RenderError`.

    Install the locked version if it is missing.
    """
    if not (shutil.which("node") and shutil.which("npm")):
        return None
    script = root / "node_modules" / "@serverless-devs" / "s" / "bin" / "s"
    if not script.exists():
        note("Installing Serverless Devs into node_modules with npm, which takes some seconds.")
        completed = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            check=False,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            cwd=root,
        )
        if completed.returncode or not script.exists():
            raise RenderError(f"npm ci failed: {reason(completed.stderr or completed.stdout)}")
    return script
