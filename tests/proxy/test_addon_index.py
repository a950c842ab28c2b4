"""Who is called for a hook, as mitmproxy's own manager calls them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from mitmproxy.exceptions import AddonHalt
from mitmproxy.hooks import RunningHook
from mitmproxy.test import taddons

from iai_proxy.proxy.addon_index import indexed_addons


class Notes:
    def __init__(self, name: str, noted: list[str], fault: Exception | None = None) -> None:
        self.name, self._noted, self._fault = name, noted, fault

    def running(self) -> None:
        self._noted.append(self.name)
        if self._fault:
            raise self._fault


class AsyncNotes(Notes):
    async def running(self) -> None:  # type: ignore[override]
        await asyncio.sleep(0)
        super().running()


class Other:
    pass


def in_a_proxy(use: Callable[[Any], None], *addons: Any) -> None:
    """Have addons started, then use their manager, where mitmproxy does: in an event loop."""

    async def start() -> None:
        with taddons.context() as context:
            manager: Any = indexed_addons(context.master)
            manager.add(*addons)
            await manager.trigger_event(RunningHook())
            use(manager)

    asyncio.run(start())


def test_all_who_listen_are_called_in_their_order() -> None:
    names: list[str] = []

    def look(manager: Any) -> None:
        assert names == ["a", "b", "c"]
        assert manager.listeners(RunningHook()).wait

    in_a_proxy(look, Notes("a", names), Other(), AsyncNotes("b", names), Notes("c", names))


@pytest.mark.parametrize(("fault", "called"), [(ValueError("x"), ["a", "b"]), (AddonHalt(), ["a"])])
def test_a_fault_of_one_does_not_stop_the_others(fault: Exception, called: list[str]) -> None:
    names: list[str] = []

    def call(manager: Any) -> None:
        assert names == called
        names.clear()
        manager.call(RunningHook())
        assert names == called

    in_a_proxy(call, Notes("a", names, fault), Notes("b", names))


def test_who_comes_later_is_called_and_who_has_gone_is_not() -> None:
    names: list[str] = []
    first = Notes("a", names)

    def change(manager: Any) -> None:
        assert not manager.listeners(RunningHook()).wait
        manager.add(Notes("b", names))
        manager.remove(first)
        names.clear()
        manager.call(RunningHook())
        assert names == ["b"]

    in_a_proxy(change, first)
