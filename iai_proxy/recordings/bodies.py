"""Reading bodies by their hash, one at a time or many on all cores."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple

from iai_proxy.errors import InputError
from iai_proxy.recordings import codecs

#: Fewer bodies than this are unpacked one after another.
_WORTH_THREADS: Final = 4
#: Bodies that were read lately are what the next one refers to, most likely.
_MOST_KEPT: Final = 8 << 20
#: Of how many bodies what stands around the recurrent states is kept, 10 kB of 100 agents, and of
#: how large ones: no body repeats more of another.
_MOST_RESTS: Final = 32
_LONGEST_REST: Final = 1 << 20
#: What is written here refers to bodies that refer to bodies that refer to none.
_DEEPEST: Final = 4
#: The bodies that one refers to are far from this together, in bytes.
_MOST_REFERRED: Final = 1 << 29


#: The columns of a packed body, and what stands in them: SQLite lets anything stand anywhere.
_TYPES: Final[dict[str, type]] = {"codec": str, "data": bytes, "size": int}


#: The hash is read from the row itself: the index that leads to it may be damaged.
_SELECT: Final = (
    f"SELECT {', '.join(_TYPES)}, hash FROM body WHERE rowid = "
    "(SELECT rowid FROM body WHERE hash = ?)"
)


class DamagedBodyError(InputError):
    """A body is missing, or is not what was recorded.

    Attributes:
        digest: the SHA-256 of what was recorded.
    """

    def __init__(self, sentence: str, digest: bytes) -> None:
        super().__init__(sentence)
        self.digest = digest


class _Packed(NamedTuple):
    """A row of :data:`_TYPES`."""

    codec: str
    data: bytes
    size: int


class _Loaded(NamedTuple):
    """What is needed to unpack some bodies: packed rows of them and of those they refer to."""

    packed: dict[bytes, _Packed]
    bodies: dict[bytes, bytes]


class CutBody(NamedTuple):
    """A body whose recurrent states were not read."""

    digest: bytes
    cut: codecs.Cut


class Bodies:
    """The bodies of an open recording."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._rests: OrderedDict[bytes, bytes] = OrderedDict()
        self._connection = connection
        self._path = path
        self._kept = _Kept()

    def get(self, digest: bytes) -> bytes:
        """Return the body that has this SHA-256.

        Raises:
            InputError: it is missing or damaged, or one that it refers to is.
        """
        loaded = self._load([digest])
        body = self._unpacked(digest, loaded)
        if codecs.has_checksum(*loaded.packed[digest][:2]):
            self._require(digest, body)
        return body

    def quick(self, digest: bytes) -> bytes:
        """Return a body like :meth:`get`; one that was packed with a checksum is not hashed again.

        Raises:
            InputError: it is missing or damaged, or one that it refers to is.
        """
        return self._unpacked(digest, self._load([digest]))

    def batches(self, batches: Iterable[Sequence[bytes | None]]) -> Iterator[list[bytes]]:
        """Yield for each batch of hashes its bodies, an empty one if there is no hash.

        They are unpacked on all cores, the next batch while the caller works on one. Those that
        were packed with a checksum, which finds damage in a tenth of the time, are not hashed
        again.

        Raises:
            InputError: one is missing or damaged, or one that it refers to is.
        """
        waiting: deque[tuple[Sequence[bytes | None], dict[bytes, None], Iterator[bytes]]] = deque()
        # zstandard and hashlib release Python's lock. No thread starts before it is needed.
        with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="iai-proxy-unpack") as pool:
            for digests in batches:
                wanted = dict.fromkeys(digest for digest in digests if digest)
                loaded = self._load(wanted)
                unpack = pool.map if len(wanted) >= _WORTH_THREADS else map
                bodies = unpack(self._unpacked, wanted, [loaded] * len(wanted))
                waiting.append((digests, wanted, bodies))
                if len(waiting) > 1:
                    yield _in_order(*waiting.popleft())
            while waiting:
                yield _in_order(*waiting.popleft())

    def cut_batches(
        self, batches: Iterable[Sequence[bytes | None]]
    ) -> Iterator[list[bytes | CutBody]]:
        """Yield bodies like :meth:`batches`, without recurrent states where they take time to read.

        Raises:
            InputError: one is missing or damaged, or one that it refers to is.
        """
        cuts: deque[list[CutBody | None]] = deque()

        def others() -> Iterator[list[bytes | None]]:
            for digests in batches:
                cuts.append([self._cut(digest) if digest else None for digest in digests])
                yield [
                    None if cut else digest for digest, cut in zip(digests, cuts[-1], strict=True)
                ]

        for bodies in self.batches(others()):
            yield [cut or body for cut, body in zip(cuts.popleft(), bodies, strict=True)]

    def _cut(self, digest: bytes, depth: int = 1) -> CutBody | None:
        """Return a body without its recurrent states; None where it must be read as a whole."""
        packed = self._packed(digest)
        if packed.codec != codecs.AGENTS or depth > _DEEPEST:
            return None
        try:
            cut = codecs.cut_of(packed.data, packed.size, lambda other: self._rest(other, depth))
        except InputError:  # reading the whole says what is wrong
            return None
        rest = cut.head + cut.tail
        if len(rest) <= _LONGEST_REST:
            self._rests[digest] = rest
        while len(self._rests) > _MOST_RESTS:
            self._rests.popitem(last=False)
        return CutBody(digest, cut)

    def _rest(self, digest: bytes, depth: int) -> bytes:
        if digest in self._rests:
            return self._rests[digest]
        found = self._cut(digest, depth + 1)
        return found.cut.head + found.cut.tail if found else codecs.rest_of(self.quick(digest))

    def _load(self, digests: Iterable[bytes]) -> _Loaded:
        """Read all that is needed to unpack some bodies; threads can't read from the file."""
        loaded = _Loaded({}, {})
        wanted = list(digests)
        for depth in range(_DEEPEST):
            wanted = [digest for digest in wanted if digest not in loaded.packed]
            loaded.packed.update((digest, self._packed(digest)) for digest in wanted)
            if sum(loaded.packed[digest].size for digest in wanted if depth) > _MOST_REFERRED:
                raise InputError(f"{self._path} is damaged: its bodies refer to too many others")
            wanted = [
                referred
                for digest in wanted
                for referred in self._references(digest, loaded.packed[digest])
                if not self._kept.give(referred, loaded.bodies)
            ]
        return loaded

    def _references(self, digest: bytes, packed: _Packed) -> Iterable[bytes]:
        try:
            return codecs.references(packed.codec, packed.data)
        except InputError as error:
            raise self._damage(digest, f"not what was recorded: {error}") from error

    def _packed(self, digest: bytes) -> _Packed:
        *row, stored = self._connection.execute(_SELECT, (digest,)).fetchone() or (None,)
        if not row or stored != digest:
            raise self._damage(digest, "missing")
        for (name, kind), value in zip(_TYPES.items(), row, strict=True):
            if type(value) is not kind:
                raise self._damage(digest, f"stored with a {name} of type {type(value).__name__}")
        return _Packed(*row)

    def _unpacked(self, digest: bytes, loaded: _Loaded, depth: int = 1) -> bytes:
        """Return a body, checked by its checksum, or by its hash if it has none."""
        if digest in loaded.bodies:
            return loaded.bodies[digest]
        packed = loaded.packed.get(digest)
        if packed is None or depth > _DEEPEST:
            raise self._damage(digest, "referred to in a circle, or too deep")
        try:
            body = codecs.unpack(*packed, lambda other: self._referred(other, loaded, depth + 1))
        except DamagedBodyError:
            raise
        except InputError as error:
            raise self._damage(digest, f"not what was recorded: {error}") from error
        if not codecs.has_checksum(packed.codec, packed.data):
            self._require(digest, body)
        self._kept.keep(digest, body)
        loaded.bodies[digest] = body
        return body

    def _referred(self, digest: bytes, loaded: _Loaded, depth: int) -> bytes:
        """Return a body that another refers to; what is wrong with it is not said of the other."""
        try:
            return self._unpacked(digest, loaded, depth)
        except InputError as error:
            if depth > 2:  # the first that refers to others says so
                raise
            sentence = f"a body that this one refers to can't be read: {error}"
            raise DamagedBodyError(sentence, digest) from error

    def _require(self, digest: bytes, body: bytes) -> None:
        if hashlib.sha256(body).digest() != digest:
            raise self._damage(digest, "not what was recorded")

    def _damage(self, digest: bytes, what: str) -> DamagedBodyError:
        sentence = f"{self._path} is damaged: the body {digest.hex()[:12]} is {what}"
        return DamagedBodyError(sentence, digest)


class _Kept:
    """Bodies that were read lately, up to so many bytes. Safe to use from any thread."""

    def __init__(self) -> None:
        self._bodies: OrderedDict[bytes, bytes] = OrderedDict()
        self._held = 0
        self._lock = Lock()

    def give(self, digest: bytes, bodies: dict[bytes, bytes]) -> bool:
        """Put a body that is kept among others; return whether it is."""
        with self._lock:
            body = self._bodies.get(digest)
        if body is not None:
            bodies[digest] = body
        return body is not None

    def keep(self, digest: bytes, body: bytes) -> None:
        """Keep a body, and forget those that were read longest ago."""
        with self._lock:
            if digest in self._bodies or len(body) > _MOST_KEPT:
                return
            self._bodies[digest] = body
            self._held += len(body)
            while self._held > _MOST_KEPT:
                self._held -= len(self._bodies.popitem(last=False)[1])


def _in_order(
    digests: Sequence[bytes | None], wanted: Iterable[bytes], unpacked: Iterable[bytes]
) -> list[bytes]:
    found = dict(zip(wanted, unpacked, strict=True))
    return [found[digest] if digest else b"" for digest in digests]
