"""Where credentials come from: the environment, or the files of Alibaba Cloud's tools."""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id_tools.account.credentials import find_credentials
from create_group_id_tools.runtime.context import AccessCredentials
from create_group_id_tools.terminal import CommandError

if TYPE_CHECKING:
    from pathlib import Path

ID, SECRET, TOKEN = (
    f"ALIBABA_CLOUD_{name}" for name in ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN")
)


def find(home: Path, **environ: str) -> AccessCredentials:
    """Find credentials in an environment and a home."""
    return find_credentials({"HOME": str(home), **environ})


def configured(home: Path, *profiles: dict[str, Any], current: str = "default") -> None:
    """Write the file that `aliyun configure` writes."""
    folder = home / ".aliyun"
    folder.mkdir()
    content = {"current": current, "profiles": list(profiles)}
    (folder / "config.json").write_text(json.dumps(content))


def ini(path: Path, content: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)


AK = {
    "name": "default",
    "mode": "AK",
    "access_key_id": "file-id",
    "access_key_secret": "file-hush",
    "region_id": "cn-hangzhou",
}
STS = {**AK, "name": "other", "mode": "StsToken", "sts_token": "file-token"}
INI = """
[default]
enable = true
type = access_key
access_key_id = ini-id
access_key_secret = ini-hush

[other]
enable = true
type = access_key
access_key_id = ini-other
access_key_secret = ini-hush
"""


def test_the_environment_comes_first(home: Path) -> None:
    configured(home, AK)
    own = {ID: "own-id", SECRET: "own-hush"}
    assert find(home, **own) == AccessCredentials("own-id", "own-hush", "")
    assert find(home, **own, **{TOKEN: "own-token"}).security_token == "own-token"
    assert find(home, **{ID: "", SECRET: ""}).access_key_id == "file-id"


@pytest.mark.parametrize(
    "own", ({ID: "own-id"}, {SECRET: "hush"}, {TOKEN: "hush"}, {ID: "i", TOKEN: "hush"})
)
def test_half_a_key_is_not_completed_from_a_file(home: Path, own: dict[str, str]) -> None:
    configured(home, AK)
    with pytest.raises(CommandError, match=f"set both {ID} and {SECRET}, or none of") as caught:
        find(home, **own)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("value", ("hush\n", "hush hush", "h\u00fcsh", "\x00hush"))
@pytest.mark.parametrize("name", (ID, SECRET, TOKEN))
def test_names_the_part_that_a_header_cannot_contain(home: Path, name: str, value: str) -> None:
    with pytest.raises(CommandError, match=f"^{name} contains") as caught:
        find(home, **{ID: "i", SECRET: "s", name: value})
    assert "hush" not in str(caught.value)


def test_reads_the_file_of_the_command_line(home: Path) -> None:
    configured(home, AK, STS)
    assert find(home) == AccessCredentials("file-id", "file-hush", "")
    other = find(home, ALIBABA_CLOUD_PROFILE="other")
    assert other == AccessCredentials("file-id", "file-hush", "file-token")


def test_a_user_without_a_home_has_no_files(monkeypatch: pytest.MonkeyPatch) -> None:
    # As for the user of a container who has a number and no name.
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)
    with pytest.raises(CommandError, match="no credentials: set "):
        find_credentials({})


def test_takes_the_current_profile(home: Path) -> None:
    configured(home, AK, STS, current="other")
    assert find(home).security_token == "file-token"


def test_reads_the_ini_file_if_the_other_file_is_missing(home: Path) -> None:
    path = home / ".alibabacloud" / "credentials.ini"
    ini(path, INI)
    assert find(home) == AccessCredentials("ini-id", "ini-hush", "")
    assert find(home, ALIBABA_CLOUD_PROFILE="other").access_key_id == "ini-other"
    configured(home, AK)
    assert find(home).access_key_id == "file-id"
    assert find(home, ALIBABA_CLOUD_CLI_PROFILE_DISABLED="true").access_key_id == "ini-id"


def test_the_ini_file_may_be_elsewhere(home: Path) -> None:
    ini(home / "keys" / "mine.ini", INI)
    path = str(home / "keys" / "mine.ini")
    assert find(home, ALIBABA_CLOUD_CREDENTIALS_FILE=path).access_key_id == "ini-id"


@pytest.mark.parametrize(
    "content",
    (
        "",
        "hush",
        "{}",
        "[]",
        '{"current": "default", "profiles": []}',
        '{"current": "default", "profiles": [{"name": "default", "mode": "AK"}]}',
        json.dumps({"current": "default", "profiles": [{**AK, "mode": "hush"}]}),
        json.dumps({"current": "default", "profiles": [{**AK, "access_key_secret": "hush\n"}]}),
        json.dumps({"current": "default", "profiles": [{**AK, "access_key_id": ""}]}),
        json.dumps({"current": "default", "profiles": [{**AK, "access_key_id": 7}]}),
    ),
)
def test_an_unusable_file_is_named_and_not_shown(home: Path, content: str) -> None:
    path = home / ".aliyun" / "config.json"
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(CommandError, match=r"has usable credentials$") as caught:
        find(home)
    assert str(path) in str(caught.value)
    assert "hush" not in str(caught.value)
    assert caught.value.__context__ is None
    ini(home / ".alibabacloud" / "credentials.ini", INI)
    assert find(home).access_key_id == "ini-id"


ROLE = {"ram_role_arn": "acs:ram::1:role/hush", "ram_session_name": "hush"}


@pytest.mark.parametrize(
    "profile",
    (
        {"mode": "RamRoleArn", **ROLE},
        {"mode": "ChainableRamRoleArn", "source_profile": "hush", **ROLE},
        {"mode": "EcsRamRole", "ram_role_name": "hush"},
        {"mode": "OIDC", "oidc_provider_arn": "hush", "oidc_token_file": "hush", **ROLE},
        {"mode": "CloudSSO", "access_token": "hush", "cloud_sso_sign_in_url": "https://hush"},
        {"mode": "OAuth", "oauth_access_token": "hush", "oauth_refresh_token": "hush"},
        {"mode": "External", "process_command": "sh -c 'echo hush >&2; exit 1'"},
    ),
)
def test_a_profile_whose_source_fails_shows_nothing_of_it(
    home: Path,
    profile: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise OSError("hush")

    monkeypatch.setattr(socket.socket, "connect", unreachable)
    monkeypatch.setattr(socket, "getaddrinfo", unreachable)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    configured(home, {**AK, **profile})
    with pytest.raises(CommandError, match="no credentials: set"):
        find(home)
    assert (caplog.text, *capfd.readouterr()) == ("", "", "")


def test_without_credentials_names_the_places_that_were_searched(home: Path) -> None:
    with pytest.raises(CommandError, match=f"^no credentials: set {ID} and {SECRET}") as caught:
        find(home)
    assert "run `aliyun configure`" in str(caught.value)
    assert "credentials.ini" in str(caught.value)


def test_a_local_target_never_gets_the_key_of_a_file(home: Path) -> None:
    configured(home, AK)
    local = find_credentials({"HOME": str(home)}, local=True)
    assert local == AccessCredentials("STS.testid", "testsecret", "testtoken")
    own = find_credentials({"HOME": str(home), ID: "own-id", SECRET: "own-hush"}, local=True)
    assert own.access_key_id == "own-id"


def test_a_repr_does_not_show_the_key() -> None:
    assert "hush" not in repr(AccessCredentials("id", "hush", "hush"))
