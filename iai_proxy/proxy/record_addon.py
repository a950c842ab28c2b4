"""The addon that records: a client gets an answer only once its exchange is committed."""

from __future__ import annotations

import asyncio
from typing import Final, Literal

from mitmproxy import http

from iai_proxy.api import Endpoint, Exchange, Request
from iai_proxy.api.bounds import MOST_DECODED, TOO_LARGE, TooLargeError
from iai_proxy.api.content_coding import decode, may_exceed
from iai_proxy.api.hosts import Upstream
from iai_proxy.proxy.capture import (
    is_for_api,
    to_exchange,
    to_request,
    without_bodies,
)
from iai_proxy.proxy.fail_closed import fail_closed, is_refused, refuse
from iai_proxy.proxy.http_stream import is_too_large
from iai_proxy.proxy.rerouting import reroute
from iai_proxy.proxy.troubles import Troubles
from iai_proxy.proxy.upgrades import without_offers
from iai_proxy.recordings import RecordingWriter
from iai_proxy.recordings.writer import RecordingFailedError
from iai_proxy.session.notices import Notices
from iai_proxy.session.refusals import FAULT, UNREADABLE

#: Key in a flow's metadata of the request as the client sent it.
_REQUEST: Final = "iai-proxy-request"


class RecordAddon:
    """Records what is meant for the API, and sends it upstream.

    Args:
        writer: the recording.
        notices: gets each kind of trouble with the upstream once.
        upstream: where requests for the API go; None for where the client sends them.
        most_decoded: bytes that a body may have once its content coding is undone.

    Attributes:
        failed: how many exchanges could not be recorded.
        troubles: with the upstream.
    """

    def __init__(
        self,
        writer: RecordingWriter,
        notices: Notices,
        upstream: Upstream | None = None,
        most_decoded: int = MOST_DECODED,
    ) -> None:
        self._writer = writer
        self._upstream = upstream
        self._most_decoded = most_decoded
        self.failed = 0
        self.troubles = Troubles(notices)

    @fail_closed
    async def request(self, flow: http.HTTPFlow) -> None:
        """Keep the request as the client sent it, and route it; refuse it while we can't record."""
        if flow.response is not None or flow.error is not None or not is_for_api(flow):
            return
        if any(ord(character) < ord("!") for character in flow.request.path):
            refuse(
                flow, UNREADABLE, "the path of the request holds white space or a control character"
            )
            return
        without_offers(flow.request)
        checked = self._writer.check()
        if not checked.done() or checked.exception():  # to wait wakes the loop once more
            await asyncio.wrap_future(checked)
        asked = to_request(flow)
        if await self._holds_too_much(flow, asked):
            return
        flow.metadata[_REQUEST] = asked
        # Once the request is on its way: both threads need the interpreter.
        asyncio.get_running_loop().call_soon(self._writer.foresee, asked)
        if not Endpoint.of(flow.request.method, flow.request.path).is_large:  # else answered here
            reroute(flow, self._upstream)

    @fail_closed
    async def response(self, flow: http.HTTPFlow) -> None:
        """Commit the exchange; only then does mitmproxy send the answer on."""
        recorded = await self._record(flow)
        if recorded:
            self.troubles.answered(flow)
        status = flow.response.status_code if flow.response else 0
        if recorded and status < 200:
            # mitmproxy takes any first answer for the last. After a 101 both sides could go on
            # unrecorded; after another status the client would wait for an answer that mitmproxy
            # has dropped.
            refuse(
                flow,
                FAULT,
                f"the API answered with the interim status {status}, which can't be passed on",
            )

    @fail_closed
    async def error(self, flow: http.HTTPFlow) -> None:
        """Commit an exchange that has no complete answer."""
        if _REQUEST in flow.metadata:
            self.troubles.failed(flow)
        elif is_too_large(flow) and flow.response is None and is_for_api(flow):
            self.troubles.failed(flow)
            flow.metadata[_REQUEST] = to_request(flow)
        await self._record(flow)

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Stream nothing: that would be neither kept nor rerouted."""
        flow.request.stream = False

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Stream nothing: that would not be kept."""
        if flow.response is not None:
            flow.response.stream = False

    async def _record(self, flow: http.HTTPFlow) -> bool:
        asked: Request | None = flow.metadata.pop(_REQUEST, None)
        if asked is None or is_refused(flow):
            # Not for the API, refused by us, or recorded already: an error may follow a response.
            return False
        try:
            await self._commit(flow, to_exchange(flow, asked))
        except Exception:
            self.failed += 1
            raise
        return True

    async def _commit(self, flow: http.HTTPFlow, exchange: Exchange) -> None:
        most = self._most_decoded
        try:
            await asyncio.wrap_future(self._writer.record(exchange, most))
        except RecordingFailedError as error:
            if not isinstance(error.__cause__, TooLargeError):
                raise
            await self._refuse_large(flow, exchange, str(error.__cause__), "answer")

    async def _holds_too_much(self, flow: http.HTTPFlow, asked: Request) -> bool:
        """Refuse a request that has too many bytes once its content coding is undone."""
        body, encoding, most = asked.body, asked.encoding, self._most_decoded
        if not may_exceed(body, encoding, most):
            return False
        try:
            await asyncio.to_thread(decode, body, encoding, most)
        except TooLargeError as error:
            await self._refuse_large(flow, to_exchange(flow, asked), str(error), "request")
            return True
        return False

    async def _refuse_large(
        self,
        flow: http.HTTPFlow,
        exchange: Exchange,
        sentence: str,
        which: Literal["request", "answer"],
    ) -> None:
        """Record a call as failed, without the bodies of which one is too large."""
        self.troubles.too_large(flow, sentence, which)
        failed = without_bodies(exchange, sentence)
        await asyncio.wrap_future(self._writer.append(lambda: failed))
        refuse(flow, TOO_LARGE, sentence)
