"""Which targets are valid, and that no other is called."""

from __future__ import annotations

import sys

import pytest

from create_group_id_tools.remote import targets
from create_group_id_tools.remote.invoker import invoker_for
from create_group_id_tools.remote.targets import Fc2Target, Fc3Target, TriggerTarget
from create_group_id_tools.terminal import CommandError

HERE = "http://127.0.0.1:9000"


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    (
        ("fc3://f?region=cn-hangzhou", {}, Fc3Target("https://fcv3.cn-hangzhou.aliyuncs.com", "f")),
        (
            "fc3://f",
            {"FC_REGION": "us-west-1"},
            Fc3Target("https://fcv3.us-west-1.aliyuncs.com", "f"),
        ),
        (f"fc3://f?endpoint={HERE}", {"FC_REGION": "us-west-1"}, Fc3Target(HERE, "f")),
        (f"fc3://f?region=cn-hangzhou&endpoint={HERE}", {}, Fc3Target(HERE, "f")),
        ("fc3://f?endpoint=https://10.0.0.1", {}, Fc3Target("https://10.0.0.1", "f")),
        (
            "fc2://s/f?account=1000000000000001&region=cn-hangzhou",
            {},
            Fc2Target("https://1000000000000001.cn-hangzhou.fc.aliyuncs.com", "s", "f"),
        ),
        (
            "fc2://s/f",
            {"FC_REGION": "cn-hangzhou", "FC_ACCOUNT_ID": "7"},
            Fc2Target("https://7.cn-hangzhou.fc.aliyuncs.com", "s", "f"),
        ),
        (f"fc2://s/f?endpoint={HERE}", {}, Fc2Target(HERE, "s", "f")),
    ),
)
def test_a_target_is_read(text: str, environ: dict[str, str], expected: targets.Target) -> None:
    assert targets.read(text, environ) == expected


@pytest.mark.parametrize(
    "url",
    (
        "https://a-b.cn-hangzhou.fcapp.run",
        "https://groups.example.com:8443/v1/?from=crm&x=%20",
        HERE,
        "http://localhost:1/",
        "http://[::1]:1/",
        "http://a-b.cn-hangzhou.fcapp.run/?from=crm",
    ),
)
def test_takes_the_url_of_a_trigger_unchanged(url: str) -> None:
    assert targets.read(url, {}) == TriggerTarget(url)


@pytest.mark.parametrize(
    ("text", "local"),
    (
        (HERE, True),
        (f"fc3://f?endpoint={HERE}", True),
        (f"{HERE}/?a", True),
        ("http://localhost", True),
        ("http://[::1]:1/x", True),
        ("https://127.0.0.1", False),
        ("http://example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://localhost.example.com:80/", False),
        ("fc3://f?region=cn-hangzhou", False),
    ),
)
def test_what_is_on_this_machine_is_local(text: str, local: bool) -> None:
    assert targets.is_local(targets.read(text, {})) is local


@pytest.mark.parametrize(
    "text",
    (
        "",
        "create-group-id",
        "ftp://example.com",
        "HTTPS://example.com",
        "https://",
        "https://user:hush@example.com",
        "https://example.com#part",
        "https://example.com/a b",
        "https://example.com/\u00e9",
        "https://example.com/\nHost: hush",
        "http://127.0.0.1@example.com",
        "http://127.0.0.1:80@example.com",
        "fc3://",
        "fc3://a/b?region=cn-hangzhou",
        "fc3://0f?region=cn-hangzhou",
        "fc2://f?region=cn-hangzhou",
        "fc2://s/f/g",
    ),
)
def test_another_scheme_or_host_is_not_a_target(text: str) -> None:
    with pytest.raises(CommandError, match="invalid target; use") as caught:
        targets.read(text, {"FC_REGION": "cn-hangzhou", "FC_ACCOUNT_ID": "7"})
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    (
        ("fc3://f", "no region in target; add region="),
        ("fc3://f?region=", "invalid region in target"),
        ("fc3://f?region=cn-hangzhou.example.com", "invalid region in target"),
        ("fc3://f?region=cn-hangzhou&region=us-west-1", "use only region, endpoint"),
        ("fc3://f?account=7&region=cn-hangzhou", "use only region, endpoint"),
        ("fc3://f?secret=hush", "use only region, endpoint"),
        ("fc3://f?endpoint=http://example.com", "invalid endpoint in target"),
        ("fc3://f?endpoint=https://example.com/path", "invalid endpoint in target"),
        ("fc2://s/f?region=cn-hangzhou", "no account in target; add account="),
        ("fc2://s/f?account=7", "no region in target"),
        ("fc2://s/f?account=example.com/&region=cn-hangzhou", "invalid account in target"),
        ("https://example.com:65536", "invalid port in target"),
        ("fc3://f?endpoint=https://example.com:99999", "invalid port in target"),
    ),
)
def test_names_a_mistake_in_a_target(text: str, message: str) -> None:
    with pytest.raises(CommandError, match=message) as caught:
        targets.read(text, {})
    assert "hush" not in str(caught.value)


def test_a_wrong_variable_is_not_taken_for_a_host() -> None:
    with pytest.raises(CommandError, match="invalid FC_REGION; example"):
        targets.read("fc3://f", {"FC_REGION": "example.com/"})


@pytest.mark.parametrize(
    ("module", "target", "message"),
    (
        ("fc2", "fc2://s/f?endpoint=http://127.0.0.1:9", "pip install aliyun-fc2"),
        (
            "alibabacloud_credentials.provider",
            "https://example.com",
            "pip install alibabacloud-credentials",
        ),
    ),
)
def test_reports_a_package_that_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, module: str, target: str, message: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "create_group_id_tools.remote.fc2", raising=False)
    with pytest.raises(CommandError, match=message):
        invoker_for(target, {})
