"""Answers requests from a recording, for whatever speaks HTTP with the client.

A request goes in, an answer comes out: no connection, no flow, no event loop. Nothing here can
reach the network.
"""

from iai_proxy.player.answering import Answering
from iai_proxy.player.player import Player, PlayerSettings, ToApi, other_host
from iai_proxy.player.values import Answers, Peer
from iai_proxy.session.replies import Reply

__all__ = [
    "Answering",
    "Answers",
    "Peer",
    "Player",
    "PlayerSettings",
    "Reply",
    "ToApi",
    "other_host",
]
