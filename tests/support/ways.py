"""The two ways in which a replay is served: by mitmproxy, and by our own server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from iai_proxy.client.authority import Authority
from iai_proxy.client.leaves import Leaves
from iai_proxy.offline import OfflineServer
from iai_proxy.player import Answering, Player
from iai_proxy.proxy.large_calls import LargeCalls
from iai_proxy.proxy.replay_addon import ReplayAddon
from iai_proxy.settings.listen import Address, Listening
from support.proxy import RunningProxy, running_proxy

MITMPROXY: Final = "mitmproxy"
OFFLINE: Final = "offline"
WAYS: Final = (MITMPROXY, OFFLINE)


@contextmanager
def served(
    way: str,
    authority: Authority,
    player: Callable[[], Player],
    upstream: str,
    behind: Sequence[object] = (),
) -> Iterator[RunningProxy]:
    """Have a player's answers served, with both listeners; it is closed at the end.

    Args:
        way: one of `WAYS`.
        authority: signs for the API's hosts.
        player: makes the player.
        upstream: where mitmproxy would send what it may send.
        behind: addons of mitmproxy's behind the one that replays.
    """
    if way == MITMPROXY:
        with _by_mitmproxy(authority, player, upstream, behind) as proxy:
            yield proxy
    else:
        assert not behind, "our server has no addons"
        with _by_our_server(authority, player) as proxy:
            yield proxy


@contextmanager
def _by_mitmproxy(
    authority: Authority, player: Callable[[], Player], upstream: str, behind: Sequence[object]
) -> Iterator[RunningProxy]:
    def addons() -> list[object]:
        replaying = ReplayAddon(player())
        large = LargeCalls(replaying.connections, recorded=False)
        return [replaying.connections, large, replaying, *behind]

    with running_proxy(authority, addons, upstream) as proxy:
        yield proxy


@contextmanager
def _by_our_server(authority: Authority, player: Callable[[], Player]) -> Iterator[RunningProxy]:
    listening = Listening(Address("127.0.0.1", 0), Address("127.0.0.1", 0))
    playing = player()
    server = OfflineServer(listening, Answering(playing), Leaves(authority))
    bound = server.start()
    assert bound.forward
    assert bound.reverse
    try:
        yield RunningProxy(bound.forward.url, bound.reverse.url, authority.path)
    finally:
        server.stop()
        playing.close()
