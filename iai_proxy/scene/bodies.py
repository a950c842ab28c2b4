"""Bodies of a recording as far as they can be read: a damaged one counts as empty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from iai_proxy.api import Call, LazyBody
from iai_proxy.errors import InputError
from iai_proxy.recordings.reader import Recording

#: How much of a recording is fetched at once.
_FETCHED_BYTES: Final = 4 << 20


class LenientBodies:
    """Reads bodies in batches, so that they are unpacked on all cores.

    Args:
        recording: must stay open.

    Attributes:
        damage: why the first that could not be read could not; empty as long as all could.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self.damage = ""

    def answers(self, calls: Sequence[Call]) -> Iterator[LazyBody]:
        """Yield the answer of each call; an empty one if it has none or can't be read."""
        return self._read([(call.response_hash, call.response_bytes) for call in calls])

    def requests(self, calls: Sequence[Call]) -> Iterator[LazyBody]:
        """Yield the request of each call; an empty one if it can't be read."""
        return self._read([(call.request_hash, call.request_bytes) for call in calls])

    def _read(self, wanted: Sequence[tuple[bytes | None, int]]) -> Iterator[LazyBody]:
        batches = list(_batches(wanted))
        done = 0
        while done < len(batches):
            try:
                left = (batches[number] for number in range(done, len(batches)))
                for fetched in self._recording.bodies(left):
                    done += 1
                    yield from map(LazyBody.of, fetched)
            except InputError:
                yield from map(self._single, batches[done])
                done += 1

    def _single(self, digest: bytes | None) -> LazyBody:
        try:
            return LazyBody.of(self._recording.body(digest) if digest else b"")
        except InputError as error:
            self.damage = self.damage or str(error)
            return LazyBody({})


def _batches(wanted: Sequence[tuple[bytes | None, int]]) -> Iterator[list[bytes | None]]:
    batch: list[bytes | None] = []
    size = 0
    for digest, count in wanted:
        batch.append(digest)
        size += count
        if size >= _FETCHED_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
