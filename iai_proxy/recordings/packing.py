"""What packing makes of one call: its bodies packed, its keys, its observation. Pure, no SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from iai_proxy.api import Call, RequestKeys
from iai_proxy.api.recurrent_text import split
from iai_proxy.lineage import Observer, pack
from iai_proxy.lineage.observer import Body
from iai_proxy.recordings.codecs import BodyPacker


class PackedCall(NamedTuple):
    """What is stored of a call once it is packed.

    Attributes:
        bodies: codec and data by hash, of those bodies that are to be stored in another form.
        keys: those that replay finds the call by.
        observation: what lineage needs of it; None for a call without agents.
    """

    bodies: Mapping[bytes, tuple[str, bytes]]
    keys: RequestKeys
    observation: bytes | None


class CallPacker:
    """Packs the calls of one recording in their order.

    It remembers what it has just seen. Begin with a new one where what was packed did not get into
    the file: later packs may refer to it.
    """

    def __init__(self) -> None:
        self._bodies = BodyPacker()
        self._observer = Observer()

    def pack(
        self,
        call: Call,
        request_body: bytes,
        answer_body: bytes,
        packed: Collection[bytes] = frozenset(),
    ) -> PackedCall:
        """Return what is to be stored of a call.

        Args:
            call: one line of the listing.
            request_body: decoded.
            answer_body: decoded, empty if there is none.
            packed: hashes of bodies that stay as they are in the file. Nothing may refer to one:
                its own pack may refer to what is being packed.
        """
        bodies: dict[bytes, tuple[str, bytes]] = {}
        request, answer = (Body(body, split(body)) for body in (request_body, answer_body))
        sent_back = None
        for digest, body in ((call.request_hash, request), (call.response_hash, answer)):
            if digest is not None and digest not in packed and digest not in bodies:
                bodies[digest] = self._bodies.pack(digest, body.data, body.cut)
                sent_back = self._bodies.same if body is request else sent_back
        observed, keys = self._observer.observe_with_keys(call, request, answer, sent_back)
        return PackedCall(bodies, keys, pack(observed) if observed else None)
