"""What goes wrong upstream while the SDK repeats its call in silence, said once with what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from mitmproxy import http

from iai_proxy.api import RETRIED_STATUSES, Endpoint
from iai_proxy.api.bounds import BODY_FLAG, limiting_flag
from iai_proxy.proxy.error_wording import UNVERIFIED
from iai_proxy.proxy.http_stream import fault_of, is_too_large, origin
from iai_proxy.saying import hidden
from iai_proxy.session.notices import Notices
from iai_proxy.session.refusals import FAULT
from iai_proxy.text import plural, printable

#: Statuses in a row, from one server, that are "again and again".
_AGAIN: Final = 2
_KEY_HEADERS: Final = ("x-api-key", "api-key")


class _Trouble(NamedTuple):
    """A kind of trouble with one server.

    Attributes:
        got: what calls had from it, or for it: ``got no answer from``.
    """

    where: str
    got: str


class Troubles:
    """Says each kind of trouble with each server once, and counts them for the summary."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._calls: Counter[_Trouble] = Counter()
        self._said: dict[_Trouble, str] = {}  # with its fix
        self._last: dict[str, tuple[int, int]] = {}  # by server: a status, how often in a row

    def answered(self, flow: http.HTTPFlow) -> None:
        """Take note of a whole answer from upstream."""
        response = flow.response
        endpoint = Endpoint.of(flow.request.method, flow.request.path)
        if response is None or endpoint.is_large:  # those are answered here, by their parts
            return
        where, status = origin(flow.request), response.status_code
        before, count = self._last.get(where, (status, 0))
        count = count + 1 if before == status else 1
        self._last[where] = status, count
        if status not in RETRIED_STATUSES or endpoint is Endpoint.KEY_CHECK:  # not repeated
            return
        trouble = _Trouble(where, f"got status {status} from")
        self._calls[trouble] += 1
        if status == 403:
            self._say(trouble, *_refused(where, flow.request))
        elif count >= _AGAIN:
            self._say(trouble, *_again(where, status))

    def failed(self, flow: http.HTTPFlow) -> None:
        """Take note of a call that got no whole answer."""
        where = origin(flow.request)
        reason = printable(hidden(flow.error.msg)) if flow.error else ""
        match fault_of(flow):
            case "no answer":
                trouble = _Trouble(where, "got no answer from")
                what = f"no answer from {where}: {reason}. The SDK repeats the call for ever"
                fix = "look at the network and the address, or stop the client"
            case "broken answer":
                trouble = _Trouble(where, "got a broken answer from")
                what = (
                    f"{where} sent a broken answer: {reason}. The client gets status {FAULT}, with "
                    "which the SDK ends the call"
                )
                fix = (
                    "run it again; if that does not help, look at the server and what is before it"
                )
            case "large answer":
                self.too_large(flow, reason, "answer")
                return
            case "no connection" | "not dialled":
                trouble = _Trouble(where, "had no connection to")
                what = (
                    f"no connection to {where}: {reason}. The client is told so, and the SDK ends "
                    "the call"
                )
                fix = "look at the address, and at the certificate of what answers there"
                if reason.startswith(UNVERIFIED):
                    fix += "; if you trust it, name its root certificates with --upstream-ca FILE"
            case "client":
                if is_too_large(flow):
                    self.too_large(flow, reason, "request")
                return
        self._calls[trouble] += 1
        self._say(trouble, what, fix)

    def too_large(
        self, flow: http.HTTPFlow, reason: str, which: Literal["request", "answer"]
    ) -> None:
        """Take note of a call that was refused as a body of it is too large.

        Args:
            flow: the call.
            reason: what :class:`~iai_proxy.api.bounds.TooLargeError` says.
            which: whose body it is.
        """
        where, flag = origin(flow.request), limiting_flag(reason) or BODY_FLAG
        if which == "answer":
            trouble = _Trouble(where, f"got an answer larger than {flag} allows from")
            what = f"{where} sent too large an answer, which is lost"
        else:
            trouble = _Trouble(where, f"sent a body larger than {flag} allows to")
            what = f"too large a request to {where} was not sent on"
        self._calls[trouble] += 1
        fix = f"give a higher {flag} if {which}s are as large as that"
        self._say(trouble, f"{what}: {reason}", fix)

    def summary(self) -> Iterator[str]:
        """Say what was said meanwhile once more, with how many calls it came to."""
        for (where, got), fix in self._said.items():
            calls = plural(self._calls[_Trouble(where, got)], "call")
            yield f"{calls} {got} {where}: {fix}"

    def _say(self, trouble: _Trouble, what: str, fix: str) -> None:
        self._said[trouble] = fix
        self._notices.once(f"upstream {trouble}", f"{what}: {fix}")


def _refused(where: str, request: http.Request) -> tuple[str, str]:
    """Say what is wrong with the key, and how to fix it."""
    if any(request.headers.get(name) for name in _KEY_HEADERS):
        why, fix = "does not accept the API key", "check IAI_API_KEY"
    else:
        why, fix = "refuses a call without an API key", "set IAI_API_KEY"
    what = f"{where} {why} (status 403), and the SDK repeats the call for ever"
    return what, f"stop the client, {fix} and run it again"


def _again(where: str, status: int) -> tuple[str, str]:
    """Say what comes again and again, and how to end that."""
    what = (
        f"{where} answers with status {status} again and again, and the SDK repeats the call until "
        "that ends"
    )
    fix = "make fewer calls at a time" if status == 429 else "look whether the API is up"
    return what, f"{fix}, or stop the client"
