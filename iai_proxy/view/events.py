"""Server-sent events: what browsers are told while they watch.

Of each kind a watcher gets the latest value only: a browser that is slow to read has no backlog.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from starlette.responses import StreamingResponse

from iai_proxy.view.texts import json_of

#: Without anything to tell, a comment goes out this often, in seconds: a browser that is gone
#: without a word shows only in writing.
_BEAT_S: Final = 15.0
#: How soon a browser connects again, in milliseconds.
_RETRY_MS: Final = 1000


class _Watcher:
    """One browser that listens."""

    def __init__(self) -> None:
        self.pending: dict[str, Any] = {}
        self.called = asyncio.Event()

    def tell(self, kind: str, value: Any) -> None:
        self.pending[kind] = value
        self.called.set()

    def taken(self) -> dict[str, Any]:
        """Return what is pending; it no longer is."""
        self.called.clear()
        taken, self.pending = self.pending, {}
        return taken


class Events:
    """Tells all who watch. For use on the event loop only."""

    def __init__(self) -> None:
        self._watchers: set[_Watcher] = set()
        self._ended = False

    @property
    def watched(self) -> bool:
        """Whether anyone listens."""
        return bool(self._watchers)

    def tell(self, kind: str, value: Any) -> None:
        """Tell all who listen now.

        Args:
            kind: what it is about; a later value takes the place of one not yet told.
            value: of JSON.
        """
        for watcher in self._watchers:
            watcher.tell(kind, value)

    def end(self) -> None:
        """End all streams: the server stops."""
        self._ended = True
        for watcher in self._watchers:
            watcher.called.set()

    def response(self, first: Mapping[str, Any]) -> StreamingResponse:
        """Return the answer that tells from now on.

        Args:
            first: told at once, by kind.
        """
        return StreamingResponse(self._stream(first), media_type="text/event-stream")

    async def _stream(self, first: Mapping[str, Any]) -> AsyncIterator[bytes]:
        watcher = _Watcher()
        watcher.pending.update(first)
        self._watchers.add(watcher)
        try:
            yield f"retry: {_RETRY_MS}\n\n".encode()
            while not self._ended:
                yield _written(watcher.taken()) or b":\n\n"
                await _called(watcher)
        finally:
            self._watchers.discard(watcher)


async def _called(watcher: _Watcher) -> None:
    """Wait until there is something to tell, or for a beat."""
    try:
        await asyncio.wait_for(watcher.called.wait(), _BEAT_S)
    except TimeoutError:
        return


def _written(pending: Mapping[str, Any]) -> bytes:
    """Return a message for each kind: a JSON object with the kind as its only key."""
    return b"".join(b"data: %b\n\n" % json_of({kind: value}) for kind, value in pending.items())
