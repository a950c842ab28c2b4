"""A map's lights in one call: what the client sent, what the agents see, what goes back."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from iai_proxy.sandbox import light_phases
from iai_proxy.sandbox.light_phases import GroupState
from iai_proxy.sandbox.maps import World
from iai_proxy.sandbox.refusal import RequestRefusedError
from iai_proxy.sandbox.requests.agent_fields import LightState


@dataclass(frozen=True)
class Signals:
    """The lights at one time step. A map may have none."""

    world: World
    states: list[GroupState]
    given: Mapping[str, LightState]  # by the client; overrides the groups' states

    @classmethod
    def at_start(
        cls, world: World, history: Sequence[Mapping[str, LightState]] | None, source: random.Random
    ) -> Signals:
        """Return the lights that a simulation begins with: as given, or drawn."""
        given = history[-1] if history else {}
        return cls(
            world,
            light_phases.settle(
                world.light_groups, light_phases.draw(world.light_groups, source), given
            ),
            given,
        )

    @classmethod
    def under_way(
        cls,
        world: World,
        recurrent: Sequence[GroupState] | None,
        given: Mapping[str, LightState] | None,
    ) -> Signals:
        """Return the lights of a step: as given, or of the recurrent states, or a fixed choice.

        Raises:
            RequestRefusedError: the number of recurrent states is not that of the map's groups.
        """
        groups = world.light_groups
        if recurrent is None or not groups:
            states = light_phases.draw(groups, random.Random(world.name))
        elif len(recurrent) == len(groups):
            states = list(recurrent)
        else:
            raise RequestRefusedError(
                f"light_recurrent_states has {len(recurrent)} groups, "
                f"but the location has {len(groups)}: send what the answer before returned"
            )
        return cls(
            world, light_phases.settle(groups, states, given) if given else states, given or {}
        )

    @property
    def shown(self) -> dict[int, LightState]:
        """Colour of every light of the map, by id."""
        own = light_phases.colours(self.world.light_groups, self.states)
        return {light: self.given.get(str(light), colour) for light, colour in own.items()}

    @property
    def shown_on_wire(self) -> dict[str, LightState] | None:
        """The same as the API writes it: ids are strings; null without lights."""
        return {str(light): colour for light, colour in self.shown.items()} or None

    @property
    def recurrent(self) -> list[GroupState] | None:
        """The groups' states as the API writes them; null without lights."""
        return self.states or None

    def advanced(self) -> Signals:
        """Return the lights one time step later."""
        return Signals(self.world, light_phases.advance(self.world.light_groups, self.states), {})
