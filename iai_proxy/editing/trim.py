"""A recording of some steps of another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from iai_proxy.api import Call, Endpoint
from iai_proxy.editing.chosen import KeptTree, Wanted, chosen
from iai_proxy.editing.kept import kept_numbers
from iai_proxy.lineage import Lineage, Step
from iai_proxy.lineage.shape import tree_shape
from iai_proxy.recordings import Recording
from iai_proxy.recordings.origin import origin_of
from iai_proxy.recordings.whole_files import refuse_existing, shape_in, write_recording
from iai_proxy.replay.recorded_steps import RecordedSteps


@dataclass(frozen=True, slots=True)
class Trimmed:
    """What became of a recording.

    Attributes:
        calls: how many are kept.
        of_calls: how many there were.
        trees: the steps that are kept.
        is_alike: whether they are the simulations of the new recording.
    """

    calls: int
    of_calls: int
    trees: tuple[KeptTree, ...]
    is_alike: bool


def trim(path: Path, out: Path, wanted: Wanted) -> Trimmed:
    """Write a recording of some simulations of another, or of some of their steps.

    Args:
        path: the recording; it stays as it is.
        out: the new one, which must not exist.
        wanted: what is to stay.

    Raises:
        InputError: the recording can't be read, or is damaged; nothing is written then.
        UsageError: there are no such steps, or the new one exists or can't be written.
        RecordingFailedError: the disk is full.
    """
    refuse_existing(out)
    with Recording(path) as recording:
        calls = list(recording.calls())  # it may still be growing
        lineage = recording.lineage(calls)
        trees = chosen(lineage, wanted)
        numbers = kept_numbers(calls, lineage, trees, _before_refused(recording, calls, lineage))
        places = {number: place for place, number in enumerate(numbers)}
        begins = _begins(recording, trees)
        origin = origin_of(recording, {places[number] + 1 for number in begins if number in places})
        exchanges = map(recording.exchange, numbers)
        write_recording(out, exchanges, origin=origin, labels=recording.labels())
    expected = [tree_shape(tree.steps, places) for tree in trees]
    return Trimmed(len(numbers), len(calls), tuple(trees), expected == shape_in(out))


def _begins(recording: Recording, trees: Sequence[KeptTree]) -> frozenset[int]:
    """Return the numbers of the calls that steps begin with which are cut off, now or before."""
    cut = {tree.first.earliest for tree in trees if tree.first.parent}
    return recording.cut_off() | cut


def _before_refused(
    recording: Recording, calls: Sequence[Call], lineage: Lineage
) -> Callable[[int], Step | None]:
    """Return what finds the step that a refused ``drive`` continues, once that is asked for."""
    drives = {call.id for call in calls if call.endpoint is Endpoint.DRIVE and not call.succeeded}

    @cache
    def steps() -> RecordedSteps:
        return RecordedSteps(recording.beginnings_and_failures(), lineage)

    return lambda number: steps().before_refused(number) if number in drives else None
