"""In process and over HTTP, the same calls with the same rules have the same results."""

from __future__ import annotations

import random
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
import requests

from onsmqtt_stub import Backend, Call, Fault, mock_onsmqtt
from onsmqtt_stub.server import running
from tests.stub.client import HOST, INSTANCE, Client, Clock

ACTIONS = ("CreateGroupId", "CreateGroupId", "DeleteGroupId", "ListGroupId", "ApplyToken")
RULES = [
    Fault("error", code="Throttling.User", headers={"x-acs-retry-after": "9"}, probability=0.1),
    Fault("error", code="InternalError", when="after", probability=0.1),
    Fault("reset", probability=0.1),
    Fault("reset", when="after", probability=0.1),
    Fault("reset", when="answer", probability=0.1),
    Fault("redirect", probability=0.1),
    Fault("truncated", probability=0.1, action="CreateGroupId"),
    Fault("oversized", size=5000, probability=0.1),
    Fault("not_json", status=502, probability=0.1),
    Fault("wrong_type", probability=0.1),
    Fault("empty", probability=0.1, group_id="GID_[ab]*"),
    Fault("trickle", delay=0.1, probability=0.1),
    Fault("delay", delay=1, probability=0.1),
]


def fate(client: Client, dice: random.Random) -> Any:
    action, name = dice.choice(ACTIONS), f"GID_{dice.choice('abcd')}00"
    wrong: dict[str, Any] = dice.choice(({}, {}, {}, {"secret": "wrong"}, {"key": "nobody"}))
    with_v1 = dice.random() < 0.3 and not wrong
    call = client.v1 if with_v1 else client.v3
    try:
        response = call(action, GroupId=name, InstanceId=INSTANCE, **wrong)
    except requests.RequestException as failure:
        cause = failure.args[0]
        return type(failure).__name__, type(cause).__name__, type(cause.args[1]).__name__
    headers = {
        name: value
        for name, value in response.headers.lower_items()
        if name not in ("connection", "x-acs-request-id")
    }
    return response.status_code, headers, len(response.content)


@pytest.mark.parametrize("seed", range(3))
def test_same_calls_have_the_same_results(seed: int) -> None:
    fates, backends = [], []
    for wire in (False, True):
        clock, dice = Clock(), random.Random(seed)
        backend = Backend(clock=clock, sleep=clock.sleep)
        rules = random.Random(seed).sample(RULES, len(RULES))
        backend.set_faults(rules)
        with ExitStack() as stack:
            if wire:
                base = stack.enter_context(running(backend))
            else:
                base = f"https://{HOST}"
                stack.enter_context(mock_onsmqtt(backend))
            client = Client(backend, base, stack.enter_context(requests.Session()))
            fates.append([fate(client, dice) for _ in range(150)])
        backends.append((backend.groups(), clock.slept, backend.faults.acted, shown(backend)))
    assert fates[0] == fates[1]
    assert backends[0] == backends[1]
    assert len({str(one)[:20] for one in fates[0]}) > 8, "the rules did act"


def shown(backend: Backend) -> list[Call]:
    return [replace(call, request_id="") for call in backend.journal]
