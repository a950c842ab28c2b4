"""Packing bodies in the order of the traffic: what was seen a call ago is referred to."""

from __future__ import annotations

from typing import Any, Final

import orjson

from iai_proxy.api.fields import PROPERTIES
from iai_proxy.api.lenient_json import list_or_empty
from iai_proxy.api.recurrent_text import Split, dense, split
from iai_proxy.errors import InputError
from iai_proxy.recordings.codecs import plain, referring
from iai_proxy.recordings.codecs.drafting import Draft, draft
from iai_proxy.recordings.codecs.guessing import guess
from iai_proxy.recordings.codecs.referring import AGENTS, LONGEST, References
from iai_proxy.recordings.codecs.seen import SeenRests, SeenRows
from iai_proxy.recordings.codecs.source import Source
from iai_proxy.recordings.codecs.written import can_be_stored

#: What it remembers by default: some 25 answers of 100 agents.
_MOST_SEEN: Final = 24 << 20
_MOST_RESTS_SEEN: Final = 2 << 20
#: What others should not have to unpack besides the rows that they refer to.
_LONGEST_REST: Final = 1 << 20
#: How many agents are looked at to find a request that is like another.
_ASKED: Final = 8


class BodyPacker:
    """Packs bodies, each checked to come back as it was, and remembers them for those after it.

    A body whose rows are its own refers to none. Others refer to those, and to one request at most
    that refers to none besides its own rows: so a chain has two links at most.

    Args:
        most_bytes: how much it may remember.

    Attributes:
        same: the SHA-256 of a body seen before that has the very numbers that the last packed body
            has, in the same rows; None if that is not known.
    """

    def __init__(self, most_bytes: int = _MOST_SEEN) -> None:
        self._rows = SeenRows(most_bytes)
        self._rests = SeenRests(min(most_bytes, _MOST_RESTS_SEEN))
        self.same: bytes | None = None

    def pack(self, digest: bytes, body: bytes, cut: Split | None = None) -> tuple[str, bytes]:
        """Return the codec chosen for a body and its packed bytes.

        Args:
            digest: its SHA-256.
            body: as it was sent.
            cut: the body, if it has been cut already.
        """
        self.same = None
        packed = self._with_references(digest, body, cut)
        return (AGENTS, packed) if packed is not None else plain.pack(body)

    def _with_references(self, digest: bytes, body: bytes, cut: Split | None) -> bytes | None:
        """Pack a body with recurrent states, or return None for any other or unusual one."""
        # One that was seen may be what others refer to, which it must not refer to in turn.
        is_seen = digest in self._rows or digest in self._rests
        cut = None if is_seen or len(body) > LONGEST else cut or split(body)
        if cut is None:
            return None
        agents = _agents(cut.rest)
        alike = self._rests.most_alike(_marks(agents[:: len(agents) // _ASKED + 1]))
        for make in (guess, draft):
            made = make(cut, self._rows)
            if made is None or not can_be_stored(made.written):
                continue
            references = References(made.sources, alike, made.written.spaced)
            data = referring.pack(references, made.written, self._source)
            if self._comes_back(data, body):
                self.same = made.same
                self._remember(digest, cut, made, references)
                return data if len(data) < len(body) else None
        return None

    def _comes_back(self, data: bytes, body: bytes) -> bool:
        try:
            return referring.unpack(data, len(body), self._source) == body
        except InputError:
            return False

    def _remember(self, digest: bytes, cut: Split, made: Draft, references: References) -> None:
        rest = cut.head + cut.tail
        if len(rest) > _LONGEST_REST:
            return
        if not references.all:
            self._rows.add(digest, Source(dense(cut.value) or b"", rest), made.otherwise)
        if not references.repeated and "location" in cut.rest:  # answers have none
            self._rests.add(digest, rest, _marks(_agents(cut.rest)))

    def _source(self, digest: bytes) -> Source:
        found = self._rows.source(digest) or self._rests.source(digest)
        if found is None:
            raise InputError(f"the body {digest.hex()[:12]} is forgotten")
        return found


def _agents(rest: dict[str, Any]) -> list[Any]:
    """Return what a request says of each agent that stays the same."""
    return next(filter(None, (list_or_empty(rest.get(name)) for name in PROPERTIES)), [])


def _marks(agents: list[Any]) -> list[bytes]:
    try:
        return [orjson.dumps(agent) for agent in agents]
    except orjson.JSONEncodeError:  # nested too deeply to be written
        return []
