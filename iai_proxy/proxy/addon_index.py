"""mitmproxy's addons, with an index of who listens to which hook."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from mitmproxy.addonmanager import AddonManager, safecall
from mitmproxy.exceptions import AddonHalt
from mitmproxy.hooks import Hook
from mitmproxy.master import Master


class Listeners(NamedTuple):
    """What is called for a hook.

    Attributes:
        functions: in the order of their addons.
        wait: whether any of them has to be awaited.
    """

    functions: tuple[Callable[..., Any], ...]
    wait: bool


class IndexedAddons(AddonManager):
    """Calls only the addons that have a hook.

    mitmproxy looks at each addon for each of some ten hooks a call: 0.1 of the 1.0 ms CPU that a
    small call takes.
    """

    _indexed: tuple[Any, ...] = ()
    _index: dict[str, Listeners]

    def listeners(self, hook: Hook) -> Listeners:
        """Return what is called for a hook."""
        addons = tuple(self.chain)
        if addons != self._indexed:
            self._indexed, self._index = addons, {}
        found = self._index.get(hook.name)
        if found is None:
            functions = tuple(f for addon in addons for _, f in self._iter_hooks(addon, hook))
            found = Listeners(functions, any(map(inspect.iscoroutinefunction, functions)))
            self._index[hook.name] = found
        return found

    async def trigger_event(self, event: Hook) -> None:
        """Call all who listen, one after the other."""
        arguments = event.args()
        for function in self.listeners(event).functions:
            try:
                with safecall():
                    result = function(*arguments)
                    if inspect.isawaitable(result):
                        await result
            except AddonHalt:
                return

    def call(self, hook: Hook) -> None:
        """Call all who listen to a hook for which no one has to be awaited."""
        arguments = hook.args()
        for function in self.listeners(hook).functions:
            try:
                with safecall():
                    function(*arguments)
            except AddonHalt:
                return


def indexed_addons(master: Master) -> AddonManager:
    """Return the addons of a master, none yet."""
    make: Callable[[Master], AddonManager] = IndexedAddons
    return make(master)
