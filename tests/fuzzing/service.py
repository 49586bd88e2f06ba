"""The stub as the service, in the state and with the faults that an input chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from onsmqtt_stub import AccessKey, Backend, Fault, mock_onsmqtt
from tests.fuzzing.instance import ACCESS_KEY_ID, SECRET, TOKEN
from tests.fuzzing.virtual_time import TIME

if TYPE_CHECKING:
    from collections.abc import Sequence


class Seen(NamedTuple):
    """One call."""

    group_id: str
    instance_id: str
    verdict: str
    committed: bool


# No trickle: in process urllib3 reads the response, and it bounds each read, not the whole.
FAULTS: tuple[Sequence[Fault], ...] = (
    (),
    (),
    (),
    (Fault("refuse", times=1),),
    (Fault("refuse", delay=30),),
    (Fault("error", code="Throttling.User", headers={"x-acs-retry-after": "2500"}, times=2),),
    (Fault("error", code="Throttling.Api", status=503, headers={"Retry-After": "999999999"}),),
    (Fault("error", code="InternalError", status=500, times=1),),
    (Fault("error", code="InternalError", status=500),),
    (Fault("error", code="ServiceUnavailable", status=503, times=3),),
    (Fault("error", code="CreateGroupIdError", status=500, when="after", times=1),),
    (Fault("error", code="SignatureNonceUsed", times=1),),
    (Fault("error", code="InvalidTimeStamp.Expired", times=1),),
    (Fault("error", code="InvalidSecurityToken.Expired"),),
    (Fault("error", code="NoPermission", status=403),),
    (Fault("error", code="InstancePermissionCheckFailed"),),
    (Fault("error", code="ParameterFieldCheckFailed"),),
    (Fault("error", code="GroupIdAlreadyUsedByOtherUsers"),),
    (Fault("error", code="Never.Heard", status=418),),
    (Fault("reset", when="before", times=1),),
    (Fault("reset", when="after", times=1),),
    (Fault("reset", when="answer"),),
    (Fault("delay", when="before", delay=30, times=1),),
    (Fault("delay", when="after", delay=4, times=1),),
    (Fault("delay", when="after", delay=30),),
    (Fault("truncated", times=1),),
    (Fault("oversized", size=70_000, times=1),),
    (Fault("not_json", times=1),),
    (Fault("wrong_type"),),
    (Fault("empty", times=1),),
    (Fault("redirect"),),
)
BACKEND = Backend(clock=TIME.wall, sleep=TIME.sleep)
mock_onsmqtt(BACKEND).start()


def reset(faults: int = 0, *, groups: Sequence[str] = ()) -> None:
    """Reset to the key of the fuzzed function, one row of `FAULTS`, and some groups."""
    BACKEND.reset()
    BACKEND.add_key(AccessKey(ACCESS_KEY_ID, SECRET, TOKEN))
    if faults := faults % len(FAULTS):
        BACKEND.set_faults(FAULTS[faults])
    for group in groups:
        BACKEND.add_group(group)


def calls() -> list[Seen]:
    """Return the calls that the service received."""
    return [
        Seen(call.group_id, call.instance_id, call.verdict, committed=call.committed)
        for call in BACKEND.journal
    ]


def call_count() -> int:
    """Return the number of calls."""
    return len(BACKEND.journal)
