"""The addon that records: an exchange is committed before the client gets the answer, or the answer is refused."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from mitmproxy import http
from mitmproxy.proxy import mode_specs

from iai_proxy.exchange import Request
from iai_proxy.mitm.capture import decoded, to_exchange, to_request
from iai_proxy.mitm.guard import fail_closed, is_refused
from iai_proxy.mitm.hosts import REAL_API, Upstream, is_api_host
from iai_proxy.mitm.notices import Notices
from iai_proxy.store import RecordingWriter

_ASKED: Final = "iai-proxy-asked"


class Recorder:
    """Records what is meant for the API, and sends it upstream.

    Args:
        writer: the recording.
        notices: told when the upstream can't be reached.
        upstream: where requests go that are meant for the API; None for where the client sends them.
    """

    def __init__(self, writer: RecordingWriter, notices: Notices, upstream: Upstream | None = None) -> None:
        self._writer = writer
        self._notices = notices
        self._upstream = upstream
        self._under_way: set[str] = set()
        self._idle = asyncio.Event()
        self.recorded = 0
        self.failed = 0

    @fail_closed
    async def request(self, flow: http.HTTPFlow) -> None:
        """Note the request as the client sent it, and route it. Refuse it if its answer could not be kept."""
        reverse = isinstance(flow.client_conn.proxy_mode, mode_specs.ReverseMode)
        if flow.response is not None or not (reverse or is_api_host(flow.request.host)):
            return
        await asyncio.wrap_future(self._writer.check())
        flow.metadata[_ASKED] = to_request(flow)
        self._under_way.add(flow.id)
        self._idle.clear()
        if upstream := self._upstream or (Upstream.parse(REAL_API) if reverse else None):
            _reroute(flow.request, upstream)

    @fail_closed
    async def response(self, flow: http.HTTPFlow) -> None:
        """Commit the exchange; only then does mitmproxy send the answer on."""
        await self._record(flow)

    @fail_closed
    async def error(self, flow: http.HTTPFlow) -> None:
        """Commit an exchange that got no whole answer."""
        asked: Request | None = flow.metadata.get(_ASKED)
        if asked and flow.response is None and flow.error and "client" not in flow.error.msg.lower():
            where = f"{flow.request.scheme}://{flow.request.host}:{flow.request.port}"
            self._notices.once(f"upstream {where}", f"no answer from {where}: {flow.error.msg}")
        await self._record(flow)

    async def drained(self, timeout_s: float) -> int:
        """Wait until no call is under way, at most ``timeout_s`` seconds, and return how many still are."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), timeout_s)
        return len(self._under_way)

    @property
    def under_way(self) -> int:
        """How many calls wait for their answer."""
        return len(self._under_way)

    async def _record(self, flow: http.HTTPFlow) -> None:
        asked: Request | None = flow.metadata.pop(_ASKED, None)
        if asked is None or is_refused(flow):
            self._ended(flow)
            return  # not the API's, refused by us, or recorded already: an error may follow a response
        try:
            exchange = to_exchange(flow, asked)
            await asyncio.wrap_future(self._writer.append(lambda: decoded(exchange)))
            self.recorded += 1
        except Exception:
            self.failed += 1
            raise
        finally:
            self._ended(flow)

    def _ended(self, flow: http.HTTPFlow) -> None:
        self._under_way.discard(flow.id)
        if not self._under_way:
            self._idle.set()


def _reroute(request: http.Request, upstream: Upstream) -> None:
    request.scheme = upstream.scheme
    request.host = upstream.host  # mitmproxy keeps the Host header and :authority in step
    request.port = upstream.port
    request.path = upstream.target(request.path)
