"""What the options of ``iai-proxy render`` mean: which steps, seen from where, drawn how."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from iai_proxy.cli.finding import Found, findings_of
from iai_proxy.cli.options import named_steps
from iai_proxy.errors import UsageError
from iai_proxy.text import cut_list, ranges

if TYPE_CHECKING:
    from iai_proxy.pictures import Camera, Style, View
    from iai_proxy.scene import BranchInfo, Scene, SimulationInfo
    from iai_proxy.scene.opening import Run

#: Pixels of a side of a picture.
SIDES: Final = range(64, 8193)
#: What is seen around an agent that is followed, or a place that is chosen, m.
_AROUND_M: Final = 100.0


#: So many steps are read before they are drawn.
_AT_A_TIME: Final = 100


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """The options, as given."""

    file: Path
    output: Path | None
    format_: str | None
    sim: int | None
    branch: int | None
    steps: str | None
    fov: float | None
    center: str | None
    follow: int | None
    size: str | None
    fps: float
    theme: str
    left_hand: bool
    directions: bool
    velocities: bool
    ids: bool
    trails: bool
    findings: bool | None


def steps_of(run: Run, options: RenderOptions) -> range:
    """Return the steps that are asked for.

    Raises:
        UsageError: there is no such simulation, branch or step.
    """
    _, branch = _chosen_branch(run, options)
    return named_steps(options.steps, range(branch.first, branch.last + 1), single=True)


def scene_of(run: Run, options: RenderOptions, steps: range) -> Scene:
    """Return a scene of steps, and of those before them that trails need.

    It says where agents are, and nothing that has to be read from the bodies of answers.
    """
    from iai_proxy.pictures import TRAIL_STEPS

    simulation, branch = _chosen_branch(run, options)
    begin = max(steps[0] - TRAIL_STEPS, branch.first) if options.trails else steps[0]
    needed = range(begin, steps[-1] + 1)
    problems = _found(options).located if options.findings else ()
    scene = run.scene(simulation.number, branch.number, needed, details=False, problems=problems)
    return _left_handed(scene) if options.left_hand else scene


def with_details(run: Run, scene: Scene, shown: Sequence[int]) -> Iterator[tuple[Scene, range]]:
    """Read all about steps of a scene that are drawn, some at a time.

    Yields:
        The scene with all that is known of some of the steps, and these.
    """
    for part in _parts(shown):
        read = run.scene(scene.simulation.number, scene.branch, part)
        known = {frame.step: frame for frame in read.frames}
        frames = [known.get(frame.step, frame) for frame in scene.frames]
        yield replace(scene, frames=frames), part


def _parts(steps: Sequence[int]) -> Iterator[range]:
    """Divide rising steps into runs of neighbours."""
    begin = 0
    for place, step in enumerate(steps):
        is_last = place == len(steps) - 1 or steps[place + 1] != step + 1
        if is_last or place - begin == _AT_A_TIME - 1:
            yield range(steps[begin], step + 1)
            begin = place + 1


def camera_of(scene: Scene, options: RenderOptions, steps: range, size: tuple[int, int]) -> Camera:
    """Return what is seen at each step.

    Raises:
        UsageError: a place or a length is none, or there is no such agent.
    """
    from iai_proxy.pictures import following, still, view_of_all

    frames = [frame for frame in scene.frames if frame.step in steps]
    picture = scene.ground.picture
    mirrored = picture.mirrored if picture else options.left_hand
    view = view_of_all(replace(scene, frames=frames), size, mirrored=mirrored)
    view = _chosen(view, options)
    if options.follow is None:
        return still(view)
    present = sorted({number for frame in frames for number in frame.agents})
    if options.follow not in present:
        there = f"agents {cut_list(ranges(present))}" if present else "no agents"
        raise UsageError(
            f"--follow {options.follow} is none of the steps' agents: they have {there}"
        )
    return following(scene, options.follow, view)


def style_of(options: RenderOptions) -> Style:
    """Return how steps are drawn."""
    from iai_proxy.pictures import Style
    from iai_proxy.scene.palette import THEMES

    return Style(
        theme=THEMES[options.theme],
        directions=options.directions,
        velocities=options.velocities,
        ids=options.ids,
        trails=options.trails,
        findings=bool(options.findings),
    )


def size_of(options: RenderOptions, default: tuple[int, int]) -> tuple[int, int]:
    """Return the width and height of a picture in pixels.

    Raises:
        UsageError: it is no size, or no picture can have it.
    """
    if options.size is None:
        return default
    match = re.fullmatch(r"(\d{1,6})x(\d{1,6})", options.size.strip().lower())
    if not match or not all(int(side) in SIDES for side in match.groups()):
        raise UsageError(
            f"--size {options.size} is no size of a picture: give two numbers of pixels from "
            f"{SIDES[0]} to {SIDES[-1]}, such as 800x600"
        )
    return int(match[1]), int(match[2])


def page_scenes(run: Run, options: RenderOptions) -> list[Scene]:
    """Return the scenes of a page: of the branches that are asked for, and those they leave.

    Raises:
        UsageError: there is no such simulation, branch or step.
    """
    found = _found(options) if _has_findings(options) else Found(unchecked=_why_none(options))
    simulations, steps = run.simulations, None
    if options.sim is not None or options.branch is not None or options.steps is not None:
        simulation, _ = _chosen_branch(run, options)
        simulations = (simulation,)
    if options.steps is not None:
        steps = steps_of(run, options)
    scenes = []
    for simulation in simulations:
        for branch in _with_left(simulation, options.branch):
            part = _part_of(branch, steps)
            if part is None or part:
                scene = run.scene(simulation.number, branch.number, part, problems=found.located)
                scene = replace(scene, unchecked=found.unchecked or scene.unchecked)
                scenes.append(_left_handed(scene) if options.left_hand else scene)
    if run.damage and not _has_findings(options):
        return [replace(scene, unchecked=run.damage) for scene in scenes]
    return scenes


def _has_findings(options: RenderOptions) -> bool:
    """Tell whether a page shows findings: a recording's does unless it must not."""
    from iai_proxy.recordings.files import is_recording

    return is_recording(options.file) if options.findings is None else options.findings


