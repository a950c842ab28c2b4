"""Writes a test for pytest that replays a branch of a recording, and checks where agents end."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from textwrap import wrap
from typing import Any, Final

from iai_proxy.errors import UsageError
from iai_proxy.formats.sdk_calls import NotOrdinaryError, SdkCalls, sdk_calls
from iai_proxy.recordings import Recording
from iai_proxy.scene import Frame, Scene
from iai_proxy.text import encodable

_UNTYPED: Final = "  # type: ignore[import-untyped, unused-ignore]"
_POINTS: Final = ("waypoint", "waypoints")
_WIDTH: Final = 88
_FINE_M: Final = 0.001
_HEAD: Final = '''\
"""The client is replayed, and must do what it did when it was recorded.

Written by `iai-proxy export pytest`, and yours to edit.
"""

from __future__ import annotations

from pathlib import Path

import iai_proxy
'''
_RUN_CLIENT: Final = '''\
def run_client() -> list[list[list[float]]]:
    """Run the client; return its agents at each step, step 0 first.

    An agent is x (m), y (m), heading (rad) and speed (m/s). {}
    """'''
_RECORDED: Final = "Your own client\n    belongs here; these are the calls that were recorded."
_BELONGS: Final = "Your client\n    belongs here."
_TEST: Final = """\
def test_the_client_does_what_was_recorded() -> None:
    with iai_proxy.replaying(RECORDING, fail_on_miss=True):
        steps = run_client()
    assert [len(agents) for agents in steps] == AGENTS
    assert steps[-1] == [pytest.approx(state, abs=TOLERANCE) for state in FINAL_STATES]
"""


@dataclass(frozen=True, slots=True)
class WrittenTest:
    """A test.

    Attributes:
        text: the file.
        missing: why the client's calls are not in it, as a sentence goes on after "since"; empty if
            they are.
    """

    text: str
    missing: str


def pytest_file(
    recording: Recording, scene: Scene, out: Path, tolerance: float = 0.01
) -> WrittenTest:
    """Return a test of a branch.

    Args:
        recording: of the branch.
        scene: the branch, all steps of it.
        out: where the test will be: it names the recording from there.
        tolerance: how far off a final state may be (m, rad, m/s).

    Raises:
        UsageError: the last step has an agent that is nowhere.
        InputError: a body is damaged.
    """
    missing = ""
    calls = None
    try:
        calls = sdk_calls(recording, scene.frames)
    except NotOrdinaryError as error:
        missing = str(error)
    blocks = [
        "\n".join(_imports(calls)),
        "\n".join(_constants(recording.path, scene.frames, out, tolerance)),
        "\n".join(_sent(calls) if calls else ()),
        "\n" + "\n".join(_client(calls) if calls else _no_client(missing)),
        "\n" + _TEST,
    ]
    return WrittenTest("\n\n".join(filter(None, blocks)), missing)


def _imports(calls: SdkCalls | None) -> Iterator[str]:
    yield _HEAD.rstrip()
    if calls:
        yield f"import invertedai as iai{_UNTYPED}"
    yield "import pytest"
    if calls:
        names = ["AgentProperties"]
        names += ["AgentState"] if calls.history or calls.moved else []
        names += ["Point"] if any(map(_has_points, calls.properties)) else []
        yield f"from invertedai.common import {', '.join(names)}{_UNTYPED}"


def _constants(
    recording: Path, frames: Sequence[Frame], out: Path, tolerance: float
) -> Iterator[str]:
    where = os.path.relpath(recording.resolve(), out.resolve().parent).replace(os.sep, "/")
    yield f"RECORDING = Path(__file__).parent / {_text(where)}"
    yield "#: At each step, step 0 first, which is the answer to `initialize`."
    yield from _counts(frames)
    yield "#: Of each agent x (m), y (m), heading (rad) and speed (m/s)."
    yield "FINAL_STATES = ["
    for state in _final_states(frames[-1]):
        yield from _listed("    [", (_rounded(number, tolerance) for number in state), "],")
    yield "]"
    yield f"TOLERANCE = {tolerance!r}"


def _final_states(frame: Frame) -> list[tuple[float, ...]]:
    if frame.unplaced:
        raise UsageError(
            f"step {frame.step} has an agent whose answered state is no place, so that no test can "
            "compare it: choose another --branch"
        )
    return [frame.answered(place) for place in range(len(frame.agents))]


def _rounded(number: float, tolerance: float) -> str:
    """Return a number in millimetres, unless the tolerance is as fine."""
    return f"{number:.3f}" if tolerance >= _FINE_M else repr(number)


def _sent(calls: SdkCalls) -> Iterator[str]:
    """Yield what the client sends."""
    yield f"LOCATION = {_text(calls.location)}"
    yield from _placed(calls)
    if calls.history:
        yield "#: States of the agents that the client places itself, by moment."
        yield "HISTORY = ["
        for states in calls.history:
            yield "    ["
            for state in states:
                yield from _listed("        [", map(repr, state), "],")
            yield "    ],"
        yield "]"
    if calls.moved:
        yield "#: States that the client gives to agents itself, by the step before and the agent."
        yield "MOVED = {"
        for step, states_of in calls.moved.items():
            yield f"    {step}: {{"
            for agent, state in states_of.items():
                yield from _listed(f"        {agent}: [", map(repr, state), "],")
            yield "    },"
        yield "}"
    if _has_seeds(calls):
        yield from ("SEEDS = [", *(f"    {seed}," for seed in calls.seeds), "]")


def _client(calls: SdkCalls) -> Iterator[str]:
    yield _RUN_CLIENT.format(
        "Your own client\n    belongs here; these are the calls that were recorded."
    )
    yield from _initialize(calls)
    yield "    properties = response.agent_properties"
    yield "    steps = [response.agent_states]"
    yield f"    for {_loop(calls)}:"
    yield "        states = list(response.agent_states)"
    if calls.moved:
        yield "        for agent, state in MOVED.get(step, {}).items():"
        yield "            states[agent] = AgentState.fromlist(state)"
    yield from _drive(calls)
    yield "        steps.append(response.agent_states)"
    yield "    return [[state.tolist() for state in states] for states in steps]"


def _initialize(calls: SdkCalls) -> Iterator[str]:
    yield "    response = iai.initialize("
    yield "        LOCATION,"
    yield "        agent_properties=PLACED,"
    if calls.history:
        yield "        states_history=["
        yield "            [AgentState.fromlist(state) for state in states] for states in HISTORY"
        yield "        ],"
    for name, value in calls.initialize.items():
        yield f"        {name}={_literal(value)},"
    yield "    )"


def _drive(calls: SdkCalls) -> Iterator[str]:
    yield "        response = iai.drive("
    yield "            LOCATION,"
    yield "            agent_states=states,"
    yield "            agent_properties=properties,"
    yield "            recurrent_states=response.recurrent_states,"
    if calls.sends_lights:
        yield "            light_recurrent_states=response.light_recurrent_states,"
    for name, value in calls.drive.items():
        yield f"            {name}={_literal(value)},"
    if _has_seeds(calls):
        yield "            random_seed=seed,"
    elif calls.seeds and calls.seeds[0] is not None:
        yield f"            random_seed={calls.seeds[0]},"
    yield "        )"


def _loop(calls: SdkCalls) -> str:
    if _has_seeds(calls):
        return "step, seed in enumerate(SEEDS)" if calls.moved else "seed in SEEDS"
    return f"{'step' if calls.moved else '_'} in range(len(AGENTS) - 1)"


def _has_seeds(calls: SdkCalls) -> bool:
    return len(set(calls.seeds)) > 1


def _no_client(missing: str) -> Iterator[str]:
    yield _RUN_CLIENT.format(_BELONGS)
    yield from wrap(
        f"Its calls can't be written out, since {missing}.",
        _WIDTH,
        initial_indent="    # ",
        subsequent_indent="    # ",
    )
    yield '    raise NotImplementedError("call your client here")'


def _placed(calls: SdkCalls) -> Iterator[str]:
    """Yield the agents that `initialize` is asked for."""
    groups = [
        (fields, len(list(equal))) for fields, equal in groupby(map(_fields, calls.properties))
    ]
    alike = [f"[AgentProperties({', '.join(fields)})] * {count}" for fields, count in groups]
    if len(alike) == 1 and len(alike[0]) <= _WIDTH - len("PLACED = "):
        yield f"PLACED = {alike[0]}"
        return
    yield "PLACED = ["
    for (fields, count), several in zip(groups, alike, strict=True):
        if count == 1:
            yield from _listed("    AgentProperties(", fields, "),")
        else:
            yield f"    *{several},"
    yield "]"


def _fields(properties: Mapping[str, Any]) -> list[str]:
    """Return what describes an agent as arguments of the SDK's class."""
    return [
        f"{name}={_points(value) if name in _POINTS else _literal(value)}"
        for name, value in properties.items()
        if value is not None
    ]


