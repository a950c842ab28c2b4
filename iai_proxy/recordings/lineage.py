"""The lineage of a recording."""

from __future__ import annotations

from iai_proxy.api import Endpoint
from iai_proxy.lineage import Lineage, build
from iai_proxy.recordings.reader import Recording
from iai_proxy.replay import RecordedSteps


def lineage_of(recording: Recording) -> Lineage:
    """Return the simulations of a recording. Holds fingerprints, never bodies.

    Raises:
        InputError: a body is damaged.
    """
    return build(recording.observations())


def recorded_steps(recording: Recording) -> RecordedSteps:
    """Return the steps of a recording, as replay looks them up.

    Raises:
        InputError: a body is damaged.
    """
    observations = list(recording.observations())
    begins = [
        one for one in observations if one.call.endpoint is Endpoint.INITIALIZE and one.call.succeeded
    ]
    return RecordedSteps(build(observations), begins)
