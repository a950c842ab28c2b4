"""Fail closed: a fault of ours becomes a refusal.

mitmproxy itself fails open: it logs an exception in a hook, and the traffic goes on. So every hook
of ours is wrapped by :func:`fail_closed`: the client gets a refusal with a sentence in it, never an
unrecorded answer and never, in replay, the network.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from mitmproxy import dns, http
from mitmproxy.net.dns import response_codes

from iai_proxy.proxy.replies import to_response
from iai_proxy.session.refusals import (
    FAULT,
    REFUSED_HEADER,
    TEXT,
    fault_sentence,
    fault_status,
    refusal_text,
)
from iai_proxy.session.replies import Reply, reason

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
    answer = http.Response.make(
        status,
        refusal_text(sentence),
        {"content-type": TEXT, REFUSED_HEADER: "refused", **headers},
    )
    answer.reason = reason(status)  # all that some clients show of a tunnel; mitmproxy lacks some
    return answer


def refuse_as(flow: http.HTTPFlow, reply: Reply) -> None:
    """Answer a flow with a refusal of the player's."""
    flow.metadata[_REFUSED] = True
    flow.response = to_response(reply)
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
            refuse(flow, fault_status(error), fault_sentence(error, hook.__name__))

    return guarded


def fail_closed_at_once(
    hook: Callable[[_Addon, http.HTTPFlow], None],
) -> Callable[[_Addon, http.HTTPFlow], None]:
    """Do as :func:`fail_closed` does, for a hook that no one has to await."""

    @functools.wraps(hook)
    def guarded(addon: _Addon, flow: http.HTTPFlow) -> None:
        try:
            hook(addon, flow)
        except Exception as error:
            refuse(flow, FAULT, fault_sentence(error, hook.__name__))

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
