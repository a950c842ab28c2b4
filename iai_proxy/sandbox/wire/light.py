"""``GET /light``: the lights alone. Deprecated in favour of what ``initialize`` and ``drive`` return."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from iai_proxy.sandbox.wire.common import LightStates, WireModel


class LightRequest(WireModel):
    """The query. Without recurrent states a fresh state is drawn."""

    location: Annotated[str, Field(min_length=1)]
    recurrent_states: str | None = None  # as the answer before returned it
    random_seed: int | None = None


class LightResponse(WireModel):
    """The answer. Neither field may be null: the SDK's model refuses that."""

    traffic_lights_states: LightStates
    recurrent_states: str
