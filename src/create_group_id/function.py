"""One invocation, from an event's bytes to the answer of its trigger."""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from create_group_id import credentials, envelope, logs, payload, settings, triggers
from create_group_id.connection import tls_context
from create_group_id.errors import INTERNAL_ERROR, Failure
from create_group_id.provisioning import Invocation, Provisioner
from create_group_id.timing import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from create_group_id.provisioning import Success
    from create_group_id.triggers import Trigger
    from create_group_id.wrappings import Item

_MAX_INVOCATION_ID = 128


class Function:
    """The function as an instance holds it, with what it needs of the world passed in."""

    def __init__(
        self,
        provisioner: Provisioner,
        *,
        environ: Mapping[str, str],
        clock: Callable[[], float],
    ) -> None:
        self._provisioner, self._environ, self._clock = provisioner, environ, clock
        # Seconds of import, which FC counts into the first invocation where no Initializer ran.
        self.start_up = 0.0
        self._is_new = True

    def initialize(self, context: Any) -> None:
        """Load what the first call needs, within the time-out that FC gives start-up itself."""
        self.start_up = 0.0
        with suppress(Failure, OSError):  # the first invocation will report it
            if not (settings.load(self._environ, context).endpoint or "").startswith("http:"):
                tls_context()

    def handle(self, event: bytes, context: Any) -> object:
        """Answer one invocation; raises `ProvisioningFailed` only."""
        begin, is_new = self._clock(), self._is_new
        deadline = Deadline.of(context, begin - self.start_up, self._clock)
        self.start_up, self._is_new = 0.0, False
        invocation = Invocation(_invocation_id(context), deadline)

        trigger = triggers.infer(event, raises=settings.raises_on_failure(self._environ))
        items = trigger.items(settings.signup_types(self._environ))
        answers = []
        for index, item in enumerate(items):
            # One event that keeps failing must leave the others of its batch their time.
            patience = deadline.share(len(items) - index)
            result = self._result(item, trigger, invocation, context, patience)
            answers.append(envelope.answer(result, invocation.id))

        labels = Counter(answer.label for answer in answers)
        logs.write(
            logging.INFO if all(answer.succeeded for answer in answers) else logging.WARNING,
            "invocation",
            Trigger=trigger.name,
            Results=dict(labels),
            RequestId=answers[-1].body["RequestId"],
            EventId=items[0].event_id,
            Traceparent=items[0].traceparent,
            Attempts=invocation.attempts,
            Milliseconds=logs.milliseconds(begin, self._clock()),
            IsNew=is_new,
        )
        return trigger.answer(answers, invocation.id)

    def _result(
        self,
        item: Item,
        trigger: Trigger,
        invocation: Invocation,
        context: Any,
        patience: Deadline,
    ) -> Success | Failure:
        try:
            chosen = settings.load(self._environ, context)
            logs.set_level(chosen.log_level)
            if item.failure:
                return item.failure
            request = payload.read(
                item.payload,
                chosen,
                is_signup=item.is_signup,
                on_existing=payload.SUCCEED if trigger.replayed else payload.FAIL,
            )
            role = credentials.current(context, self._environ)
            return self._provisioner.provision(request, chosen, role, invocation, patience)
        except Failure as failure:
            return failure
        except Exception as error:  # noqa: BLE001 - a bug of ours must not lose the other events
            logs.bug(error)
            return Failure(INTERNAL_ERROR)


def _invocation_id(context: Any) -> str | None:
    given = getattr(context, "request_id", None)
    return given[:_MAX_INVOCATION_ID] if isinstance(given, str) else None
