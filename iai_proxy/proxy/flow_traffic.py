"""Counts what passes through mitmproxy."""

from __future__ import annotations

import time

from mitmproxy import http

from iai_proxy.proxy.capture import is_for_api
from iai_proxy.session.traffic import Traffic


class FlowTraffic:
    """Addon that counts calls. Put it last: what it sees is what the client gets.

    Args:
        traffic: the counts.
    """

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic

    def response(self, flow: http.HTTPFlow) -> None:
        """Count a call that was answered."""
        answer = flow.response
        if answer is not None and is_for_api(flow):
            self._count(
                flow, len(answer.raw_content or b""), failed=not 200 <= answer.status_code < 300
            )

    def error(self, flow: http.HTTPFlow) -> None:
        """Count a call that was not answered."""
        if flow.response is None and is_for_api(flow):
            self._count(flow, 0, failed=True)

    def _count(self, flow: http.HTTPFlow, answer_bytes: int, *, failed: bool) -> None:
        body_bytes = len(flow.request.raw_content or b"") + answer_bytes
        took_ms = (time.time() - flow.request.timestamp_start) * 1000
        self._traffic.count(body_bytes, took_ms, failed=failed)