def _why_none(options: RenderOptions) -> str:
    return "left out by --no-findings" if options.findings is False else ""


def _with_left(simulation: SimulationInfo, number: int | None) -> list[BranchInfo]:
    """Return a branch after those that it leaves; all branches if none is named."""
    if number is None:
        return list(simulation.branches)
    branches = {branch.number: branch for branch in simulation.branches}
    chain = []
    while number is not None:
        chain.append(branches[number])
        number = branches[number].leaves_branch
    return chain[::-1]


def _part_of(branch: BranchInfo, steps: range | None) -> range | None:
    """Return those of the steps that a branch has; None for all of its own."""
    if steps is None:
        return None
    return range(max(steps.start, branch.first), min(steps.stop, branch.last + 1))


def _chosen_branch(run: Run, options: RenderOptions) -> tuple[SimulationInfo, BranchInfo]:
    number = options.sim or 1
    for simulation in run.simulations:
        wanted = simulation.trunk if options.branch is None else options.branch
        for branch in simulation.branches:
            if (simulation.number, branch.number) == (number, wanted):
                return simulation, branch
    run.scene(number, options.branch)  # says what there is
    raise UsageError(f"there is no such branch of a simulation {number}")


def _left_handed(scene: Scene) -> Scene:
    """Return a scene whose picture shows a left-handed map, as the SDK draws it."""
    picture = scene.ground.picture
    if picture is None:
        return scene
    ground = replace(scene.ground, picture=replace(picture, mirrored=True))
    return replace(scene, ground=ground)


def _chosen(view: View, options: RenderOptions) -> View:
    """Return a view with the middle and the field of view that are given."""
    if options.follow is not None and options.center is not None:
        raise UsageError("--follow and --center both say what is in the middle: give one of them")
    fov = options.fov
    if fov is not None and not 0.5 <= fov <= 1e6:
        raise UsageError(f"--fov {fov:g} is no field of view: give metres, such as 100")
    if fov is None and (options.follow is not None or options.center is not None):
        fov = min(view.fov, _AROUND_M)
    center = view.center if options.center is None else _place(options.center)
    return replace(view, center=center, fov=view.fov if fov is None else fov)


def _place(text: str) -> tuple[float, float]:
    from iai_proxy.scene.frames import FARTHEST_M

    try:
        x, y = (float(number) for number in text.split(","))
    except ValueError:
        x = y = math.nan
    if not (abs(x) <= FARTHEST_M and abs(y) <= FARTHEST_M):
        raise UsageError(f"--center {text} is no place: give x and y in metres, such as 12.5,-3")
    return x, y


def _found(options: RenderOptions) -> Found:
    """Diagnose the recording.

    Raises:
        UsageError: it is none.
    """
    from iai_proxy.recordings.files import is_recording

    if not is_recording(options.file):
        raise UsageError(f"--findings needs a recording, and {options.file} is none")
    return findings_of(options.file)
