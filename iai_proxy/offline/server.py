"""Listens, and has each connection served on a thread of its own."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Callable
from typing import Final

from iai_proxy.api.bounds import MOST_BODY
from iai_proxy.api.hosts import REAL_API, Upstream
from iai_proxy.offline.answers import no_room
from iai_proxy.offline.connection import Certificates, Connection, House
from iai_proxy.offline.listeners import listeners_on, name_of
from iai_proxy.offline.routes import Way
from iai_proxy.player import Answers, Peer
from iai_proxy.session.background import THREADS
from iai_proxy.session.password_pauses import PasswordPauses
from iai_proxy.session.web_pages import known_names
from iai_proxy.settings.listen import Bound, Listening

#: Most connections at once. A process may have 1,024 files open, where no one has said otherwise.
MOST: Final = 800
#: More connections, each of which is told that there are too many; what is beyond is hung up on.
_MOST_TOLD: Final = 64

#: How long running answers may take when the server is stopped, in seconds.
_GRACE_S: Final = 0.7
#: How long threads may take to end once their connections are closed, in seconds.
_ENDING_S: Final = 0.3
#: How long to rest where there are no more file descriptors, in seconds.
_REST_S: Final = 0.05

#: What requests to a reverse listener are for.
_API: Final = Upstream.parse(REAL_API)


class OfflineServer:
    """An HTTP server that has a player answer.

    Args:
        listening: where to listen, and the password.
        player: answers; it is called from many threads.
        certificates: of the API's hosts.
        distrusted: called with the host whose certificate a client does not take.
        most: connections at once.
        most_body: bytes that a body may have on its way.
        wrong_password: called with the address of each wrong password.
    """

    def __init__(
        self,
        listening: Listening,
        player: Answers,
        certificates: Certificates,
        distrusted: Callable[[str], None] = lambda _: None,
        most: int = MOST,
        most_body: int = MOST_BODY,
        wrong_password: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._listening = listening
        self._most = most
        self._stopping = threading.Event()
        hosts = [where.host for where in (listening.forward, listening.reverse) if where]
        self._house = House(
            player,
            certificates,
            listening.password,
            distrusted,
            self._stopping,
            names=known_names(*hosts),
            most_body=most_body,
            pauses=PasswordPauses(tell=wrong_password),
        )
        self._numbers = itertools.count(1)
        self._open: dict[Connection, threading.Thread] = {}
        self._lock = threading.Lock()
        self._acceptors: list[tuple[socket.socket, threading.Thread]] = []
        self._bound = Bound(None, None)

    @property
    def addresses(self) -> Bound:
        """Where it listens, once it is started."""
        return self._bound

    def start(self) -> Bound:
        """Begin to listen and to answer, on threads.

        Raises:
            UsageError: an address can't be listened on.
        """
        listening = self._listening
        with contextlib.ExitStack() as bound:
            forward = listeners_on(listening.forward, "--listen", bound)
            reverse = listeners_on(listening.reverse, "--reverse-listen", bound)
            self._bound = Bound(name_of(forward), name_of(reverse))
            bound.pop_all()
        for listener in forward:
            self._accept_on(listener, Way("forward", "http", "", 0))
        for listener in reverse:
            self._accept_on(listener, Way("reverse", _API.scheme, _API.host, _API.port))
        return self._bound

    def take_no_more(self) -> None:
        """Refuse new calls from now on, with a sentence; those under way go on."""
        self._house.ending.set()

    @property
    def under_way(self) -> int:
        """How many calls are not answered yet, to the last byte."""
        with self._lock:
            return sum(connection.is_answering for connection in self._open)

    def stop(self) -> None:
        """Refuse new connections, finish running answers, close everything. Idempotent."""
        self._stopping.set()
        for listener, thread in self._acceptors:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes its thread
            thread.join()
        self._end(time.monotonic() + _GRACE_S, at_once=False)
        self._end(time.monotonic() + _ENDING_S, at_once=True)

    def _end(self, until: float, *, at_once: bool) -> None:
        """Close what may be closed, and wait for the rest."""
        with self._lock:
            running = list(self._open.items())
        for connection, _ in running:
            connection.stop(at_once=at_once)
        for _, thread in running:
            thread.join(max(0.0, until - time.monotonic()))

    def _accept_on(self, listener: socket.socket, way: Way) -> None:
        thread = threading.Thread(
            target=self._accept, args=(listener, way), name=f"{THREADS}-listener", daemon=True
        )
        self._acceptors.append((listener, thread))
        thread.start()

    def _accept(self, listener: socket.socket, way: Way) -> None:
        with listener:
            while not self._stopping.is_set():
                try:
                    raw, address = listener.accept()
                except TimeoutError:
                    continue
                except OSError:  # stopped, a client gone already, or no more file descriptors
                    self._stopping.wait(_REST_S)
                    continue
                self._take(raw, address, way)

    def _take(self, raw: socket.socket, address: tuple[str, int], way: Way) -> None:
        """Serve a connection on a thread of its own, or hang up."""
        count = len(self._open)
        if count >= self._most + _MOST_TOLD:
            raw.close()
            return
        number = next(self._numbers)
        peer = Peer(f"offline-{number}", address, raw.getsockname(), way.kind == "reverse")
        refusal = no_room(self._most) if count >= self._most else None
        connection = Connection(raw, peer, way, self._house, refusal)
        name = f"{THREADS}-client-{number}"
        thread = threading.Thread(target=self._run, args=(connection,), name=name, daemon=True)
        with self._lock:
            self._open[connection] = thread
        try:
            thread.start()
        except RuntimeError:  # the system has no more threads
            raw.close()
            with self._lock:
                del self._open[connection]

    def _run(self, connection: Connection) -> None:
        try:
            connection.run()
        finally:
            with self._lock:
                del self._open[connection]
