"""``GET /location_info``: what is known of a location before anything moves in it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from iai_proxy.sandbox.wire.common import Finite, Picture, Point, Size, WireModel


def _split(value: object) -> object:
    """Read ``"x,y"``, as the query has it, as a pair."""
    return tuple(value.split(",")) if isinstance(value, str) else value


class LocationInfoRequest(WireModel):
    """The query. Values come as strings; a parameter that is None is not in the URL at all."""

    location: Annotated[str, Field(min_length=1)]
    include_map_source: bool = False
    rendering_fov: Size | None = None  # m, side of the square that the picture shows
    rendering_center: Annotated[Point, BeforeValidator(_split)] | None = None


class StaticActor(WireModel):
    """A traffic light, stop sign or yield sign, as the rectangle of its stop line."""

    actor_id: int
    agent_type: str  # "traffic_light", "stop_sign" or "yield_sign"
    x: Finite  # m, centre of the stop line
    y: Finite
    orientation: Finite  # rad, of the traffic that goes through
    length: Size | None = None  # m, along the orientation
    width: Size | None = None  # m, across it
    dependant: list[int] | None = None  # ids of actors that go by this one


class LocationInfoResponse(WireModel):
    """The answer. The SDK indexes every field, so each must be there, if only as null."""

    version: str
    max_agent_number: int
    bounding_polygon: list[Point] | None  # convex border of the supported area
    birdview_image: Picture
    osm_map: str | None  # Lanelet2 map as OSM XML, when asked for
    map_origin: Point | None  # (latitude, longitude) in degrees of the frame's origin
    map_center: Point
    map_fov: Finite  # m
    static_actors: list[StaticActor]
