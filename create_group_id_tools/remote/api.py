"""What the APIs of FC 3.0 and FC 2.0 have in common: the headers of an invocation, its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from create_group_id_tools.remote.reply import Reply
from create_group_id_tools.remote.wire import not_fc, refusal

if TYPE_CHECKING:
    from create_group_id_tools.remote.wire import Answer


def invocation_headers(*, asynchronous: bool, log: bool) -> dict[str, str]:
    """Return the headers that say whether to wait, and whether to return the log."""
    return {
        "x-fc-invocation-type": "Async" if asynchronous else "Sync",
        "x-fc-log-type": "Tail" if log else "None",
    }


def reply(answer: Answer) -> Reply:
    """Return the function's reply; raises `Refused` where FC did not run the function."""
    if answer.status not in (200, 202):
        raise refusal(answer)
    if "X-Fc-Request-Id" not in answer.headers:
        raise not_fc(answer)
    return Reply(answer, answer.headers.get("X-Fc-Error-Type"))
