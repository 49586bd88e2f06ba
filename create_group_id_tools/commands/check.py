"""`check`: check the deployment, as far as that is possible without an account."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from create_group_id_tools.checks import alarms, infra, policy, rules, schema
from create_group_id_tools.checks.capacity import lines as capacities_of
from create_group_id_tools.checks.zips import ZipError, Zips
from create_group_id_tools.packaging.tree import PackageError
from create_group_id_tools.project import ROOT
from create_group_id_tools.template import strict_yaml
from create_group_id_tools.template.rendering import EXAMPLE, RenderError, preview, render, tool
from create_group_id_tools.terminal import FINDING, CommandError, note, output

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


def findings(root: Path, environ: Mapping[str, str], script: Path | None) -> list[str]:
    """Check `template.yml`, the stacks of `infra/` and the zips; return a line for each problem.

    `script` is Serverless Devs, or None if node is missing. Check the form of each file first, then
    the rules for each file, then those between files: each step relies on the one before. Raise
    `RenderError`, `ZipError`, or `PackageError` if the Python of a runtime is missing.
    """
    text, document = _template(root / "template.yml", environ, script)
    stack, alarm_stack = (_stack(root / "infra" / name) for name in ("ros.yml", "alarms.yml"))
    malformed = [
        *_malformed(document),
        *_prefixed("infra/ros.yml", infra.problems(stack)),
        *_prefixed("infra/alarms.yml", infra.problems(alarm_stack)),
    ]
    if malformed:
        return malformed
    functions = {name: resource["props"] for name, resource in document["resources"].items()}
    violations = [*_prefixed("template.yml", rules.problems(functions))]
    if violations:
        return violations
    zips = Zips(root, functions)
    defaults = render(text, EXAMPLE)["vars"]
    mismatches = map(_one_line, policy.problems(stack, document, defaults, zips.calls()))
    unwatched = _prefixed("infra/alarms.yml", alarms.problems(alarm_stack, stack, document))
    return [*_prefixed("template.yml", zips.problems(text)), *mismatches, *unwatched]


def capacity(root: Path, environ: Mapping[str, str]) -> list[str]:
    """Return a line for each function behind events: how many groups it can create."""
    document = render(strict_yaml.text_of(root / "template.yml"), environ)
    functions = {name: resource["props"] for name, resource in document["resources"].items()}
    return list(capacities_of(functions))


def _template(
    path: Path, environ: Mapping[str, str], script: Path | None
) -> tuple[str, dict[str, Any]]:
    try:
        text = strict_yaml.text_of(path)
        document = render(text, environ)
        real = preview(path, script, environ) if script else document
    except (OSError, ValueError, RenderError) as error:
        raise RenderError(f"{path.name}: {getattr(error, 'strerror', None) or error}") from None
    if real["resources"] != document["resources"]:
        raise RenderError(
            f"{path.name}: s preview renders it differently; "
            "use only ${vars.…}, ${env(…)} and ${config('AccountID')}"
        )
    return text, document


def _stack(path: Path) -> dict[str, Any]:
    try:
        stack = strict_yaml.read(strict_yaml.text_of(path))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RenderError(f"infra/{path.name}: {reason}") from None
    if not isinstance(stack, dict):
        raise RenderError(f"infra/{path.name}: must be a map")
    return stack


def _malformed(document: dict[str, Any]) -> Iterator[str]:
    around = [*schema.document_problems(document)]
    yield from _prefixed("template.yml", iter(around))
    if around:
        return
    for name in policy.SHARED:
        if name not in document["vars"]:
            yield f"template.yml: vars: {name} is missing; infra/ros.yml has a parameter for it"
    for name, resource in document["resources"].items():
        yield from _prefixed("template.yml", schema.problems(f"{name}.props", resource["props"]))


def _prefixed(file: str, problems: Iterator[str]) -> Iterator[str]:
    return (f"{file}: {_one_line(problem)}" for problem in problems)


def _one_line(problem: str) -> str:
    # It may quote a name or a value of the file, with line breaks in it.
    return " ".join(problem.splitlines())


@click.command(short_help="Check the deployment without an account.")
@click.option(
    "--deploy",
    is_flag=True,
    help="Require every variable that template.yml needs, as `make deploy` does.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print the problems and the capacity as one JSON document.",
)
def command(*, deploy: bool, as_json: bool) -> None:
    """Check template.yml, infra/ and the zips, and print a line for each problem.

    Exit with status 3 if there is a problem.
    """
    environ = dict(os.environ) if deploy else {**EXAMPLE, **os.environ}
    try:
        script = tool(ROOT)
        problems = findings(ROOT, environ, script)
        capacities = [] if problems else capacity(ROOT, environ)
    except (RenderError, ZipError, PackageError) as error:
        raise CommandError(str(error)) from None
    if script is None:
        note("s preview was skipped, because node or npm is missing; everything else was checked")
    if as_json:
        output(json.dumps({"problems": problems, "capacity": capacities}, indent=2))
    elif problems:
        output("\n".join(problems))
    for line in capacities:
        note(line)
    note(f"{len(problems) or 'no'} problem{'' if len(problems) == 1 else 's'}")
    sys.exit(FINDING if problems else 0)
