"""``iai-proxy step``: what a step began with, what the client sent, what came back.

Agents are numbered as in pictures and on the page: in order of their appearance.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from iai_proxy.scene import Agent, Frame, Scene
from iai_proxy.scene.model import State
from iai_proxy.text import folded, numbered, plural, printable, ranges

_LONGEST_KIND: Final = 10
_COLUMNS: Final = f"{'agent':>5} {'type':<10} {'x':>9}, {'y':>8}   heading     speed  change"
_INFRACTIONS: Final = ("collision", "off the road", "wrong way")


def step_facts(scene: Scene, step: int) -> dict[str, Any]:
    """Return what happened at a step, as a JSON value.

    Headings are degrees; states are ``[x m, y m, heading degrees, speed m/s]``. Of each agent
    ``before`` is what the step before answered, ``sent`` what the client made of that if it is
    another state, ``answered`` what came back. A recurrent state is named by its fingerprint.

    Args:
        scene: has the step, and the one before it if there is one.
        step: its number.

    Raises:
        LookupError: the scene does not have the step.
    """
    frame = scene.frame(step)
    before = scene.frame(step - 1) if step > scene.frames[0].step else None
    left = [] if before is None else sorted(set(before.agents) - frame.present)
    return {
        "simulation": scene.simulation.number,
        "branch": scene.branch,
        "step": step,
        **_calls(frame),
        "lights": _lights(before, frame),
        "agents": [
            _agent(scene.agents[agent], place, before, frame)
            for place, agent in enumerate(frame.agents)
        ],
        "unplaced": [
            {
                "agent": agent,
                "index": found.index,
                "type": scene.agents[agent].told_kind,
                "reason": found.reason,
            }
            for agent, found in frame.unplaced.items()
        ],
        "left": left,
    }


def step_text(facts: Mapping[str, Any], agent: int | None = None) -> Iterator[str]:
    """Yield the facts of :func:`step_facts` for people.

    Args:
        facts: of a step.
        agent: only this agent, in detail; it must be there. None for all, a line each.
    """
    yield _heading(facts)
    if facts["calls"]:
        yield f"  {_how(facts)}"
    for line in _changes(facts["lights"]):
        yield from folded(f"  {line}", indent="    ")
    chosen = [found for found in facts["agents"] if agent in (None, found["agent"])]
    yield ""
    if agent is None:
        yield _COLUMNS
        yield from map(_row, chosen)
    for found in chosen if agent is not None else ():
        yield from _detailed(found)
    for found in facts["unplaced"]:
        if agent in (None, found["agent"]):
            yield f"agent {found['agent']}: {found['reason']}"
    if (left := facts["left"]) and agent is None:
        noun, verb = numbered(len(left), "agent"), numbered(len(left), "leaves", "leave")
        yield f"{noun} {ranges(sorted(left))} {verb}: not sent any more"


def _calls(frame: Frame) -> dict[str, Any]:
    calls = frame.calls
    if calls is None:
        return {"calls": [], "attempts": [], "latency_ms": None, "seed": None, "model": None}
    return {
        "calls": [part.call for part in calls.parts],
        "attempts": list(calls.attempts),
        "latency_ms": calls.latency_ms,
        "seed": calls.seed,
        "model": calls.model_version,
    }


def _lights(before: Frame | None, frame: Frame) -> list[dict[str, Any]]:
    """Return the lights that changed, all of them at the first step."""
    was = (before and before.lights) or {}
    return [
        {"light": light, "before": was.get(light), "answered": state}
        for light, state in sorted((frame.lights or {}).items())
        if was.get(light) != state
    ]


def _agent(agent: Agent, place: int, before: Frame | None, frame: Frame) -> dict[str, Any]:
    number = agent.number
    known = before is not None and number in before.agents
    # One without a state can't be followed: who is not there any more may be who is there now.
    is_told = before is not None and before.unplaced.keys() <= frame.present
    is_new = before is not None and number not in before.present and is_told
    facts: dict[str, Any] = {
        "agent": number,
        "index": frame.index(place),
        "type": agent.told_kind,
        "length": agent.told_length,
        "width": agent.told_width,
        "ego": agent.is_ego,
        "new": is_new,
        "before": None,
        "sent": None,
        "answered": _degrees(frame.answered(place)),
        "infractions": _infractions(number, frame),
        "inside": frame.is_inside(number),
        **_origin(place, frame),
    }
    if known and before is not None:
        facts["before"] = _degrees(before.answered(before.agents.index(number)))
        if number in before.applied:
            facts["sent"] = _degrees(before.applied[number])
        facts["recurrent"] = _recurrent(number, place, before, frame)
    return facts


def _infractions(number: int, frame: Frame) -> list[str] | None:
    """Return an agent's infractions; None if the answer tells nothing of it."""
    flags = frame.infractions_of(number)
    if set(flags) == {None}:
        return None
    return [name for name, flag in zip(_INFRACTIONS, flags, strict=True) if flag]


def _origin(place: int, frame: Frame) -> dict[str, Any]:
    """Return where an agent's answer stands, and the mark of its recurrent state."""
    if frame.calls is None:
        return {"call": None, "position": None, "mark": None, "recurrent": None}
    part, position = frame.calls.sources[place]
    mark = frame.calls.marks[place] if place < len(frame.calls.marks) else 0
    return {
        "call": frame.calls.parts[part].call,
        "position": position,
        "mark": f"{mark:016x}" if mark else None,
        "recurrent": None,
    }


