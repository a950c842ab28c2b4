"""What pictures don't show, said in words: an empty picture must not look like an empty road."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from iai_proxy.text import cut_list, numbered, ranges

if TYPE_CHECKING:
    from iai_proxy.pictures import Camera
    from iai_proxy.scene import Frame, Scene


def not_drawn(scene: Scene, steps: Sequence[int], camera: Camera) -> Iterator[str]:
    """Yield what is left out of the location, then sentences about agents that can't be seen.

    One is for agents that are nowhere, and one if all others are out of sight.

    Args:
        scene: has the steps.
        steps: those that are drawn.
        camera: what is seen at each.
    """
    yield from scene.left_out
    frames = [scene.frame(step) for step in steps]
    unplaced = {agent: found for frame in frames for agent, found in frame.unplaced.items()}
    if unplaced:
        reason = next(iter(unplaced.values())).reason.replace("its ", "an ", 1)
        yield f"{_named(frames, unplaced)}: {reason} (`iai-proxy step` tells of each)"
    if any(frame.agents for frame in frames) and not any(
        _is_seen(frame, camera) for frame in frames
    ):
        yield "no agent is in the picture: give another --center, --fov or --steps"


def _named(frames: Sequence[Frame], unplaced: Collection[int]) -> str:
    if not any(frame.agents for frame in frames):
        return "no agent is drawn"
    always = all(set(unplaced) <= frame.unplaced.keys() for frame in frames)
    noun, verb = numbered(len(unplaced), "agent"), numbered(len(unplaced), "is", "are")
    named = f"{noun} {cut_list(ranges(sorted(unplaced)))} {verb} not drawn"
    return named if always else f"{named} at some steps"


def _is_seen(frame: Frame, camera: Camera) -> bool:
    left, bottom, right, top = camera(frame).extent
    places = (frame.shown(place) for place in range(len(frame.agents)))
    return any(left <= x <= right and bottom <= y <= top for x, y, _, _ in places)
