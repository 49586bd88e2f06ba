"""One invocation, from the bytes of an event to the response of its trigger."""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from create_group_id import __version__, credentials, logs, payload, settings, triggers
from create_group_id.dial import tls_context
from create_group_id.errors import DEADLINE_EXCEEDED, INTERNAL_ERROR, Failure
from create_group_id.provisioning import Invocation
from create_group_id.timing import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from create_group_id.envelope import Result
    from create_group_id.payload import Request
    from create_group_id.provisioning import Provisioner
    from create_group_id.settings import Settings
    from create_group_id.wrappings import Item

_MAX_INVOCATION_ID = 128


class Handler:
    """Handles the invocations of one FC instance; clock and environment are passed in."""

    def __init__(
        self,
        provisioner: Provisioner,
        *,
        environ: Mapping[str, str],
        clock: Callable[[], float],
    ) -> None:
        self._provisioner, self._environ, self._clock = provisioner, environ, clock
        # Seconds of the import. Without an Initializer, FC counts them as part of the first
        # invocation.
        self.import_seconds = 0.0
        self._cold_start = True

    def initialize(self, context: Any) -> None:
        """Load what the first call needs. FC has a timeout of its own for this and the import."""
        self.import_seconds = 0.0
        with suppress(Exception):  # the first invocation reports it
            if not settings.load(self._environ, context).endpoint.startswith("http:"):
                tls_context()

    def handle(self, event: bytes, context: Any) -> object:
        """Run one invocation; raise nothing but `ProvisioningFailed`."""
        started, cold_start = self._clock(), self._cold_start
        deadline = Deadline.from_context(context, started - self.import_seconds, self._clock)
        self.import_seconds, self._cold_start = 0.0, False
        invocation = Invocation(_invocation_id(context), deadline)

        trigger = triggers.infer(event, raises=settings.raises_on_failure(self._environ))
        items = trigger.items(settings.signup_types(self._environ))
        results = self._results(items, invocation, context, at_least_once=trigger.at_least_once)

        logs.write(
            logging.WARNING if any(isinstance(r, Failure) for r in results) else logging.INFO,
            "invocation",
            Trigger=trigger.name,
            Results=dict(Counter(map(_outcome, results))),
            RequestId=results[-1].request_id,
            EventId=items[0].event_id,
            EventTime=items[0].event_time,
            Traceparent=items[0].traceparent,
            Attempts=invocation.attempts,
            Milliseconds=logs.milliseconds(started, self._clock()),
            ColdStart=cold_start,
            Version=__version__,
        )
        return trigger.respond(items, results, invocation.id)

    def _results(
        self, items: Sequence[Item], invocation: Invocation, context: Any, *, at_least_once: bool
    ) -> Sequence[Result]:
        """Return a result for each item; a failure of the invocation is the result of them all."""
        try:
            function_settings = settings.load(self._environ, context)
            logs.set_level(function_settings.log_level)
            parsed = _requests(
                items, function_settings, invocation.deadline, at_least_once=at_least_once
            )
            requests = [request for request in parsed if not isinstance(request, Failure)]
            provisioned = iter(self._provision(requests, function_settings, invocation, context))
            return [r if isinstance(r, Failure) else next(provisioned) for r in parsed]
        except Failure as failure:
            return [failure] * len(items)
        except Exception as error:  # noqa: BLE001 - a bug of ours is returned as an envelope too
            logs.bug(error)
            return [Failure(INTERNAL_ERROR)] * len(items)

    def _provision(
        self,
        requests: Sequence[Request],
        function_settings: Settings,
        invocation: Invocation,
        context: Any,
    ) -> Sequence[Result]:
        try:
            function_credentials = credentials.current(context, self._environ)
        except Failure as failure:
            return [failure] * len(requests)
        return self._provisioner.provision(
            requests, function_settings, function_credentials, invocation
        )


def _requests(
    items: Sequence[Item], function_settings: Settings, deadline: Deadline, *, at_least_once: bool
) -> list[Request | Failure]:
    """Return the request of each item, or its failure; equal failures share one object.

    After the deadline only the first is still validated, since no other could have an attempt.
    """
    requests: list[Request | Failure] = []
    failures: dict[object, Failure] = {}
    for item in items:
        late = bool(requests) and deadline.remaining() <= 0
        request = item.failure or (
            Failure(DEADLINE_EXCEEDED)
            if late
            else _request(item, function_settings, at_least_once=at_least_once)
        )
        if isinstance(request, Failure):
            request = failures.setdefault(request.key, request)
        requests.append(request)
    return requests


def _request(item: Item, function_settings: Settings, *, at_least_once: bool) -> Request | Failure:
    try:
        return payload.read(
            item.payload,
            function_settings,
            is_signup=item.is_signup,
            on_existing=payload.SUCCEED if at_least_once else payload.FAIL,
        )
    except Failure as failure:
        return failure.without_traceback()
    except Exception as error:  # noqa: BLE001 - a bug of ours must not lose the other events
        logs.bug(error)
        return Failure(INTERNAL_ERROR)


def _outcome(result: Result) -> str:
    return result.kind.code if isinstance(result, Failure) else result.outcome


def _invocation_id(context: Any) -> str | None:
    request_id = settings.attribute(context, "request_id")
    return request_id[:_MAX_INVOCATION_ID] if isinstance(request_id, str) else None
