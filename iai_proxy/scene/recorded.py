"""A recording as scenes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import takewhile
from typing import Final

from iai_proxy.diagnosis.check import Located
from iai_proxy.diagnosis.egos import Egos, egos_of
from iai_proxy.diagnosis.identity.tracks import Tracks
from iai_proxy.errors import UsageError
from iai_proxy.lineage import JoinedStep, Observation, Step, restored_steps
from iai_proxy.recordings.reader import Recording
from iai_proxy.scene.bodies import LenientBodies
from iai_proxy.scene.cast import Cast
from iai_proxy.scene.details import details_of
from iai_proxy.scene.frames import frames_of, positions_at
from iai_proxy.scene.ground import Place, Places
from iai_proxy.scene.location_answers import LocationAnswers
from iai_proxy.scene.model import Agent, Frame, Problem, Scene, SimulationInfo
from iai_proxy.scene.problems import problems_of, within
from iai_proxy.scene.sizes import Sizes
from iai_proxy.scene.told import Told, ToldBySteps
from iai_proxy.scene.trees import Tree, listed, trees_of, without_unsettled

#: The trunk, which says where a simulation is, the branch that is read, and those it is read with.
_HELD_PATHS: Final = 4


class RecordedRun:
    """What there is to see in an open recording.

    Simulations, branches and steps are numbered as ``iai-proxy show`` does; steps that a faulty
    client tore apart are joined as a diagnosis joins them.

    Args:
        recording: must stay open, and is not used by two threads at once.
        source: name that scenes give; that of the file if None.
        observations: those of the recording if they are known, in order; else they are read.
        places: where its simulations are, as far as another run of the recording knows.
        settled_ns: last large steps that ended later (nanoseconds since the epoch) may lack parts,
            and are not shown; None if no more parts are to come.

    Attributes:
        is_all: whether all steps are shown.
        places: where its simulations are, for the next run of the recording.

    Raises:
        InputError: the recording is damaged.
    """

    def __init__(
        self,
        recording: Recording,
        *,
        source: str | None = None,
        observations: Sequence[Observation] | None = None,
        places: Places | None = None,
        settled_ns: int | None = None,
    ) -> None:
        self._recording = recording
        self._source = recording.path.name if source is None else source
        lineage = None
        if observations is None:
            observations = list(recording.observations())
            lineage = recording.stored_lineage()
        described = recording.described_agents
        steps = restored_steps(observations, lineage=lineage, described=described)
        self._steps = steps if settled_ns is None else without_unsettled(steps, settled_ns)
        self.is_all = len(self._steps) == len(steps)
        self._trees = trees_of(self._steps)
        self._bodies = LenientBodies(recording)
        self.places = places or Places(LocationAnswers(recording, self._bodies), self._bodies)
        self._sizes: dict[int, Sizes] = {}
        self._told: dict[int, ToldBySteps] = {}
        self._casts: dict[int, Cast] = {}
        self._paths: dict[tuple[int, int], Sequence[JoinedStep]] = {}

    @property
    def damage(self) -> str:
        """Why scenes made so far lack what could not be read; empty if they lack nothing."""
        return self._bodies.damage

    @cached_property
    def simulations(self) -> tuple[SimulationInfo, ...]:
        """What there is to see of each simulation."""
        return tuple(tree.info for tree in self._trees.values())

    def scene(
        self,
        simulation: int = 1,
        branch: int | None = None,
        steps: range | None = None,
        *,
        details: bool = True,
        problems: Sequence[Located] = (),
    ) -> Scene:
        """Return steps of one branch.

        Args:
            simulation: its number.
            branch: its number; None for the trunk.
            steps: their numbers; those that the branch does not have are left out. None for all.
            details: also what only the bodies of the answers tell: lights, infractions, agents
                outside the supported area.
            problems: findings of a diagnosis of this recording; those of other branches and other
                steps are left out.

        Raises:
            UsageError: there is no such simulation, branch or step.
        """
        tree = self._tree(simulation)
        number = self._branch(tree, branch)
        path = self._path(tree, number)
        cast = self._cast(simulation)
        chosen = _around(path, steps, f"branch {number} of simulation {simulation}")
        frames = frames_of(chosen, cast.at)
        if steps is not None:
            frames = [frame for frame in frames if steps.start <= frame.step < steps.stop]
        if details:
            frames = list(self._with_details(frames, chosen, cast))
        present = {agent for frame in frames for agent in frame.present}
        first, last = (frames[place].step for place in (0, -1))
        place = self._place(tree)
        return Scene(
            source=self._source,
            simulation=tree.info,
            branch=number,
            agents=self._sizes[simulation].agents(present),
            frames=frames,
            actors=place.actors,
            ground=place.ground,
            left_out=place.left_out,
            problems=within(problems_of(problems, path, cast.at), range(first, last + 1)),
        )

    def problems(self, simulation: int, branch: int, located: Sequence[Located]) -> list[Problem]:
        """Return the findings of a branch, whatever the steps.

        Raises:
            UsageError: there is no such simulation or branch.
        """
        tree = self._tree(simulation)
        path = self._path(tree, self._branch(tree, branch))
        return problems_of(located, path, self._cast(simulation).at)

    @property
    def steps(self) -> Sequence[JoinedStep]:
        """All steps of all simulations, each once, in order of their first call."""
        return self._steps

    def who(self, simulation: int) -> Mapping[Step, tuple[int, ...]]:
        """Return by step the numbers of its agents, in the client's order.

        Raises:
            UsageError: there is no such simulation.
        """
        self._tree(simulation)
        return self._cast(simulation).at

    def told(self, simulation: int, step: Step) -> Mapping[int, Told]:
        """Return by agent what was last said of it by a step, for those of whom anything was.

        Raises:
            UsageError: there is no such simulation.
        """
        if simulation not in self._told:
            steps, cast = list(self._tree(simulation).steps), self._cast(simulation)
            self._told[simulation] = ToldBySteps(steps, cast.at, self._sizes[simulation].described)
        return self._told[simulation].at(step)

    def cast(self, simulation: int) -> dict[int, Agent]:
        """Return all agents of a simulation by number, on whatever branch they are.

        Raises:
            UsageError: there is no such simulation.
        """
        self._tree(simulation)
        everyone = range(len(self._cast(simulation).described))
        return self._sizes[simulation].agents(everyone)

    def path(self, simulation: int, branch: int | None = None) -> Sequence[JoinedStep]:
        """Return the steps of a branch as lineage has them; None for the trunk.

        Raises:
            UsageError: there is no such simulation or branch.
        """
        tree = self._tree(simulation)
        return self._path(tree, self._branch(tree, branch))

    def place(self, simulation: int) -> Place:
        """Return where a simulation is.

        Raises:
            UsageError: there is no such simulation.
        """
        return self._place(self._tree(simulation))

    def changes_since(self, before: RecordedRun) -> dict[tuple[int, int], int]:
        """Return by simulation and branch the first step that has changed, where any has.

        Args:
            before: of the same recording when it had fewer calls.
        """
        found: dict[tuple[int, int], int] = {}
        for number, tree in self._trees.items():
            old = before._trees.get(number)
            known = len(old.branches) if old else 0
            for branch in range(1, len(tree.branches) + 1):
                path = tree.path(branch)
                earlier = old.path(branch) if old and branch <= known else []
                same = self._shared(number, path, before, earlier)
                if same < max(len(path), len(earlier)):
                    found[number, branch] = path[max(same - 1, 0)].index
        return found

    def _shared(
        self,
        simulation: int,
        path: Sequence[JoinedStep],
        before: RecordedRun,
        earlier: Sequence[JoinedStep],
    ) -> int:
        """Return at how many steps from the root on two runs show the same."""
        if not earlier:
            return 0
        ours, theirs = self._cast(simulation), before._cast(simulation)
        pairs = zip(path, earlier, strict=False)
        return sum(1 for _ in takewhile(lambda pair: _is_same(pair, ours, theirs), pairs))

    def _tree(self, simulation: int) -> Tree:
        if simulation not in self._trees:
            there = listed(self._trees)
            held = f"it has {there}" if self._trees else "it has none, as no agent was driven"
            raise UsageError(f"{self._source} has no simulation {simulation}: {held}")
        return self._trees[simulation]

    def _branch(self, tree: Tree, branch: int | None) -> int:
        if branch is None:
            return tree.trunk.number
        if not 1 <= branch <= len(tree.branches):
            there = listed(range(1, len(tree.branches) + 1))
            raise UsageError(
                f"simulation {tree.number} of {self._source} has no branch {branch}: it has {there}"
            )
        return branch

    def _path(self, tree: Tree, branch: int) -> Sequence[JoinedStep]:
        """Return the steps of a branch. The latest few are held: a branch is read in pieces."""
        key = tree.number, branch
        if key not in self._paths:
            self._paths[key] = tree.path(branch)
            while len(self._paths) > _HELD_PATHS:
                del self._paths[next(iter(self._paths))]
        return self._paths[key]

    def _place(self, tree: Tree) -> Place:
        trunk = self._path(tree, tree.trunk.number)
        return self.places.place_of(trunk, lambda: list(positions_at(trunk)))

    @cached_property
    def _tracks(self) -> Tracks:
        return Tracks(self._steps)

    @cached_property
    def _egos(self) -> Egos:
        return egos_of(self._steps, None, self._tracks)

    def _cast(self, simulation: int) -> Cast:
        if simulation not in self._casts:
            cast = Cast(self._trees[simulation], self._tracks, self._egos)
            self._sizes[simulation] = Sizes(cast, self._bodies)
            self._casts[simulation] = cast
        return self._casts[simulation]

    def _with_details(
        self, frames: Sequence[Frame], path: Iterable[JoinedStep], cast: Cast
    ) -> Iterator[Frame]:
        steps = {joined.index: joined.step for joined in path}
        parts = [steps[frame.step].parts if frame.step in steps else () for frame in frames]
        calls = [part.observation.call for of_frame in parts for part in of_frame]
        answers = self._bodies.answers(calls)
        for frame, of_frame in zip(frames, parts, strict=True):
            if not of_frame:  # its answer is missing
                yield frame
                continue
            step = steps[frame.step]
            known = details_of(step, cast.at[step], [next(answers) for _ in of_frame])
            yield replace(
                frame,
                lights=known.lights,
                infractions=known.infractions,
                outside=known.outside,
                has_infractions=known.has_infractions,
                has_outside=known.has_outside,
                partly_told=known.partly_told,
                inside_untold=known.inside_untold,
            )


def _is_same(pair: tuple[JoinedStep, JoinedStep], ours: Cast, theirs: Cast) -> bool:
    new, old = pair
    return (
        new.index == old.index
        and new.step.numbers == old.step.numbers
        and ours.at[new.step] == theirs.at[old.step]
    )


def _around(path: Sequence[JoinedStep], steps: range | None, name: str) -> list[JoinedStep]:
    """Return steps of a range, with the step before them and the one after.

    That one says how they were gone on with, and both how long it is that answers are missing.

    Raises:
        UsageError: the path has none of them.
    """
    if steps is None:
        return list(path)
    first, last = path[0].index, path[-1].index
    if steps.start > last or steps.stop <= first or not steps:
        asked = f"{steps.start} to {steps.stop - 1}"
        raise UsageError(f"{name} has steps {first} to {last}, and not {asked}")
    begin = bisect_left(path, steps.start, key=_index)
    end = bisect_left(path, steps.stop, key=_index)
    return list(path[max(begin - 1, 0) : end + 1])


def _index(joined: JoinedStep) -> int:
    return joined.index
