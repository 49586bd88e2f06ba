"""`mock_onsmqtt` as context manager, decorator and fixture, and which URLs it mocks."""

from __future__ import annotations

import asyncio
import gc
import socket
from typing import TYPE_CHECKING

import pytest
import requests
import responses

from onsmqtt_stub import INSTANCE_ID, REGION_ID, Backend, _patches, mock_onsmqtt
from tests.stub.client import HOST, INSTANCE, Client

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = ("onsmqtt_stub.plugin",)
shared = Backend()


def create(backend: Backend, group_id: str = "GID_test") -> int:
    return Client(backend, f"https://{HOST}").create(group_id).status_code


def test_constants_name_the_first_state() -> None:
    assert (INSTANCE_ID, REGION_ID) == ("mqtt-cn-0pp1ldu0001", "cn-hangzhou")


def test_context_manager_yields_the_backend() -> None:
    backend = Backend()
    with mock_onsmqtt(backend) as stub:
        assert stub is backend
    with mock_onsmqtt() as stub:
        assert create(stub) == 200
        assert stub.groups() == ["GID_test"]
    with mock_onsmqtt() as another:
        assert another.groups() == []


@mock_onsmqtt
def test_decorator_passes_no_argument() -> None:
    assert create(Backend()) == 200


@mock_onsmqtt(shared)
def decorated() -> int:
    """Return the status."""
    return create(shared)


def test_decorator_with_a_backend() -> None:
    assert (decorated.__name__, decorated.__doc__) == ("decorated", "Return the status.")
    shared.reset()
    assert (decorated(), decorated()) == (200, 400)
    assert shared.groups() == ["GID_test"]


@mock_onsmqtt
def fresh() -> int:
    return create(Backend())


def test_each_decorated_call_has_a_new_backend() -> None:
    assert (fresh(), fresh()) == (200, 200)


def test_decorated_coroutine() -> None:
    @mock_onsmqtt
    async def coroutine(group_id: str) -> int:
        await asyncio.sleep(0)
        return create(Backend(), group_id)

    assert asyncio.run(coroutine("GID_test")) == 200


@mock_onsmqtt
def test_decorated_test_still_gets_its_fixtures(tmp_path: object) -> None:
    assert tmp_path


def test_plugin_fixture(onsmqtt: Backend) -> None:
    assert create(onsmqtt) == 200
    assert onsmqtt.groups() == ["GID_test"]


@pytest.mark.parametrize(
    "host",
    (
        "onsmqtt.cn-hangzhou.aliyuncs.com",
        "onsmqtt-vpc.cn-hangzhou.aliyuncs.com",
        "onsmqtt.cn-shenzhen-finance-1.aliyuncs.com",
        "onsmqtt.mq-internet-access.aliyuncs.com",
    ),
)
def test_every_regional_endpoint_is_mocked(host: str) -> None:
    region = host.split(".")[1]
    with mock_onsmqtt() as stub:
        stub.add_instance("mqtt-here", region_id=region)
        client = Client(stub, f"https://{host}")
        assert client.v3(GroupId="GID_test", InstanceId="mqtt-here", host=host).status_code == 200


@pytest.mark.parametrize(
    "url",
    (
        "https://example.com/",
        "https://ecs.cn-hangzhou.aliyuncs.com/",
        "https://onsmqtt.cn-hangzhou.aliyuncs.com.example.com/",
        "https://onsmqtt.cn-hangzhou.aliyuncs.com@example.com/",
        "https://example.com/?x=https://onsmqtt.cn-hangzhou.aliyuncs.com/",
    ),
)
def test_other_urls_are_refused(url: str) -> None:
    with (
        mock_onsmqtt() as stub,
        pytest.raises(requests.ConnectionError, match="not an endpoint of OnsMqtt"),
    ):
        requests.post(url, timeout=1)
    assert stub.journal == ()


def test_added_endpoint_is_mocked() -> None:
    with mock_onsmqtt(endpoint="https://mqtt.internal.example/") as stub:
        client = Client(stub, "https://mqtt.internal.example")
        host = "mqtt.internal.example"
        response = client.v3(GroupId="GID_test", InstanceId=INSTANCE, host=host)
        assert response.status_code == 200
        with pytest.raises(requests.ConnectionError):
            requests.post("https://mqtt.internal.example.com/", timeout=1)


def test_patches_are_removed_even_after_an_error() -> None:
    before = requests.adapters.HTTPAdapter.send

    def fail() -> None:
        with mock_onsmqtt():
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert requests.adapters.HTTPAdapter.send is before


def test_a_socket_class_of_another_tool_may_lack_methods(monkeypatch: pytest.MonkeyPatch) -> None:
    # As that of httpretty and mocket, which has no `connect_ex`.
    class Socket:
        def connect(self, _address: object) -> None: ...

    original = Socket.connect
    monkeypatch.setattr(socket, "socket", Socket)
    with mock_onsmqtt() as stub:
        assert create(stub) == 200
        with pytest.raises(socket.gaierror):
            Socket().connect((HOST, 443))
    assert Socket.connect is original


def test_a_mock_works_after_one_that_could_not_be_entered(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(_patches, "_all", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            mock_onsmqtt().start()
    with mock_onsmqtt() as stub:
        assert create(stub) == 200


def test_host_is_that_of_the_url_without_a_header() -> None:
    with mock_onsmqtt() as stub:
        url = f"https://{HOST}/?Action=CreateGroupId&Version=2020-04-20&Format=JSON"
        assert requests.post(url, timeout=1).json()["HostId"] == HOST
        assert requests.post(url.replace(HOST, f"{HOST}:8443"), timeout=1).json()["HostId"] == (
            f"{HOST}:8443"
        )
    assert [call.verdict for call in stub.journal] == ["MissingAccessKeyId"] * 2


@pytest.fixture
def _collected() -> Iterator[None]:
    gc.collect()
    yield
    gc.collect()


@pytest.mark.usefixtures("_collected")
def test_calls_are_not_kept() -> None:
    with mock_onsmqtt() as stub:
        for number in range(50):
            create(stub, f"GID_{number:03}")
        kept = [item for item in gc.get_objects() if isinstance(item, responses.Call)]
    assert len(kept) <= 2
