"""Bodies packed in the order of the traffic, and got back with nothing but what is stored."""

from __future__ import annotations

import hashlib

from iai_proxy.recordings import codecs
from iai_proxy.recordings.codecs import BodyPacker

#: How many bodies one may need besides itself, in a row.
LONGEST_CHAIN = 2


class Store:
    """What a recording stores of bodies."""

    def __init__(self, most_bytes: int = 16 << 20) -> None:
        self.packer = BodyPacker(most_bytes)
        self.packed: dict[bytes, tuple[str, bytes, int]] = {}

    def add(self, body: bytes) -> tuple[str, int]:
        """Pack a body, check that it comes back, and return its codec and packed size."""
        digest = hashlib.sha256(body).digest()
        codec, data = self.packer.pack(digest, body)
        self.packed[digest] = codec, data, len(body)
        assert self.get(digest) == body
        return codec, len(data)

    def get(self, digest: bytes, depth: int = 0) -> bytes:
        assert depth <= LONGEST_CHAIN
        codec, data, size = self.packed[digest]
        return codecs.unpack(codec, data, size, lambda other: self.get(other, depth + 1))

    def all_come_back(self) -> None:
        for digest in self.packed:
            assert hashlib.sha256(self.get(digest)).digest() == digest

    def packed_size(self, body: bytes) -> int:
        return len(self.packed[hashlib.sha256(body).digest()][1])

    def needs(self, body: bytes) -> tuple[bytes, ...]:
        codec, data, _ = self.packed[hashlib.sha256(body).digest()]
        return codecs.references(codec, data)
