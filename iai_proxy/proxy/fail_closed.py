"""Fail closed: a fault of ours becomes a refusal.

mitmproxy itself fails open: it logs an exception in a hook, and the traffic goes on. So every hook
of ours is wrapped by :func:`fail_closed`: the client gets a refusal with a sentence in it, never an
unrecorded answer and never, in replay, the network.
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

#: Status of a fault of ours. The SDK does not retry it, so the user sees the sentence instead of a
#: silent hang.
FAULT: Final = 424
#: Status if we can't read a payload.
UNREADABLE: Final = 422
#: Status if no recorded exchange answers.
MISS: Final = 404

#: Marks a refusal as ours.
REFUSED_HEADER: Final = "x-iai-proxy"

_REFUSED: Final = "iai-proxy-refused"

_Addon = TypeVar("_Addon")
_Hook = Callable[[_Addon, http.HTTPFlow], Awaitable[None]]


def refuse(flow: http.HTTPFlow, status: int, sentence: str, **headers: str) -> None:
    """Answer a flow with a plain sentence, which the SDK shows in its exception."""
    flow.metadata[_REFUSED] = True
    flow.response = refusal(status, sentence, **headers)
    without_body_for_head(flow)


def refusal(status: int, sentence: str, **headers: str) -> http.Response:
    """Return an answer of ours that says why there is no other."""
    return http.Response.make(
        status,
        f"iai-proxy: {sentence}",
        {"content-type": "text/plain; charset=utf-8", REFUSED_HEADER: "refused", **headers},
    )


def refuse_with(flow: http.HTTPFlow, status: int, body: bytes) -> None:
    """Answer a flow with a refusal in JSON, like the API's own."""
    flow.metadata[_REFUSED] = True
    flow.response = http.Response.make(
        status, body, {"content-type": "application/json", REFUSED_HEADER: "refused"}
    )
    without_body_for_head(flow)


def without_body_for_head(flow: http.HTTPFlow) -> None:
    """Keep the length of an answer to a HEAD only: mitmproxy would send its body as well."""
    if flow.request.method.upper() == "HEAD" and flow.response is not None:
        flow.response.raw_content = b""  # the header is as it was


def have_recorded(flow: http.HTTPFlow) -> None:
    """Have a refusal recorded like an answer, because part of the call was made."""
    flow.metadata.pop(_REFUSED, None)


def is_refused(flow: http.HTTPFlow) -> bool:
    """Whether the flow's answer is a refusal of ours."""
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
    """Addon that refuses everything until the real one is ready, or because it never will be."""

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
