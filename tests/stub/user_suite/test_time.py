"""The default clock follows the test's time: freezegun, time-machine, a patched sleep."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Any

import freezegun
import pytest
import time_machine
from shop import sign_up, with_sdk, with_urllib3

from onsmqtt_stub import Backend, Fault, mock_onsmqtt
from onsmqtt_stub.server import running

THEN = datetime(2031, 5, 6, 7, 8, 9, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "at", (freezegun.freeze_time, lambda when: time_machine.travel(when, tick=False))
)
def test_frozen(at: Any) -> None:
    with at(THEN), mock_onsmqtt() as stub:
        assert (sign_up("GID_one"), with_sdk("GID_two")) == (200, 200)
        assert {call.at for call in stub.journal} == {THEN.timestamp()}


@pytest.mark.parametrize("at", (freezegun.freeze_time, time_machine.travel))
def test_frozen_after_the_backend_was_made(at: Any) -> None:
    backend = Backend()
    with mock_onsmqtt(backend), at(THEN):
        assert sign_up("GID_one") == 200


def test_frozen_time_on_a_server() -> None:
    with running(backend := Backend()) as url, freezegun.freeze_time(THEN):
        assert with_urllib3("GID_one", url) == 200
    assert backend.journal[0].at == THEN.timestamp()


@freezegun.freeze_time("2030-01-01")
@mock_onsmqtt
def test_our_decorator_outside() -> None:
    assert sign_up("GID_one") == 200


@mock_onsmqtt
@freezegun.freeze_time("2030-01-01")
def test_our_decorator_inside() -> None:
    assert sign_up("GID_one") == 200


def test_moved_time(onsmqtt: Backend) -> None:
    with freezegun.freeze_time("2030-01-01") as frozen:
        assert sign_up("GID_one") == 200
        frozen.tick(86_400)
        assert sign_up("GID_two") == 200
        frozen.move_to("2029-01-01")
        assert sign_up("GID_three") == 200
    assert len(onsmqtt.groups()) == 3


def test_sleep_is_looked_up_at_each_call(onsmqtt: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    onsmqtt.set_faults([Fault("delay", delay=3)])
    assert sign_up("GID_one") == 200
    assert slept == [3]
