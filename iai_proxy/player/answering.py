"""Answers whatever a client sends to a replay that is offline."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from iai_proxy.api import Endpoint, Request, api_path, header
from iai_proxy.api.exchange import NS_PER_MS
from iai_proxy.player.player import Player, other_host
from iai_proxy.player.values import Peer
from iai_proxy.session.notices import Say
from iai_proxy.session.refusals import fault_sentence, fault_status
from iai_proxy.session.replies import LEVEL_HEADER, Reply, refusal
from iai_proxy.session.traffic import Traffic
from iai_proxy.text import plural, printable

if TYPE_CHECKING:
    from iai_proxy.player.large_calls import LargeReplies


class Answering:
    """Answers every request, and never raises: a fault of ours is refused with status 424.

    It has what a server needs (:class:`iai_proxy.player.values.Answers`).

    Args:
        player: answers from the recording.
        traffic: counts what passes; None if no one watches.
        log: is told of each connection and call; None to keep quiet.
    """

    def __init__(
        self, player: Player, traffic: Traffic | None = None, log: Say | None = None
    ) -> None:
        self._player = player
        self._traffic = traffic
        self._log = log
        self._large: LargeReplies | None = None
        self._lock = threading.Lock()

    def connected(self, peer: Peer) -> None:
        """Begin to find out which program a connection belongs to."""
        self._player.programs.connected(peer)
        self._say(peer, "connected")

    def disconnected(self, peer: Peer) -> None:
        """Forget a connection."""
        self._player.forget(peer)
        self._say(peer, "disconnected")

    def sent(self, peer: Peer) -> None:
        """Prepare the likely next answer while the client works on the last."""
        self._player.look_ahead(peer)

    def refused_host(self, host: str, port: int) -> Reply | None:
        """Return the refusal of a tunnel or a request to a server that is not the API's."""
        return None if self._player.doors.is_api(host, port) else other_host(host, port)

    def answer(self, request: Request, peer: Peer) -> Reply:
        """Answer a request, its body still encoded as it travelled."""
        try:
            reply = self._answered(request, peer)
        except Exception as error:
            refused = refusal(fault_status(error), fault_sentence(error, "replay"))
            reply = self._counted(request, refused)
        if self._log:
            self._say(peer, f"{request.method} {_path(request)}: {_told(reply)}")
        # An answer to HEAD has the header fields of one to GET only (RFC 9110, section 9.3.2).
        return replace(reply, body=b"") if request.method == "HEAD" and reply.body else reply

    def stop(self) -> None:
        """Divide no more large calls."""
        if self._large:
            self._large.stop()

    def _answered(self, request: Request, peer: Peer) -> Reply:
        if not peer.reverse and (refused := self.refused_host(request.host, request.port)):
            return refused
        endpoint = request.endpoint
        if endpoint.is_large or endpoint is Endpoint.OTHER:
            return self._large_or_other(request, peer)
        return self._played(request, peer)

    def _large_or_other(self, request: Request, peer: Peer) -> Reply:
        # Here, as few clients make such calls.
        from iai_proxy.player.large_calls import LargeReplies
        from iai_proxy.session.large_answers import other_method

        if request.endpoint.is_large:
            with self._lock:
                self._large = self._large or LargeReplies()
            reply = self._large.reply(request, lambda part: self._played(part, peer))
            return self._counted(request, reply)
        if refused := other_method(request.method, request.target):
            return self._counted(request, refused)
        return self._played(request, peer)

    def _played(self, request: Request, peer: Peer) -> Reply:
        played = self._player.play(request, peer)
        if isinstance(played, Reply):
            return self._counted(request, played)
        raise RuntimeError("an offline replay can't ask the API")

    def _say(self, peer: Peer, text: str) -> None:
        if self._log:
            host, port = (peer.address or ("?", 0))[:2]
            self._log(f"client {host}:{port}: {printable(text)}")

    def _counted(self, request: Request, reply: Reply) -> Reply:
        if self._traffic:
            took_ms = (time.time_ns() - request.started_ns) / NS_PER_MS + reply.delay_s * 1000
            failed = reply.drop or not 200 <= reply.status < 300
            self._traffic.count(len(request.body) + len(reply.body), took_ms, failed=failed)
        return reply


def _path(request: Request) -> str:
    """Return a request's path without its query, which may hold a key."""
    return api_path(request.target).partition("?")[0] or "/"


def _told(reply: Reply) -> str:
    """Say what a client gets, for the log."""
    if reply.drop:
        return "its connection is closed"
    level = header(reply.headers, LEVEL_HEADER)
    return f"{reply.status}{f' ({level})' if level else ''}, {plural(len(reply.body), 'byte')}"
