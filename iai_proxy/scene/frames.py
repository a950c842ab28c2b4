"""Steps to frames, from observations alone: no body is read."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

from iai_proxy.lineage import JoinedStep, Part, Step
from iai_proxy.scene.model import Frame, Point, State, StepCalls, StepPart, Unplaced
from iai_proxy.scene.states import iter_states, states_of

#: A client that rounds to two decimals has not moved anyone.
_MOVED: Final = 0.011
#: Steps at which it is looked where agents are.
_MOST_LOOKED_AT: Final = 50
#: m. Half way round the earth: what is further away is nowhere, and can't be drawn.
FARTHEST_M: Final = 2e7


def frames_of(path: Sequence[JoinedStep], cast: Mapping[Step, tuple[int, ...]]) -> list[Frame]:
    """Return the frames of a branch; steps whose answers are missing have no agents.

    Args:
        path: steps that follow each other. How the last one was gone on with is not known.
        cast: the agents' numbers at each step.
    """
    frames: list[Frame] = []
    for place, joined in enumerate(path):
        following = path[place + 1] if place + 1 < len(path) else None
        frames += _missing(frames, joined.index)
        frames.append(_frame(joined, following, cast))
    return frames


def positions_at(path: Sequence[JoinedStep]) -> Iterator[Point]:
    """Yield where the agents of some steps of a branch are, from its first to its last."""
    for joined in path[:: len(path) // _MOST_LOOKED_AT + 1]:
        for state in iter_states(states_of(joined.step, sent=False)):
            if is_somewhere(state):
                yield state[:2]


def is_somewhere(state: Sequence[float]) -> bool:
    """Tell whether an agent with this state, or agents with these, can be drawn."""
    if not state:
        return True
    return math.isfinite(sum(state)) and min(state) >= -FARTHEST_M and max(state) <= FARTHEST_M


def _missing(before: Sequence[Frame], index: int) -> Iterator[Frame]:
    begin = before[-1].step + 1 if before else index
    return (Frame(number, (), array("d")) for number in range(begin, index))


def _frame(
    joined: JoinedStep, following: JoinedStep | None, cast: Mapping[Step, tuple[int, ...]]
) -> Frame:
    step = joined.step
    agents, states = cast[step], states_of(step, sent=False)
    applied: dict[int, State] = {}
    if following is not None and following.previous is step:
        sent = states_of(following.step, sent=True)
        applied = _applied(agents, states, cast[following.step], sent)
    calls = _calls(step, agents)
    if is_somewhere(states):
        return Frame(joined.index, agents, states, applied, calls=calls)
    return _without_lost(Frame(joined.index, agents, states, applied, calls=calls), calls)


def _without_lost(frame: Frame, calls: StepCalls) -> Frame:
    """Leave out agents whose state is no place, such as NaN."""
    kept = [place for place in range(len(frame.agents)) if is_somewhere(frame.answered(place))]
    agents = tuple(frame.agents[place] for place in kept)
    return Frame(
        step=frame.step,
        agents=agents,
        states=array("d", chain.from_iterable(map(frame.answered, kept))),
        applied={agent: frame.applied[agent] for agent in agents if agent in frame.applied},
        calls=StepCalls(
            parts=calls.parts,
            sources=tuple(calls.sources[place] for place in kept),
            marks=array("Q", (calls.marks[place] for place in kept)),
            attempts=calls.attempts,
            started_ns=calls.started_ns,
            ended_ns=calls.ended_ns,
            seed=calls.seed,
            model_version=calls.model_version,
            sent_marks=array("Q", (calls.sent_marks[place] for place in kept))
            if calls.sent_marks
            else (),
        ),
        unplaced=unplaced_of(frame),
    )


def unplaced_of(frame: Frame) -> dict[int, Unplaced]:
    """Return the agents of a frame whose states are no places."""
    return {
        agent: Unplaced(place, frame.answered(place))
        for place, agent in enumerate(frame.agents)
        if not is_somewhere(frame.answered(place))
    }


def _applied(
    before: Sequence[int], answered: array[float], after: Sequence[int], sent: array[float]
) -> dict[int, State]:
    """Return the states that differ from those answered, of agents that were answered."""
    if len(sent) != 4 * len(after) or (before == after and sent == answered):
        return {}
    known = dict(zip(before, iter_states(answered), strict=True))
    return {
        agent: state
        for agent, state in zip(after, iter_states(sent), strict=True)
        if agent in known and _is_moved(state, known[agent]) and is_somewhere(state)
    }


def _is_moved(state: State, answered: State) -> bool:
    if state == answered:
        return False
    dx, dy, turn, faster = (own - other for own, other in zip(state, answered, strict=True))
    if abs(turn) > math.pi and math.isfinite(turn):
        turn = math.remainder(turn, math.tau)
    return max(abs(dx), abs(dy), abs(turn), abs(faster)) > _MOVED


def _calls(step: Step, agents: tuple[int, ...]) -> StepCalls:
    if not step.is_large:
        parts: tuple[StepPart, ...] = (StepPart(step.first.call.id, agents, agents),)
        marks: Sequence[int] = step.first.received.recurrent
    else:
        numbers = dict(zip(step.agents, agents, strict=True))
        parts = tuple(_part(part, numbers) for part in step.parts)
        sides = [part.observation.received.recurrent for part in step.parts]
        marks = array("Q", (sides[part][position] for part, position in step.sources))
    return StepCalls(
        parts=parts,
        sources=step.sources,
        marks=marks,
        attempts=step.attempts,
        started_ns=step.started_ns,
        ended_ns=step.ended_ns,
        seed=step.first.seed,
        model_version=step.first.model_version,
        sent_marks=_sent_marks(step),
    )


def _sent_marks(step: Step) -> Sequence[int]:
    if not step.first.call.endpoint.is_drive:
        return ()
    sides = [part.observation.sent.recurrent for part in step.parts]
    if len(sides) == 1 and len(sides[0]) == len(step.sources):
        return sides[0]
    return array(
        "Q",
        (
            sides[part][position] if position < len(sides[part]) else 0
            for part, position in step.sources
        ),
    )


def _part(part: Part, numbers: Mapping[int, int]) -> StepPart:
    own = (part.agents[position] for position in part.own)
    return StepPart(
        call=part.number,
        agents=tuple(numbers[agent] for agent in part.agents if agent in numbers),
        own=tuple(numbers[agent] for agent in own if agent in numbers),
    )
