"""Scenario logs as runs: of the SDK's ``LogWriter``, of our writer, of the suite in the wheel."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from sys import intern
from typing import Any, Final

from iai_proxy.api import parse_json
from iai_proxy.errors import InputError
from iai_proxy.input_files import read_file
from iai_proxy.logs.scenario import (
    Point,
    ScenarioActor,
    ScenarioAgent,
    ScenarioRun,
    ScenarioStep,
    actor_id_of,
)
from iai_proxy.text import printable

_FIX: Final = "write the log again with `LogWriter` or `iai-proxy export scenario`"
#: The state of a control that is a light.
_LIGHT: Final = "traffic_light"
#: 28 hours. A longer one is a mistake that would fill the memory.
_MOST_STEPS: Final = 1_000_000
#: An hour. A few bytes of a file can claim a million steps that it has no state of.
_MOST_EMPTY: Final = 36_000
#: In bytes; 100 agents x 3000 steps are 60 MB.
_LONGEST: Final = 256_000_000

Json = dict[str, Any]
State = tuple[float, float, float, float]


def read_scenario(path: Path) -> ScenarioRun:
    """Return a scenario log as a run.

    Agents are numbered in the order of the file, as the SDK's ``LogReader`` numbers them. Static
    actors are the controls at their first states; those of which nothing is known are left out.

    Raises:
        InputError: it can't be read, or is no scenario log.
    """
    try:
        document = parse_json(read_file(path, _LONGEST), float, longest=_LONGEST)
    except OSError as error:
        raise InputError(f"can't read {path} ({error.strerror}): give a scenario log") from error
    except ValueError as error:
        raise InputError(
            f"{path} is no scenario log, as it is no JSON ({error}): {_FIX}"
        ) from error
    return _Reader(path).run(document)


class _Reader:
    """Reads one file.

    Args:
        path: of the file, for messages.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def run(self, document: Any) -> ScenarioRun:
        """Return the run.

        Raises:
            InputError: the document is not as it should be; it says where.
        """
        agents = self._object(document, "predetermined_agents")
        controls = self._object(document, "predetermined_controls")
        steps = self._steps(agents, self._count(document, agents))
        lights = self._lights(controls)
        view = document.get("birdview_options")
        center = view.get("rendering_center") if isinstance(view, dict) else None
        return ScenarioRun(
            location=self._text(document, "location", "identifier"),
            agents=[self._agent(agents, name) for name in agents],
            steps=[
                ScenarioStep(tuple(present), states, lights.get(number))
                for number, (present, states) in enumerate(steps)
            ],
            static_actors=list(self._actors(controls)),
            rendering_center=_point(center),
            rendering_fov=_number(view.get("renderingFOV")) if isinstance(view, dict) else None,
            initialize_random_seed=_seed(document.get("initialize_random_seed")),
            drive_random_seed=_seed(document.get("drive_random_seed")),
            initialize_model_version=_name(document.get("initialize_model_version")),
            drive_model_version=_name(document.get("drive_model_version")),
        )

    def _count(self, document: Json, agents: Json) -> int:
        count = document.get("scenario_length")
        if not isinstance(count, int) or not 0 <= count <= _MOST_STEPS:
            raise self._fault(document, "scenario_length", wanted="a number of steps")
        if count > _MOST_EMPTY:
            group = "predetermined_agents"
            states = (self._object(agents, name, "states", within=group) for name in agents)
            named = {key for of_agent in states for key in of_agent}
            if count > len(named) + _MOST_EMPTY:
                raise InputError(
                    f"{self._path} is no scenario log: scenario_length is {count}, but only "
                    f"{len(named)} steps have a state; {_FIX}"
                )
        return count

    def _steps(self, agents: Json, count: int) -> list[tuple[list[int], array[float]]]:
        """Return who is present at each step, and their states."""
        steps = [(list[int](), array("d")) for _ in range(count)]
        for index, name in enumerate(agents):
            for number, state in self._states(agents, "predetermined_agents", name):
                if number < count:
                    steps[number][0].append(index)
                    steps[number][1].extend(state)
        return steps

    def _states(self, entities: Json, group: str, name: str) -> Iterator[tuple[int, State]]:
        """Yield the states of an agent or control by step."""
        for key, value in self._object(entities, name, "states", within=group).items():
            try:
                center = value["center"]
                state = (
                    float(center["x"]),
                    float(center["y"]),
                    float(value["orientation"]),
                    float(value["speed"]),
                )
                number = int(key)
            except (TypeError, KeyError, ValueError):
                raise self._no_state(value, f"{group}.{name}.states.{key}") from None
            if number >= 0:
                yield number, state

    def _agent(self, agents: Json, name: str) -> ScenarioAgent:
        kind, length, width, rear = _described(agents[name])
        return ScenarioAgent(kind, length, width, rear)

    def _lights(self, controls: Json) -> dict[int, dict[int, str]]:
        """Return the lights' states by step."""
        found: dict[int, dict[int, str]] = {}
        for name, control in controls.items():
            light = actor_id_of(name)
            if light is None or _described(control)[0] != _LIGHT:
                continue
            states = self._object(controls, name, "states", within="predetermined_controls")
            for key, value in states.items():
                shown = value.get("control_state") if isinstance(value, dict) else None
                step = actor_id_of(key)  # as it is written alike
                if isinstance(shown, str) and step is not None:
                    found.setdefault(step, {})[light] = intern(shown)
        return found

    def _actors(self, controls: Json) -> Iterator[ScenarioActor]:
        for name, control in controls.items():
            states = self._states(controls, "predetermined_controls", name)
            state = next(states, (0, (0.0, 0.0, 0.0, 0.0)))[1]
            kind, length, width, _ = _described(control)
            is_known = length is not None or width is not None or any(state[:2])
            identity = actor_id_of(name)
            if identity is not None and kind and is_known:
                yield ScenarioActor(identity, kind, *state[:3], length, width)

    def _object(self, value: Any, *keys: str, within: str = "") -> Json:
        found = _at(value, keys)
        if not isinstance(found, dict):
            raise self._fault(value, *keys, wanted="an object", within=within)
        return found

    def _text(self, value: Any, *keys: str) -> str:
        found = _at(value, keys)
        if not isinstance(found, str):
            raise self._fault(value, *keys, wanted="a text")
        return found

    def _fault(self, value: Any, *keys: str, wanted: str, within: str = "") -> InputError:
        place = printable(".".join(filter(None, (within, *keys))))
        found = _at(value, keys)
        what = "is missing" if found is None else f"is not {wanted}"
        return InputError(f"{self._path} is no scenario log: {place} {what}; {_FIX}")

    def _no_state(self, value: Any, place: str) -> InputError:
        parts = (("center", "x"), ("center", "y"), ("orientation",), ("speed",))
        keys = next((keys for keys in parts if _number(_at(value, keys)) is None), ())
        return self._fault(value, *keys, wanted="a number", within=place)


def _at(value: Any, keys: Sequence[str]) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _described(
    entity: Any,
) -> tuple[str | None, float | None, float | None, float | None]:
    """Return type, length, width and rear axle of an agent or control."""
    given: Mapping[str, Any] = entity if isinstance(entity, dict) else {}
    sizes = given.get("static_attributes")
    known = sizes if isinstance(sizes, dict) else {}
    kind = given.get("entity_type")
    length, width, rear = (
        _number(known.get(name)) for name in ("length", "width", "rear_axis_offset")
    )
    return kind if isinstance(kind, str) else None, length, width, rear


def _seed(value: Any) -> int | None:
    """Return a seed; some logs of the SDK's suite have it as a text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _name(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> float | None:
    """Return a number, also from a text: the suite in the SDK's wheel has such."""
    try:
        return None if isinstance(value, bool) or value is None else float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _point(value: Any) -> Point | None:
    numbers = [_number(item) for item in value] if isinstance(value, list) else []
    if len(numbers) != 2 or numbers[0] is None or numbers[1] is None:
        return None
    return numbers[0], numbers[1]