def _points(value: Any) -> str:
    """Return a point, or a list of points."""
    if value and isinstance(value[0], list):
        return f"[{', '.join(map(_points, value))}]"
    x, y = value
    return f"Point(x={x!r}, y={y!r})"


def _has_points(properties: Mapping[str, Any]) -> bool:
    return any(properties.get(name) for name in _POINTS)


def _counts(frames: Sequence[Frame]) -> Iterator[str]:
    """Yield the number of agents at each step."""
    numbers = groupby(len(frame.present) for frame in frames)
    parts = [f"[{number}] * {len(list(equal))}" for number, equal in numbers]
    line = f"AGENTS = {' + '.join(parts)}"
    if len(line) <= _WIDTH:
        yield line
    else:
        yield from ("AGENTS = [", *(f"    *{part}," for part in parts), "]")


def _listed(begin: str, parts: Iterable[str], end: str) -> Iterator[str]:
    """Yield parts between brackets: on a line if they fit, else each on its own."""
    parts = list(parts)
    line = f"{begin}{', '.join(parts)}{end}"
    if len(line) <= _WIDTH:
        yield line
        return
    indent = " " * (len(begin) - len(begin.lstrip()))
    yield from (begin, *(f"{indent}    {part}," for part in parts), f"{indent}{end}")


def _literal(value: Any) -> str:
    """Return a value as Python has it; a list as a tuple, as the SDK takes them."""
    if isinstance(value, str):
        return _text(value)
    if not isinstance(value, list):
        return repr(value)
    items = ", ".join(map(_literal, value))
    return f"({items},)" if len(value) == 1 else f"({items})"


def _text(text: str) -> str:
    """Return a text as Python has it, in double quotes; what can't be seen is escaped."""
    quoted = json.dumps(encodable(text), ensure_ascii=False)
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in quoted
    )
