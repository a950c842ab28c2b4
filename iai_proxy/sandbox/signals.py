"""A map's lights in one call: what the client sent, what the agents see, what goes back."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from iai_proxy.sandbox import light_phases
from iai_proxy.sandbox.light_phases import GroupState
from iai_proxy.sandbox.maps import World
from iai_proxy.sandbox.refusal import RequestRefusedError
from iai_proxy.sandbox.requests.agent_fields import LightState


@dataclass(frozen=True)
class Signals:
    """The lights at one time step. A map may have none.

    Attributes:
        states: of the map's groups. At a real place there may be another number of groups; what is
            to be seen is then made of the states that there are.
        given: by the client, by the ids on the wire; overrides the groups' states.
    """

    world: World
    states: list[GroupState]
    given: Mapping[str, LightState]

    @classmethod
    def at_start(
        cls, world: World, history: Sequence[Mapping[str, LightState]] | None, source: random.Random
    ) -> Signals:
        """Return the lights that a simulation begins with: as given, or drawn."""
        drawn = cls(world, light_phases.draw(world.light_groups, source), {})
        return drawn._settled(history[-1]) if history else drawn

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
        if not recurrent and (recurrent is None or world.is_stand_in or not groups):
            states = light_phases.draw(groups, random.Random(world.name))
        elif recurrent and (world.is_stand_in or len(recurrent) == len(groups)):
            states = list(recurrent)
        elif groups:
            raise RequestRefusedError(
                f"light_recurrent_states has {len(recurrent)} groups, "
                f"but the location has {len(groups)}: send what the answer before returned"
            )
        else:
            states = []
        known = cls(world, states, {})
        return known._settled(given) if given else known

    @property
    def shown(self) -> dict[int, LightState]:
        """Colour of every light of the map, by the map's own id."""
        own = light_phases.colours(self.world.light_groups, self._of_groups())
        return own | self._given_to_own(self.given)

    @property
    def shown_on_wire(self) -> dict[str, LightState] | None:
        """The same as the API writes it: ids are strings; null without lights.

        At a real place, lights that only the client knows are as it gave them.
        """
        shown = {
            str(light): colour
            for own, colour in self.shown.items()
            for light in self.world.wire_ids[own]
        }
        return (shown | dict(self.given) if self.world.is_stand_in else shown) or None

    @property
    def recurrent(self) -> list[GroupState] | None:
        """The groups' states as the API writes them; null without lights."""
        return self.states or None

    def advanced(self) -> Signals:
        """Return the lights one time step later."""
        return Signals(self.world, light_phases.advance(self.world.light_groups, self.states), {})

    def _settled(self, given: Mapping[str, LightState]) -> Signals:
        """Return lights that show what is given, and go on from there."""
        groups = self.world.light_groups
        if len(self.states) != len(groups):  # which group a light belongs to is not known
            return Signals(self.world, self.states, given)
        wanted = {str(own): colour for own, colour in self._given_to_own(given).items()}
        return Signals(self.world, light_phases.settle(groups, self.states, wanted), given)

    def _of_groups(self) -> list[GroupState]:
        """Return a state for each group of the map."""
        return list(islice(cycle(self.states), len(self.world.light_groups)))

    def _given_to_own(self, given: Mapping[str, LightState]) -> dict[int, LightState]:
        """Return the colours that a client gave, by the map's own ids."""
        return {
            own: given[str(light)]
            for own, ids in self.world.wire_ids.items()
            for light in ids
            if str(light) in given
        }
