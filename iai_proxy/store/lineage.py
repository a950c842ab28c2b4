"""The lineage of a recording."""

from __future__ import annotations

from collections.abc import Iterator

from iai_proxy.lineage import STEPPING, Lineage, Observation, build, observe
from iai_proxy.store.reader import Recording


def lineage_of(recording: Recording) -> Lineage:
    """Return the simulations of a recording. Bodies are read one at a time: memory holds their fingerprints only.

    Raises:
        InputError: a body is damaged.
    """
    return build(_observations(recording))


def _observations(recording: Recording) -> Iterator[Observation]:
    for call in list(recording.calls()):
        if call.endpoint in STEPPING:
            answer = recording.body(call.response_hash) if call.succeeded and call.response_hash else b""
            yield observe(call, recording.body(call.request_hash), answer)
