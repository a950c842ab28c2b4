"""Browsers are told what has changed, the latest of each kind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from iai_proxy.view.events import Events


def stream(events: Events, **first: Any) -> AsyncIterator[bytes]:
    response = events.response(first)
    assert response.media_type == "text/event-stream"
    return response.body_iterator  # type: ignore[return-value]


def messages(written: bytes) -> list[Any]:
    lines = written.decode().split("\n\n")
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


async def next_of(told: AsyncIterator[bytes]) -> list[Any]:
    return messages(await asyncio.wait_for(anext(told), 10))


def test_the_first_value_comes_at_once_and_later_ones_when_they_are_told() -> None:
    async def told() -> list[Any]:
        events = Events()
        listening = stream(events, state=1)
        found = [await next_of(listening), await next_of(listening)]
        assert events.watched
        events.tell("grew", {"step": 3})
        return [*found, await next_of(listening)]

    assert asyncio.run(told()) == [[], [{"state": 1}], [{"grew": {"step": 3}}]]


def test_a_slow_browser_gets_the_latest_of_each_kind() -> None:
    async def told() -> list[Any]:
        events = Events()
        listening = stream(events)
        await next_of(listening)
        await next_of(listening)
        for step in range(5):
            events.tell("grew", step)
        events.tell("problems", [])
        return await next_of(listening)

    assert asyncio.run(told()) == [{"grew": 4}, {"problems": []}]


def test_all_streams_end_with_the_server_and_are_forgotten() -> None:
    async def rest() -> list[bytes]:
        events = Events()
        listening = stream(events)
        await next_of(listening)
        await next_of(listening)
        asyncio.get_running_loop().call_soon(events.end)
        left = [part async for part in listening]
        assert not events.watched
        return left

    assert asyncio.run(rest()) == []


def test_a_text_can_not_end_a_message() -> None:
    async def told() -> bytes:
        listening = stream(Events(), state="a\n\ndata: {}\r\n")
        await anext(listening)
        return await anext(listening)

    assert messages(asyncio.run(told())) == [{"state": "a\n\ndata: {}\\r\n"}]
