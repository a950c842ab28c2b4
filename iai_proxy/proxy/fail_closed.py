"""Fail closed. mitmproxy by itself fails open: a hook that raises is logged and the traffic goes on.

Every hook of ours is wrapped by :func:`fail_closed`: whatever goes wrong in our code, the client
gets a refusal with a sentence in it, never an unrecorded answer and never, in replay, the network.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from mitmproxy import dns, http
from mitmproxy.net.dns import response_codes

from iai_proxy.errors import IaiProxyError

logger = logging.getLogger(__name__)

#: A fault of ours. Not a status that the SDK retries, so that the user sees the sentence and not a
#: silent hang.
FAULT: Final = 424
#: A payload that we can't read.
UNREADABLE: Final = 422
#: Nothing recorded answers.
MISS: Final = 404

#: Says that a refusal is ours.
REFUSED_HEADER: Final = "x-iai-proxy"

_REFUSED: Final = "iai-proxy-refused"

_Addon = TypeVar("_Addon")
_Hook = Callable[[_Addon, http.HTTPFlow], Awaitable[None]]


def refuse(flow: http.HTTPFlow, status: int, sentence: str, **headers: str) -> None:
    """Answer a flow with a plain sentence, which the SDK shows in its exception, whatever it held before."""
    flow.metadata[_REFUSED] = True
    flow.response = http.Response.make(
        status,
        f"iai-proxy: {sentence}",
        {"content-type": "text/plain; charset=utf-8", REFUSED_HEADER: "refused", **headers},
    )


def refuse_with(flow: http.HTTPFlow, status: int, body: bytes) -> None:
    """Answer a flow with a refusal in JSON, such as the API's own are."""
    flow.metadata[_REFUSED] = True
    flow.response = http.Response.make(
        status, body, {"content-type": "application/json", REFUSED_HEADER: "refused"}
    )


def have_recorded(flow: http.HTTPFlow) -> None:
    """Let a refusal be recorded like an answer: some of what was asked for has been done."""
    flow.metadata.pop(_REFUSED, None)


def is_refused(flow: http.HTTPFlow) -> bool:
    """Tell whether the flow's answer is a refusal of ours."""
    return _REFUSED in flow.metadata


def fail_closed(hook: _Hook[_Addon]) -> _Hook[_Addon]:
    """Wrap a hook so that an exception in it becomes a refusal."""

    @functools.wraps(hook)
    async def guarded(addon: _Addon, flow: http.HTTPFlow) -> None:
        try:
            await hook(addon, flow)
        except Exception as error:
            if isinstance(error, IaiProxyError):
                sentence = str(error)
            else:
                logger.exception("error in %s", hook.__qualname__)
                sentence = f"an error in {hook.__name__}: {error!r}; please report it"
            refuse(flow, FAULT, sentence)

    return guarded


class Closed:
    """An addon that refuses everything, until the real one can do its work (or if it never can)."""

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence

    async def request(self, flow: http.HTTPFlow) -> None:
        """Refuse."""
        refuse(flow, FAULT, self._sentence)

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Stream nothing: that would go upstream before ``request`` can refuse it."""
        flow.request.stream = False

    def dns_request(self, flow: dns.DNSFlow) -> None:
        """Resolve no name."""
        flow.response = flow.request.fail(response_codes.REFUSED)

    def server_connect(self, data: Any) -> None:
        """Connect to nothing."""
        data.server.error = f"iai-proxy: {self._sentence}"
