"""How calls under way come to their end when a proxy is stopped: they are paid for already."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, Protocol

from iai_proxy.client.process import Stops
from iai_proxy.session.notices import Say
from iai_proxy.text import plural

#: How to end sooner, where signals are heard.
ANOTHER: Final = "; another signal ends it now"
#: How often is looked whether calls are under way, in seconds.
_LOOK_S: Final = 0.02
#: How often is said that there still are, in seconds.
_SAY_S: Final = 10.0


class Calls(Protocol):
    """The calls of a proxy, as far as its end has to do with them."""

    def take_no_more(self) -> None:
        """Refuse new calls from now on."""

    @property
    def under_way(self) -> int:
        """How many calls are not answered yet; a large call is one."""


async def come_to_end(calls: Calls, grace_s: float, say: Say, hint: str = "") -> None:
    """Take no more calls, and wait until none is under way.

    Args:
        calls: of the proxy.
        grace_s: how long they may take, in seconds.
        say: shows how many are waited for.
        hint: how to end sooner.
    """
    calls.take_no_more()
    now = asyncio.get_running_loop().time
    # Not at once: most calls end in a moment, and what has just been answered may still count.
    until, next_said = now() + grace_s, now() + _LOOK_S
    while (count := calls.under_way) and (left_s := until - now()) > 0:
        if now() >= next_said:
            say(f"waiting for {plural(count, 'call')}, up to {left_s:.0f} s{hint}")
            next_said += _SAY_S
        await asyncio.sleep(min(_LOOK_S, left_s))
    if count:
        say(f"{plural(count, 'call')} still under way after {grace_s:g} s (--grace)")


async def unless_stopped_again(
    ending: Coroutine[Any, Any, None], stops: Stops, calls: Calls, say: Say
) -> None:
    """Have a proxy end, at once if another signal asks for it.

    Args:
        ending: what there is to wait for.
        stops: where the signal comes.
        calls: of the proxy.
        say: shows what is lost by it.
    """
    finishing = asyncio.ensure_future(ending)
    stopped = asyncio.ensure_future(stops.another())
    await asyncio.wait([finishing, stopped], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if finishing.done():
        finishing.result()
        return
    finishing.cancel()
    count = calls.under_way
    left = f", with {plural(count, 'call')} under way" if count else ""
    say(f"ending at once, as another signal came{left}")
    await asyncio.wait([finishing])
