"""What is removed or changed unless someone asks to keep it."""

from __future__ import annotations

from typing import Final

LOCATIONS: Final = "locations"
COORDINATES: Final = "coordinates"
TIMES: Final = "times"
ADDRESSES: Final = "addresses"
HEADERS: Final = "headers"
LIGHTS: Final = "lights"
PICTURES: Final = "pictures"
MAPS: Final = "maps"
ERRORS: Final = "errors"
LABELS: Final = "labels"

#: By name, what each is.
KINDS: Final[dict[str, str]] = {
    LOCATIONS: "names of locations",
    COORDINATES: "where agents, lights and maps are, and how they are turned",
    TIMES: "when calls were made",
    ADDRESSES: "addresses of clients and hosts, names of connections",
    HEADERS: "header fields that nothing depends on",
    LIGHTS: "numbers of lights and signs, by which a place can be looked up",
    PICTURES: "pictures in answers",
    MAPS: "names, numbers and notes in maps",
    ERRORS: "texts of errors",
    LABELS: "labels of the recording",
}