def _recurrent(number: int, place: int, before: Frame, frame: Frame) -> str | None:
    """Return whose recurrent state was sent for an agent; None where that can't be told."""
    if frame.calls is None or before.calls is None or place >= len(frame.calls.sent_marks):
        return None
    sent = frame.calls.sent_marks[place]
    if not sent:
        return "none"
    answered = dict(zip(before.agents, before.calls.marks, strict=False))
    if answered.get(number) == sent:
        return "as answered"
    owner = next((agent for agent, mark in answered.items() if mark == sent), None)
    return "another" if owner is None else f"agent {owner}'s"


def _degrees(state: State) -> list[float]:
    x, y, heading, speed = state
    return [x, y, math.degrees(heading), speed]


def _heading(facts: Mapping[str, Any]) -> str:
    agents = plural(len(facts["agents"]) + len(facts["unplaced"]), "agent")
    place = f"simulation {facts['simulation']}, branch {facts['branch']}"
    return f"{place}, step {facts['step']}: {agents}, {facts['step'] / 10:.1f} s"


def _how(facts: Mapping[str, Any]) -> str:
    calls = facts["calls"]
    noun = "call" if len(calls) == 1 else "calls"
    pieces = [f"{noun} {ranges(sorted(calls))}, {facts['latency_ms']:.1f} ms"]
    if facts["attempts"]:
        pieces.append(f"after {plural(len(facts['attempts']), 'failed attempt')}")
    pieces.append("no seed" if facts["seed"] is None else f"seed {facts['seed']}")
    if facts["model"]:
        pieces.append(f"model {printable(str(facts['model']))}")
    return ", ".join(pieces)


def _changes(lights: list[dict[str, Any]]) -> Iterator[str]:
    if lights:
        changed = (
            f"{light['light']} {printable(light['answered'])}"
            if light["before"] is None
            else f"{light['light']} {printable(light['before'])} → {printable(light['answered'])}"
            for light in lights
        )
        yield f"lights: {', '.join(changed)}"


def _row(facts: Mapping[str, Any]) -> str:
    """Return an agent on a line: where it is now, how it moved, what is odd."""
    kind = printable(facts["type"] or "not known")[:_LONGEST_KIND]
    line = f"{facts['agent']:>5} {kind:<{_LONGEST_KIND}} {_state(facts['answered'])}"
    begun = facts["sent"] or facts["before"]
    if begun:
        line += f"  {_difference(begun, facts['answered'])}"
    odd = list(_remarks(facts))
    return f"{line}  {'; '.join(odd)}" if odd else line


def _detailed(facts: Mapping[str, Any]) -> Iterator[str]:
    kind = printable(facts["type"] or "type not known")
    yield f"agent {facts['agent']}: {kind}, {_size(facts)}, index {facts['index']}"
    before, sent, answered = facts["before"], facts["sent"], facts["answered"]
    if before:
        yield f"  before    {_state(before)}"
    if sent and before:
        yield f"  sent      {_state(sent)}  {_difference(before, sent)}"
    elif before:
        yield "  sent      as answered"
    came = f"  {_difference(sent or before, answered)}" if before else ""
    yield f"  answered  {_state(answered)}{came}"
    if facts["call"] is not None:
        yield f"  from call {facts['call']}, position {facts['position']} in its answer"
    if facts["mark"]:
        sent_state = f"sent: {facts['recurrent']}; " if facts["recurrent"] else ""
        yield f"  recurrent state {sent_state}answered: {facts['mark']}"
    for remark in _remarks(facts):
        yield f"  {remark}"


def _size(facts: Mapping[str, Any]) -> str:
    sizes = (facts["length"], facts["width"])
    if sizes == (None, None):
        return "size not known"
    length, width = ("?" if size is None else f"{size:.2f}" for size in sizes)
    return f"{length} x {width} m"


def _remarks(facts: Mapping[str, Any]) -> Iterator[str]:
    if facts["ego"]:
        yield "ego"
    if facts["new"]:
        yield "new"
    if facts["sent"] and facts["before"]:
        yield f"moved by the client: {_difference(facts['before'], facts['sent'])}"
    if facts["recurrent"] == "none":
        yield "sent without a recurrent state"
    elif facts["recurrent"] not in (None, "as answered"):
        yield f"sent with {facts['recurrent']} recurrent state"
    yield from facts["infractions"] or ()
    if facts["inside"] is False:
        yield "outside the supported area"


def _state(state: list[float]) -> str:
    x, y, heading, speed = state
    return f"({x:8.2f}, {y:8.2f}) {heading:6.1f}° {speed:5.2f} m/s"


def _difference(before: list[float], after: list[float]) -> str:
    """Return how far apart two states are: distance, turn and change of speed."""
    far = math.dist(before[:2], after[:2])
    turn = math.degrees(math.remainder(math.radians(after[2] - before[2]), math.tau))
    return f"{far:.2f} m, {turn:+.1f}°, {after[3] - before[3]:+.2f} m/s"
