"""Maps in Lanelet2's OSM XML: moved, and without names, numbers and notes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from iai_proxy.api.mercator import LocalMercator
from iai_proxy.scrubbing.disguise import Disguise, is_word
from iai_proxy.scrubbing.kinds import COORDINATES, MAPS

#: Latitude and longitude of every scrubbed map's origin: in the middle of an ocean, and of a zone
#: of UTM.
ORIGIN: Final = (30.0, -45.0)
_LARGEST_BYTES: Final = 64 << 20
#: What lanes are, and who may use them (``lanelet2_core/doc/LaneletAndAreaTagging.md``).
_TAGS: Final = re.compile(
    r"type|subtype|location|one_way|speed_limit|width|height|color|lane_change(:\w+)?"
    r"|participant(:[\w:]+)?"
)
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>'
_LOCAL: Final = ("local_x", "local_y")
_ELEMENTS: Final = ("node", "way", "relation")

Place = tuple[float, float]


@dataclass(slots=True)
class _Element:
    """A node, a way or a relation; ``parts`` are its references and members."""

    kind: str
    attributes: dict[str, str]
    tags: dict[str, str] = field(default_factory=dict)
    parts: list[tuple[str, dict[str, str]]] = field(default_factory=list)


def scrubbed_map(disguise: Disguise, text: str, origin: Any) -> str:
    """Return a map, moved as agents are; empty where it can't be read.

    Args:
        disguise: says where things move.
        text: OSM XML.
        origin: latitude and longitude of (0, 0), degrees, as the answer gives it.
    """
    if not text:
        return text
    disguise.counts[MAPS] += 1
    try:
        writer = _Writer(disguise, _mover(disguise, origin))
        return "\n".join([_HEAD, *writer.lines(text)]) + "\n"
    except ValueError:
        return ""


def _mover(disguise: Disguise, origin: Any) -> Callable[[Place], Place]:
    """Return what moves a point, given by latitude and longitude."""
    if disguise.keeps(COORDINATES):
        return lambda place: place
    try:
        project, target = LocalMercator(*map(float, origin)), LocalMercator(*ORIGIN)
    except (TypeError, ValueError):
        return lambda _: ORIGIN  # where it is nowhere known, only local_x and local_y say more
    return lambda place: target.inverse(*disguise.motion.place(*project(*place)))


class _Writer:
    """Writes what is known of a map, element by element."""

    def __init__(self, disguise: Disguise, move: Callable[[Place], Place]) -> None:
        self._disguise = disguise
        self._move = move
        self._numbers: dict[tuple[str, str], int] = {}
        self._element: _Element | None = None
        self._lines: list[str] = []

    def lines(self, text: str) -> Iterator[str]:
        """Yield the lines of a map.

        Raises:
            ValueError: it is no XML, declares a document type, or is too large.
        """
        if len(text) > _LARGEST_BYTES:
            raise ValueError(f"a map of {len(text) >> 20} MB is too large")
        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = _refuse_doctype
        try:
            parser.Parse(text.encode("utf-8", "replace"), True)
        except expat.ExpatError as error:
            raise ValueError(f"the map is no XML ({error})") from error
        yield '<osm version="0.6" generator="iai-proxy scrub">'
        yield from self._lines
        yield "</osm>"

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _ELEMENTS:
            self._element = _Element(name, attributes)
        elif self._element is None:
            return
        elif name == "tag":
            self._element.tags[attributes.get("k", "")] = attributes.get("v", "")
        elif name in {"nd", "member"}:
            self._element.parts.append((name, attributes))

    def _end(self, name: str) -> None:
        if self._element is not None and name == self._element.kind:
            self._lines.append(self._written(self._element))
            self._element = None

    def _written(self, element: _Element) -> str:
        attributes = {"id": self._number(element.kind, element.attributes.get("id", ""))}
        attributes |= {"version": "1", "visible": "true", **self._place(element.attributes)}
        parts = [f"<{name}{_text(self._part(name, part))}/>" for name, part in element.parts]
        tags = [f"<tag{_text({'k': key, 'v': value})}/>" for key, value in self._tags(element.tags)]
        return f"<{element.kind}{_text(attributes)}>{''.join(parts + tags)}</{element.kind}>"

    def _place(self, attributes: dict[str, str]) -> dict[str, str]:
        place = _pair(attributes.get("lat"), attributes.get("lon"))
        if place is None:
            return {}
        latitude, longitude = self._move(place)
        return {"lat": f"{latitude:.11f}", "lon": f"{longitude:.11f}"}

    def _part(self, name: str, part: dict[str, str]) -> dict[str, str]:
        kind = "node" if name == "nd" else part.get("type", "")
        number = {"ref": self._number(kind, part.get("ref", ""))}
        if name == "nd":
            return number
        role = part.get("role", "")
        return {"type": kind if kind in _ELEMENTS else "way", **number, "role": _word(role)}

    def _tags(self, tags: dict[str, str]) -> Iterator[tuple[str, str]]:
        keeps = self._disguise.keeps(MAPS)
        for key, value in tags.items():
            if keeps or (_TAGS.fullmatch(key) and is_word(value)):
                yield key, value
        local = _pair(*map(tags.get, _LOCAL))
        if local is not None and not keeps:
            yield from zip(_LOCAL, map(repr, self._disguise.motion.place(*local)), strict=True)

    def _number(self, kind: str, identity: str) -> str:
        if self._disguise.keeps(MAPS):
            return identity
        return str(self._numbers.setdefault((kind, identity), len(self._numbers) + 1))


def _refuse_doctype(*_: object) -> None:
    raise ValueError("the map declares a document type, which OSM XML has not")


def _word(text: str) -> str:
    return text if is_word(text) else ""


def _text(attributes: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())


def _pair(first: str | None, second: str | None) -> Place | None:
    try:
        pair = float(first or ""), float(second or "")
    except ValueError:
        return None
    return pair if all(map(math.isfinite, pair)) else None
