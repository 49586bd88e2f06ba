"""A model of the OpenAPI with the account's quota. It replaces `HTTPAdapter.send`."""

from __future__ import annotations

import io
import json
import math
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import requests

if TYPE_CHECKING:
    from random import Random

    from benchmarks.simulation.virtual_time import VirtualTime

QUOTA = 10  # calls in each second of the clock, with the throttled ones
MEDIAN, P99 = 0.060, 0.800  # seconds of a call
_SIGMA = math.log(P99 / MEDIAN) / 2.326
LOST, FAILED = 0.01, 0.01  # responses lost after the commit; 5xx, of which half commit


class Api:
    """CreateGroupId for one account. Every call takes virtual time."""

    def __init__(self, time: VirtualTime, random: Random) -> None:
        self.groups: set[str] = set()
        self.calls: Counter[str] = Counter()  # by caller
        self.throttled: Counter[str] = Counter()
        self.used: Counter[int] = Counter()  # accepted calls by second
        self._received: Counter[int] = Counter()
        self._time, self._random = time, random

    def send(self, request: requests.PreparedRequest, caller: str) -> Any:
        """Return the response to a call, or raise the error, as `requests` does."""
        group = parse_qs((request.url or "").partition("?")[2])["GroupId"][0]
        second = int(self._time.now)
        self.calls[caller] += 1
        self._received[second] += 1
        is_throttled = self._received[second] > QUOTA
        fate = self._random.random()
        if is_throttled:
            self.throttled[caller] += 1
        else:
            self.used[second] += 1
        self._time.sleep(self._random.lognormvariate(math.log(MEDIAN), _SIGMA))
        if is_throttled:
            return _response(400, "Throttling.User")
        existed = group in self.groups
        if not LOST <= fate < LOST + FAILED / 2:
            self.groups.add(group)
        if fate < LOST:
            raise requests.ConnectionError("reset")
        if fate < LOST + FAILED:
            return _response(500, "InternalError")
        return _response(400, "GroupIdAlreadyExsited") if existed else _response(200, None)


def _response(status: int, code: str | None) -> Any:
    body = {"RequestId": "0621DDD7-F0E9-4D35-8900-518116D60000"} | ({"Code": code} if code else {})
    return SimpleNamespace(
        status_code=status, headers={}, raw=io.BytesIO(json.dumps(body).encode())
    )
