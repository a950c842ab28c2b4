"""A small HTTP/1.1 server for a replay that is offline by construction.

It listens as a forward and as a reverse proxy does, opens the TLS of the API's hosts with our CA,
and has each request answered by an :class:`~iai_proxy.player.Answers`. Nothing here can connect to
anything: there is no client in this room, and no proxy.

One thread serves one connection, with the standard library's sockets and ``ssl``. Measured against
an asyncio protocol (325 KB each way over TLS, CPU of the server alone): 0.43 ms a call with
threads, 0.65 ms with asyncio.
"""

from iai_proxy.offline.server import OfflineServer

__all__ = ["OfflineServer"]
