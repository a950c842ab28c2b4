"""A recording as another, scrubbed one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from iai_proxy.lineage.shape import shape_of
from iai_proxy.recordings import Recording
from iai_proxy.recordings.origin import Origin
from iai_proxy.recordings.whole_files import refuse_existing, shape_in, write_recording
from iai_proxy.scrubbing.calls import Scrubber
from iai_proxy.scrubbing.disguise import Disguise
from iai_proxy.scrubbing.kinds import LABELS


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """What became of a recording.

    Attributes:
        calls: how many were written.
        simulations: how many it has; ``steps`` likewise.
        is_alike: whether the new recording has the same simulations and steps.
    """

    calls: int
    simulations: int
    steps: int
    is_alike: bool


def scrub(path: Path, out: Path, disguise: Disguise) -> Scrubbed:
    """Write a recording without what a stranger need not see.

    Args:
        path: the recording; it stays as it is.
        out: the new one, which must not exist.
        disguise: what values become; it counts what is removed.

    Raises:
        InputError: the recording can't be read, or is damaged; nothing is written then.
        UsageError: the new one exists or can't be written.
        RecordingFailedError: the disk is full.
    """
    refuse_existing(out)
    with Recording(path) as recording:
        calls = list(recording.calls())  # it may still be growing
        numbers = {call.id: place for place, call in enumerate(calls)}
        before = shape_of(recording.lineage(calls).simulations, numbers)
        scrubber = Scrubber(disguise, min((call.started_ns for call in calls), default=0))
        labels = recording.labels() if disguise.keeps(LABELS) else {}
        exchanges = map(recording.exchange, numbers)
        begins = frozenset(numbers[number] + 1 for number in recording.cut_off())
        scrubbed_calls = map(scrubber.exchange, exchanges)
        write_recording(out, scrubbed_calls, origin=Origin(begins=begins), labels=labels)
    after = shape_in(out)
    return Scrubbed(len(numbers), len(before), sum(map(len, before)), before == after)
