"""Check the zips that `template.yml` names: whether they import, and what their code uses."""

from __future__ import annotations

import ast
import json
import re
import zlib
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from create_group_id_tools.checks.policy import CALLS
from create_group_id_tools.checks.rules import event_types
from create_group_id_tools.packaging import interpreters, trial
from create_group_id_tools.packaging.tree import TARGETS, PackageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from create_group_id_tools.packaging.tree import TargetRuntime

# FC sets these variables for every function; a template must not.
_PLATFORM = ("FC_", "ALIBABA_CLOUD_")
_NAMED = re.compile(r"^\s*(?:# )?([A-Z][A-Z_]+): ", flags=re.MULTILINE)


class ZipError(Exception):
    """A zip is missing or damaged; the text is one line that says what to do."""


class Zips:
    """The zips of the functions of a template, whose runtimes must all be in `TARGETS`.

    Raise `ZipError` if a zip is missing or damaged, `PackageError` if its Python is missing.
    """

    def __init__(self, root: Path, functions: Mapping[str, dict[str, Any]]) -> None:
        self._functions = functions
        runtimes = {props["runtime"] for props in functions.values()}
        self._paths = {name: root / "build" / f"create-group-id-{name}.zip" for name in runtimes}
        for name, path in self._paths.items():
            if not path.exists():
                raise ZipError(f"build/{path.name} is missing; run make package RUNTIME={name}")
            if not _is_intact(path):
                raise ZipError(f"build/{path.name} is damaged; run make package RUNTIME={name}")
        self._pythons = {name: interpreters.find(TARGETS[name].minor) for name in runtimes}

    def calls(self) -> set[str]:
        """Return the OpenAPI's actions that the code in the zips names in a string literal."""
        actions: set[str] = set()
        for path in self._paths.values():
            with ZipFile(path) as file:
                ours = re.compile(r"(index|create_group_id/.*)\.py")
                for name in filter(ours.fullmatch, file.namelist()):
                    nodes = ast.walk(_parsed(file.read(name)))
                    texts = (node.value for node in nodes if isinstance(node, ast.Constant))
                    actions.update(
                        text for text in texts if isinstance(text, str) and text in CALLS
                    )
        return actions

    def problems(self, text: str) -> Iterator[str]:
        """Invoke each zip as its function is configured; yield a line for each problem.

        `text` is the template itself, in whose comments variables may be mentioned.
        """
        read: dict[tuple[str, str, str], set[str]] = {}
        for where, props in self._functions.items():
            entries = _entries(props)
            key = (props["runtime"], *entries)
            try:
                if key not in read:
                    read[key] = self._variables(props["runtime"], entries)
                yield from self._values(where, props, entries)
            except PackageError as error:
                yield f"{where}.handler or initializer: {error}"
                continue
            for name in sorted(props.get("environmentVariables", {}).keys() - read[key]):
                yield f"{where}.environmentVariables: {name} is set but not read by the code"
        for name in sorted(set().union(*read.values()) - set(_NAMED.findall(text))):
            yield f"variable {name} is read by the code but not mentioned in the template"

    def _variables(self, runtime: str, entries: tuple[str, str]) -> set[str]:
        read = trial.variables_read(*self._target(runtime), entries)
        return {name for name in read if not name.startswith(_PLATFORM)}

    def _values(self, where: str, props: dict[str, Any], entries: tuple[str, str]) -> Iterator[str]:
        """Let the code validate its variables, and the types of the events that it will receive."""
        filtered = event_types(props)
        events = [trial.post_event({"GroupId": "GID-check"})]
        events += [_signup(event_type) for _, event_type in filtered]
        environ = props.get("environmentVariables", {})
        first, *others = trial.responses(*self._target(props["runtime"]), entries, environ, events)
        if first.code == "ConfigurationError":
            yield f"{where}.environmentVariables: {first.message}"
            return
        for (place, _), response in zip(filtered, others, strict=True):
            if response.code == "UnknownEventType":
                yield f"{where}.{place}: must be in TENANT_SIGNUP_EVENT_TYPES of the function"

    def _target(self, runtime: str) -> tuple[TargetRuntime, Path, str]:
        return TARGETS[runtime], self._paths[runtime], self._pythons[runtime]


def _is_intact(path: Path) -> bool:
    """Return whether each file in the zip can be read."""
    try:
        with ZipFile(path) as file:
            return file.testzip() is None
    except (BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError):
        return False


def _parsed(source: bytes) -> ast.AST:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])  # `problems` reports it, as the zip fails


def _entries(props: dict[str, Any]) -> tuple[str, str]:
    initializer = props.get("instanceLifecycleConfig", {}).get("initializer", {})
    return props["handler"], initializer.get("handler", "")


def _signup(event_type: str) -> bytes:
    data = {"tenantId": "check"}
    event = {"specversion": "1.0", "id": "1", "source": "check", "type": event_type, "data": data}
    return json.dumps(event).encode()
