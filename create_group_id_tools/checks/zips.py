"""The zips that `template.yml` names: whether they import, and what the code in them uses."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from create_group_id_tools.checks.policy import CALLS
from create_group_id_tools.packaging import interpreters
from create_group_id_tools.packaging.build import try_out
from create_group_id_tools.packaging.tree import TARGETS, PackageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# What FC sets for every function; a template neither may nor must.
_PLATFORM = ("FC_", "ALIBABA_CLOUD_")
_NAMED = re.compile(r"^\s*(?:# )?([A-Z][A-Z_]+): ", flags=re.MULTILINE)


class ZipError(Exception):
    """A zip that is not there; its text is one line that says what to do."""


class Zips:
    """The zip of each function of a template, whose runtimes are all among ours.

    Raises `ZipError` where one was never built, `PackageError` where its Python is missing.
    """

    def __init__(self, root: Path, functions: Mapping[str, dict[str, Any]]) -> None:
        self._functions = functions
        runtimes = {props["runtime"] for props in functions.values()}
        self._paths = {name: root / "build" / f"create-group-id-{name}.zip" for name in runtimes}
        for path in self._paths.values():
            if not path.exists():
                raise ZipError(f"build/{path.name} is missing: make package builds it")
        self._pythons = {name: interpreters.find(TARGETS[name].minor) for name in runtimes}

    def calls(self) -> set[str]:
        """Find the OpenAPI's actions that the shipped code names as a string of their own."""
        found: set[str] = set()
        for path in self._paths.values():
            with ZipFile(path) as file:
                ours = re.compile(r"(index|create_group_id/.*)\.py")
                for name in filter(ours.fullmatch, file.namelist()):
                    nodes = ast.walk(ast.parse(file.read(name)))
                    texts = (node.value for node in nodes if isinstance(node, ast.Constant))
                    found.update(text for text in texts if isinstance(text, str) and text in CALLS)
        return found

    def problems(self, text: str) -> Iterator[str]:
        """Invoke each zip as its function names it, and compare the variables that it reads.

        `text` is the template as it is written, whose comments may name what is not set.
        """
        tried: dict[tuple[str, str, str], set[str]] = {}
        for where, props in self._functions.items():
            initializer = props.get("instanceLifecycleConfig", {}).get("initializer", {})
            key = (props["runtime"], props["handler"], initializer.get("handler", ""))
            try:
                if key not in tried:
                    tried[key] = self._read(*key)
            except PackageError as error:
                yield f"{where}.handler or initializer: {error}"
                continue
            for name in sorted(props.get("environmentVariables", {}).keys() - tried[key]):
                yield f"{where}.environmentVariables: the code reads no {name}"
        for name in sorted(set().union(*tried.values()) - set(_NAMED.findall(text))):
            yield f"environmentVariables: name {name}, at least in a comment: the code reads it"

    def _read(self, runtime: str, handler: str, initializer: str) -> set[str]:
        entries = (handler, initializer)
        read = try_out(TARGETS[runtime], self._paths[runtime], self._pythons[runtime], entries)
        return {name for name in read if not name.startswith(_PLATFORM)}
