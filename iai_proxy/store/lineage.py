"""The lineage of a recording."""

from __future__ import annotations

from iai_proxy.lineage import Lineage, build
from iai_proxy.store.reader import Recording


def lineage_of(recording: Recording) -> Lineage:
    """Return the simulations of a recording. Holds fingerprints, never bodies.

    Raises:
        InputError: a body is damaged.
    """
    return build(recording.observations())
