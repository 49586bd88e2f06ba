"""Route each request to an API, the bus, a queue, the page or the HTTP trigger."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from create_group_id_tools.local import cross_site, event_bus, fc_errors, invoke_api, message_api
from create_group_id_tools.local.fc_errors import FcError
from create_group_id_tools.local.function_compute import MAX_SYNC
from create_group_id_tools.runtime.context import new_request_id

if TYPE_CHECKING:
    from create_group_id_tools.events.http_event import HttpRequest, HttpResponse
    from create_group_id_tools.local.authentication import Keys
    from create_group_id_tools.local.event_bus import EventBus
    from create_group_id_tools.local.function_compute import FunctionCompute
    from create_group_id_tools.local.http_trigger import HttpTrigger
    from create_group_id_tools.local.message_api import MessageApi
    from create_group_id_tools.local.page import Page


class App:
    """Respond to every request that reaches the port."""

    def __init__(
        self,
        fc: FunctionCompute,
        keys: Keys,
        trigger: HttpTrigger,
        bus: EventBus,
        messages: MessageApi,
        page: Page,
    ) -> None:
        self._fc, self._keys = fc, keys
        self._trigger, self._bus, self._page = trigger, bus, page
        self._messages = messages

    def respond(self, request: HttpRequest) -> HttpResponse:
        """Return the response to one request, and turn `FcError` into the format of its API."""
        request_id, version = new_request_id(), invoke_api.version(request)
        try:
            return self._respond(request, version, request_id)
        except FcError as error:
            if self._bus.serves(request):
                return fc_errors.response(error, request_id, event_bus.refusal(error, request_id))
            if self._messages.serves(request):
                return message_api.refusal(error, request_id)
            return fc_errors.response(error, request_id, error.body(request_id, version or 3))

    def _respond(self, request: HttpRequest, version: int | None, request_id: str) -> HttpResponse:
        # Also for signed requests: the stub's keys are public, so a web page could sign.
        cross_site.check_host(request)
        if request.cut:
            raise fc_errors.too_large(MAX_SYNC)
        now = time.time()
        if version is not None:
            return invoke_api.respond(request, version, self._fc, self._keys, request_id, now)
        if self._bus.serves(request):
            return self._bus.respond(request, request_id, now)
        if self._messages.serves(request):
            return self._messages.respond(request, request_id, now)
        if self._page.serves(request):
            return self._page.respond(request, now)
        return self._trigger.respond(request, self._fc, request_id, now)
