"""The states in which a power loss can leave a disk, by what POSIX guarantees.

A write is safe after an fsync of its file that began later, and a name after one of its folder.
Until then each may be on the disk or not, in any order, and a write may be there in part. The idea
is that of ALICE:
https://www.usenix.org/conference/osdi14/technical-sessions/presentation/pillai
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tests.endurance import losses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ROOT = 0

State = dict[str, "bytes | None"]
"""The content of each file by its path below the root; a folder has None."""


@dataclass(frozen=True)
class Write:
    """Bytes of a file."""

    node: int
    offset: int
    data: bytes


@dataclass(frozen=True)
class Resize:
    """A new size of a file, which removes the bytes after it."""

    node: int
    size: int


@dataclass(frozen=True)
class Name:
    """A name in the folder `node` for another node, or for none."""

    node: int
    name: str
    target: int | None


@dataclass
class _Operation:
    """Changes that happen together. They are certainly on the disk from the moment `safe` on."""

    changes: tuple[Write | Resize | Name, ...]
    ended: int
    safe: int | None = None


class Disk:
    """An empty folder, and the operations in it. Moments are increasing numbers."""

    def __init__(self) -> None:
        self._operations: list[_Operation] = []
        self._folders: dict[int, dict[str, int]] = {_ROOT: {}}
        self._sizes: dict[int, int] = {}

    def make_file(self, path: str, moment: int) -> None:
        """Create an empty file, unless it exists."""
        folder, name = self._place(path)
        if name not in self._folders[folder]:
            node = self._new_node()
            self._sizes[node] = 0
            self._link(folder, name, node, moment)

    def make_folder(self, path: str, moment: int) -> None:
        """Create a folder."""
        folder, name = self._place(path)
        node = self._new_node()
        self._folders[node] = {}
        self._link(folder, name, node, moment)

    def append(self, path: str, data: bytes, moment: int) -> None:
        """Write at the end of a file."""
        node = self._node(path)
        self._add((Write(node, self._sizes[node], data),), moment)
        self._sizes[node] += len(data)

    def resize(self, path: str, size: int, moment: int) -> None:
        """Truncate a file."""
        node = self._node(path)
        self._add((Resize(node, size),), moment)
        self._sizes[node] = size

    def remove(self, path: str, moment: int) -> None:
        """Remove a file."""
        folder, name = self._place(path)
        del self._folders[folder][name]
        self._add((Name(folder, name, None),), moment)

    def rename(self, source: str, target: str, moment: int) -> None:
        """Rename a file within its folder."""
        folder, name = self._place(source)
        other, new = self._place(target)
        assert folder == other
        node = self._folders[folder].pop(name)
        self._folders[folder][new] = node
        self._add((Name(folder, name, None), Name(folder, new, node)), moment)

    def sync(self, path: str, began: int, ended: int) -> None:
        """Sync a file or a folder, after which earlier operations on it are safe."""
        node = self._node(path)
        for operation in self._operations:
            if operation.changes[0].node == node and operation.ended < began:
                operation.safe = operation.safe or ended

    def moments(self) -> list[int]:
        """Return the moments after which the disk differs."""
        return [operation.ended for operation in self._operations]

    def written(self) -> State:
        """Return what the files would contain if nothing had been removed or cut."""
        return self._replay(
            [
                item
                for item in self._operations
                if not any(isinstance(change, Resize) for change in item.changes)
                and getattr(item.changes[0], "target", 0) is not None
            ]
        )

    def states(self, moment: int) -> Iterator[State]:
        """Yield states in which a loss at a moment can leave the disk: all, or a sample of many."""
        past = [item for item in self._operations if item.ended <= moment]
        pending = [item for item in past if item.safe is None or item.safe > moment]
        for lost in losses.subsets(len(pending)):
            dropped = {id(pending[index]) for index in lost}
            yield self._replay([item for item in past if id(item) not in dropped])
        for item in pending:
            (change, *_) = item.changes
            if isinstance(change, Write):
                for data in losses.torn(change.data):
                    damaged = replace(item, changes=(replace(change, data=data),))
                    yield self._replay([damaged if other is item else other for other in past])

    def _new_node(self) -> int:
        return len(self._folders) + len(self._sizes)

    def _link(self, folder: int, name: str, node: int, moment: int) -> None:
        self._folders[folder][name] = node
        self._add((Name(folder, name, node),), moment)

    def _add(self, changes: tuple[Write | Resize | Name, ...], moment: int) -> None:
        self._operations.append(_Operation(changes, moment))

    def _place(self, path: str) -> tuple[int, str]:
        parts = PurePosixPath(path)
        return self._node(str(parts.parent)), parts.name

    def _node(self, path: str) -> int:
        node = _ROOT
        for part in PurePosixPath(path).parts:
            node = self._folders[node][part]
        return node

    def _replay(self, operations: Sequence[_Operation]) -> State:
        names: dict[int, dict[str, int]] = {node: {} for node in self._folders}
        contents = {node: bytearray() for node in self._sizes}
        for change in itertools.chain.from_iterable(item.changes for item in operations):
            if isinstance(change, Name) and change.target is None:
                names[change.node].pop(change.name, None)
            elif isinstance(change, Name) and change.target is not None:
                names[change.node][change.name] = change.target
            elif isinstance(change, Resize):
                content = contents[change.node]
                content[change.size :] = bytes(max(0, change.size - len(content)))
                del content[change.size :]
            elif isinstance(change, Write):
                content = contents[change.node]
                # A write after a lost one leaves a hole, which reads as zeros.
                content.extend(bytes(max(0, change.offset - len(content))))
                content[change.offset : change.offset + len(change.data)] = change.data
        state: State = {}
        _collect(_ROOT, "", names, contents, state)
        return state


def _collect(
    node: int,
    path: str,
    names: dict[int, dict[str, int]],
    contents: dict[int, bytearray],
    state: State,
) -> None:
    for name, target in names[node].items():
        place = f"{path}/{name}" if path else name
        if target in contents:
            state[place] = bytes(contents[target])
        else:
            state[place] = None
            _collect(target, place, names, contents, state)
