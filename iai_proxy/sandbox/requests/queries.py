"""``GET /location_info`` and ``GET /light``. Values come as strings."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from iai_proxy.sandbox.requests.agent_fields import Point, RequestModel, Size


def _split(value: object) -> object:
    """Read ``"x,y"`` as a pair."""
    return tuple(value.split(",")) if isinstance(value, str) else value


class LocationInfoRequest(RequestModel):
    """The query of ``location_info``. A parameter that is None is not in the URL at all."""

    location: Annotated[str, Field(min_length=1)]
    include_map_source: bool = False
    rendering_fov: Size | None = None  # m, side of the square that the picture shows
    rendering_center: Annotated[Point, BeforeValidator(_split)] | None = None


class LightRequest(RequestModel):
    """The query of ``light``. Without recurrent states a new state is drawn.

    Deprecated in favour of the lights that ``initialize`` and ``drive`` return.
    """

    location: Annotated[str, Field(min_length=1)]
    recurrent_states: str | None = None  # as the answer before returned it
    random_seed: int | None = None
