"""Which files are in the zip, and which are not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from create_group_id_tools.packaging.tree import (
    TARGETS,
    PackageError,
    TargetRuntime,
    check_glibc,
    copy_sources,
    install_wheels,
    prune,
)
from tests.package.projects import ROOT, make_wheel

if TYPE_CHECKING:
    from pathlib import Path


def fill(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")


def names(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_only_files_that_a_runtime_opens_stay(tmp_path: Path) -> None:
    kept = {
        "certifi/cacert.pem",
        "jsonschema/validators.py",
        "jsonschema_specifications/schemas/draft3/metaschema.json",
        "requests/testsuite.py",
        "requests-2.0.dist-info/METADATA",
        "requests-2.0.dist-info/licenses/LICENSE",
        "rpds/rpds.so",
    }
    fill(
        tmp_path,
        *kept,
        "bin/jsonschema",
        "charset_normalizer/md.so",
        "charset_normalizer-3.0.dist-info/METADATA",
        "jsonschema/benchmarks/nested.py",
        "jsonschema/tests/test_cli.py",
        "requests-2.0.dist-info/RECORD",
        "rpds/__init__.pyi",
        "rpds/py.typed",
    )
    prune(tmp_path)
    assert names(tmp_path) == kept
    assert not (tmp_path / "jsonschema" / "tests").exists()


def test_sources_and_schemas_are_copied_but_no_temporary_files(tmp_path: Path) -> None:
    fill(tmp_path / "src", "index.py", "pkg/schemas/a.json", ".index.py.swp", "__pycache__/i.pyc")
    copy_sources(tmp_path / "src", tmp_path / "tree")
    assert names(tmp_path / "tree") == {"index.py", "pkg/schemas/a.json"}


def test_a_file_of_another_kind_in_src_is_refused(tmp_path: Path) -> None:
    fill(tmp_path / "src", "pkg/notes.txt")
    with pytest.raises(PackageError, match=r"^src/pkg/notes\.txt: only \.py and \.json files ship"):
        copy_sources(tmp_path / "src", tmp_path / "tree")


def test_nothing_of_a_hidden_folder_is_copied(tmp_path: Path) -> None:
    # A cache of mypy, and a copy that Jupyter keeps of an open file.
    hidden = (".mypy_cache/3.12/index.data.json", ".mypy_cache/CACHEDIR.TAG")
    fill(tmp_path / "src", "index.py", *hidden, "pkg/.ipynb_checkpoints/a-checkpoint.py")
    copy_sources(tmp_path / "src", tmp_path / "tree")
    assert names(tmp_path / "tree") == {"index.py"}


def test_a_link_to_a_file_ships_its_content(tmp_path: Path) -> None:
    fill(tmp_path, "src/index.py", "shared.py")
    (tmp_path / "src" / "shared.py").symlink_to(tmp_path / "shared.py")
    copy_sources(tmp_path / "src", tmp_path / "tree")
    assert not (tmp_path / "tree" / "shared.py").is_symlink()
    assert names(tmp_path / "tree") == {"index.py", "shared.py"}


@pytest.mark.parametrize("target", ("folder", "nowhere.py", "src"))
def test_a_link_whose_files_would_be_missing_is_refused(tmp_path: Path, target: str) -> None:
    fill(tmp_path, "src/index.py", "folder/shared.py")
    (tmp_path / "src" / "linked.py").symlink_to(tmp_path / target)
    with pytest.raises(PackageError, match=r"^src/linked\.py: neither a file nor a folder; copy "):
        copy_sources(tmp_path / "src", tmp_path / "tree")


def test_a_source_never_replaces_a_librarys_file(tmp_path: Path) -> None:
    fill(tmp_path, "src/requests/__init__.py", "tree/requests/__init__.py")
    with pytest.raises(PackageError, match="a library has a file of this name"):
        copy_sources(tmp_path / "src", tmp_path / "tree")


@pytest.mark.parametrize(
    ("symbols", "fits"),
    ((b"GLIBC_2.2.5\0GLIBC_2.28\0", True), (b"GLIBC_2.4\0GLIBC_2.29\0", False), (b"", True)),
)
def test_a_shared_object_that_needs_a_newer_glibc_is_refused(
    tmp_path: Path, symbols: bytes, *, fits: bool
) -> None:
    (tmp_path / "md.so").write_bytes(b"\x7fELF\0" + symbols)
    if fits:
        check_glibc(TARGETS["python3.10"], tmp_path)
    else:
        with pytest.raises(
            PackageError, match=r"^md\.so: needs glibc 2\.29, but python3\.10 has 2\.28"
        ):
            check_glibc(TARGETS["python3.10"], tmp_path)


def test_the_runtimes_systems_are_debian_10_and_11() -> None:
    assert [(r.minor, r.platform) for r in TARGETS.values()] == [
        ("3.10", "x86_64-manylinux_2_28"),
        ("3.12", "x86_64-manylinux_2_31"),
    ]


def test_wheels_are_unpacked_for_the_target(
    tmp_path: Path, wheels: Path, runtime: TargetRuntime
) -> None:
    lock = tmp_path / "some.lock"
    lock.write_text(make_wheel(wheels, "greeting", {"greeting/__init__.py": ""}))
    install_wheels(runtime, lock, tmp_path / "tree")
    assert "greeting/__init__.py" in names(tmp_path / "tree")


def test_a_missing_wheel_is_one_line_without_a_url(
    tmp_path: Path, wheels: Path, runtime: TargetRuntime
) -> None:
    make_wheel(wheels, "greeting", {})
    lock = tmp_path / "some.lock"
    lock.write_text(f"absent==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(PackageError) as error_info:
        install_wheels(runtime, lock, tmp_path / "tree")
    assert str(error_info.value).startswith("some.lock: uv could not install every wheel: ")
    assert "absent" in str(error_info.value)
    assert "\n" not in str(error_info.value)


def test_a_url_with_a_password_is_not_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wheels: Path, runtime: TargetRuntime
) -> None:
    assert wheels.exists()
    monkeypatch.delenv("UV_NO_INDEX")
    monkeypatch.delenv("UV_OFFLINE")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://user:hunter2@127.0.0.1:9/simple")
    lock = tmp_path / "some.lock"
    lock.write_text(f"absent==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(PackageError) as error_info:
        install_wheels(runtime, lock, tmp_path / "tree")
    assert "hunter2" not in str(error_info.value)
    assert "127.0.0.1" not in str(error_info.value)


def test_a_wheel_of_another_hash_is_refused(
    tmp_path: Path, wheels: Path, runtime: TargetRuntime
) -> None:
    make_wheel(wheels, "greeting", {})
    lock = tmp_path / "some.lock"
    lock.write_text(f"greeting==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(PackageError, match="greeting"):
        install_wheels(runtime, lock, tmp_path / "tree")


@pytest.mark.parametrize("name", TARGETS)
def test_the_locks_have_the_tested_versions_without_markers_or_urls(name: str) -> None:
    lock = (ROOT / "requirements" / f"{name}.lock").read_text()
    tested = (ROOT / "requirements" / "dev.lock").read_text()
    pins = re.findall(r"^\S.*$", lock, flags=re.MULTILINE)
    assert {pin.partition("==")[0] for pin in pins} >= {"requests", "jsonschema", "rpds-py"}
    for pin in pins:
        assert re.fullmatch(r"[a-z0-9-]+==[^;\s]+ \\", pin), pin
        assert re.search(rf"^{re.escape(pin[:-2])}[ \\]", tested, flags=re.MULTILINE), pin
    assert "://" not in lock
    assert lock.count("--hash=sha256:") >= len(pins)
