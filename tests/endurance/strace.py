"""Read from the output of strace what a program wrote to disk and sent over sockets."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.endurance.disk import Disk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

STRACE = shutil.which("strace")
_CALLS = (
    "open", "openat", "creat", "write", "pwrite64", "writev", "pwritev", "sendto", "sendmsg",
    "fsync", "fdatasync", "ftruncate", "truncate", "fallocate", "copy_file_range", "sendfile",
    "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat",
    "link", "linkat", "symlink", "symlinkat",
)  # fmt: skip
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_PATH = re.compile(r"<((?:\\x[0-9a-f]{2})+)>")
_LINE = re.compile(r"(?P<pid>\d+) +(?P<text>.*)")
_DONE = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+|\?)(?P<rest>.*)")
_UNFINISHED = " <unfinished ...>"
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>")


@dataclass(frozen=True)
class _Call:
    """A system call: `began` and `ended` are line numbers."""

    name: str
    arguments: str
    result: str
    rest: str
    began: int
    ended: int

    @property
    def texts(self) -> list[bytes]:
        found = _TEXT.findall(self.arguments)
        assert not any(cut for _, cut in found), f"strace cut an argument of {self.name}"
        return [_decoded(text) for text, _ in found]

    @property
    def paths(self) -> list[str]:
        """The paths of the descriptors among the arguments, then of the arguments themselves."""
        folders = [_decoded(path).decode() for path in _PATH.findall(self.arguments)]
        if self.name in ("open", "openat", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir",
                         "rename", "renameat", "renameat2", "creat", "link", "linkat",
                         "symlink", "symlinkat", "truncate"):  # fmt: skip
            base = folders[0] if folders else "/"
            return [os.path.join(base, text.decode()) for text in self.texts]  # noqa: PTH118 - texts
        return folders


@dataclass(frozen=True)
class Sent:
    """Bytes that a process began to send at a moment."""

    moment: int
    data: bytes


def command(output: Path) -> list[str]:
    """Return the beginning of a command that is traced, with its children, to a file."""
    assert STRACE
    return [
        STRACE, "-f", "-qq", "-y", "--seccomp-bpf", "-xx", "-s", "10000000", "-e", "signal=none",
        "-e", f"trace={','.join(_CALLS)}", "-o", str(output),
    ]  # fmt: skip


def read(trace: Path, root: Path) -> tuple[Disk, list[Sent]]:
    """Return the operations below the root, and the bytes sent. The moments are line numbers."""
    disk, sent = Disk(), []
    for call in _calls(trace.read_text().splitlines()):
        if call.name in ("sendto", "sendmsg"):
            sent += [Sent(call.began, text) for text in call.texts[:1]]
            continue
        paths = [os.path.relpath(path, root) for path in call.paths]
        if any(path != "." and not path.startswith("..") for path in paths) or (
            "." in paths and call.name in ("fsync", "fdatasync")
        ):
            _apply(disk, call, paths)
    return disk, sent


def _apply(disk: Disk, call: _Call, paths: list[str]) -> None:
    if call.name in ("open", "openat"):
        if "O_CREAT" in call.arguments:
            disk.make_file(paths[0], call.ended)
        if "O_TRUNC" in call.arguments:
            disk.resize(paths[0], 0, call.ended)
    elif call.name == "write":
        disk.append(paths[0], call.texts[0][: int(call.result)], call.ended)
    elif call.name in ("fsync", "fdatasync"):
        disk.sync(paths[0], call.began, call.ended)
    elif call.name == "ftruncate":
        disk.resize(paths[0], int(call.arguments.rpartition(", ")[2]), call.ended)
    elif call.name in ("mkdir", "mkdirat"):
        disk.make_folder(paths[0], call.ended)
    elif call.name in ("rename", "renameat", "renameat2"):
        disk.rename(paths[0], paths[1], call.ended)
    elif call.name in ("unlink", "unlinkat"):
        disk.remove(paths[0], call.ended)
    else:
        raise NotImplementedError(f"{call.name} of {paths}")


def _calls(lines: Iterable[str]) -> Iterator[_Call]:
    """Yield the calls that succeeded, in the order in which they ended."""
    begun: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(lines, 1):
        match = _LINE.match(line)
        assert match, line
        pid, text = match["pid"], match["text"]
        if text.endswith(_UNFINISHED):
            begun[pid] = (number, text.removesuffix(_UNFINISHED))
            continue
        began = number
        if resumed := _RESUMED.match(text):
            began, head = begun.pop(pid)
            text = head + text[resumed.end() :]
        done = _DONE.match(text)
        if done and not done["result"].startswith(("-", "?")):
            yield _Call(
                done["name"], done["arguments"], done["result"], done["rest"], began, number
            )


def _decoded(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))
