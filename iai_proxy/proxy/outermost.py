"""What stands before the outermost layer of mitmproxy, and saves what most events cost."""

from __future__ import annotations

from collections import deque

from mitmproxy.connection import ConnectionState
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers import ClientTLSLayer, modes
from mitmproxy.proxy.layers.http import HttpLayer, HttpStream
from mitmproxy.proxy.layers.tls import TlsEstablishedClientHook
from mitmproxy.proxy.tunnel import TunnelState

from iai_proxy.proxy.addon_index import IndexedAddons


class Outermost:
    """Hands events to the layers of one client, and yields their commands.

    - A hook for which no one has to be awaited is called here. mitmproxy makes a task for each,
      and wakes it up: six a call.
    - Once TLS stands in the tunnel that a client asked for (CONNECT), events go to the layers
      within it. Those around it would only pass them on.

    Args:
        first: the outermost layer.
        addons: whose hooks are called.
    """

    def __init__(self, first: layer.Layer, addons: IndexedAddons) -> None:
        self._first = first
        self._addons = addons
        self._tls: ClientTLSLayer | None = None  # of a tunnel that is about to stand
        self._is_within = False

    def handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        """Have an event handled, and what follows from it."""
        waiting: deque[events.Event | commands.StartHook] = deque([event])
        while waiting:
            due = waiting.popleft()
            if isinstance(due, commands.StartHook):
                self._addons.call(due)
                if due.blocking:
                    waiting.append(events.HookCompleted(due))
                continue
            for command in self._first.handle_event(due):
                if self._is_within and isinstance(command, commands.CloseConnection):
                    yield from _closing(command)
                elif isinstance(command, commands.StartHook):
                    if isinstance(command, TlsEstablishedClientHook):
                        self._tls = _within_tunnel(command)
                    if self._addons.listeners(command).wait:
                        yield command
                    else:
                        waiting.append(command)
                else:
                    yield command
        if self._tls and self._tls.tunnel_state is TunnelState.OPEN:
            self._first, self._tls, self._is_within = self._tls.context.layers[3], None, True


def _within_tunnel(hook: TlsEstablishedClientHook) -> ClientTLSLayer | None:
    """Return the layer of TLS if it is within a tunnel of a forward proxy."""
    match hook.data.context.layers:
        case [modes.HttpProxy(), HttpLayer(), HttpStream(), *_, ClientTLSLayer() as tls]:
            return tls
    return None


def _closing(command: commands.CloseConnection) -> layer.CommandGenerator[None]:
    """Close a connection within a tunnel as the layers around it do: wholly, and only once."""
    if command.connection.state & ConnectionState.CAN_WRITE:
        yield commands.CloseConnection(command.connection)
