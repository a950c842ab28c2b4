"""Latitude and longitude to metres and back, as Lanelet2's ``UtmProjector`` does for the SDK.

The transverse Mercator projection of the WGS 84 ellipsoid by Krüger's series to the fourth power of
the third flattening, which is good to a micrometre within a zone: C. F. F. Karney, "Transverse
Mercator with an accuracy of a few nanometers", J. Geodesy 85 (2011), equations 7 to 21, 35 and 36.
The zone is the origin's also for points beyond its edge, as Lanelet2 has it.
"""

from __future__ import annotations

import math
from typing import Final

_RADIUS_M: Final = 6378137.0
_FLATTENING: Final = 1 / 298.257223563
_SCALE: Final = 0.9996

_ECCENTRICITY: Final = math.sqrt(_FLATTENING * (2 - _FLATTENING))
_N: Final = _FLATTENING / (2 - _FLATTENING)  # the third flattening
_RECTIFYING_M: Final = _RADIUS_M / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64)
_ALPHA: Final = (
    _N / 2 - 2 * _N**2 / 3 + 5 * _N**3 / 16 + 41 * _N**4 / 180,
    13 * _N**2 / 48 - 3 * _N**3 / 5 + 557 * _N**4 / 1440,
    61 * _N**3 / 240 - 103 * _N**4 / 140,
    49561 * _N**4 / 161280,
)
_BETA: Final = (
    _N / 2 - 2 * _N**2 / 3 + 37 * _N**3 / 96 - _N**4 / 360,
    _N**2 / 48 + _N**3 / 15 - 437 * _N**4 / 1440,
    17 * _N**3 / 480 - 37 * _N**4 / 840,
    4397 * _N**4 / 161280,
)
#: Half way round the earth. Further away the series doesn't converge.
_FARTHEST_M: Final = 2e7
_ZONE_DEG: Final = 6.0
#: Two already give all digits of a double.
_NEWTON_STEPS: Final = 4


class LocalMercator:
    """Projects points to metres east and north of an origin.

    Args:
        latitude: of the origin, degrees; ``longitude`` likewise.

    Raises:
        ValueError: there is no such place, or it is nearer to a pole than UTM reaches.
    """

    def __init__(self, latitude: float, longitude: float) -> None:
        self._meridian = middle_meridian(latitude, longitude)
        self._east, self._north = self._projected(latitude, longitude)

    def __call__(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Return metres east and north.

        Raises:
            ValueError: there is no such place, or it is a quarter of the world away.
        """
        east, north = self._projected(latitude, longitude)
        return east - self._east, north - self._north

    def inverse(self, east: float, north: float) -> tuple[float, float]:
        """Return the latitude and longitude of a point, degrees.

        Args:
            east: m from the origin.
            north: likewise.

        Raises:
            ValueError: no point is there.
        """
        east, north = east + self._east, north + self._north
        if not (abs(east) <= _FARTHEST_M and abs(north) <= _FARTHEST_M):  # NaN neither
            raise ValueError(f"no point is {east:g} m east and {north:g} m north of the equator")
        latitude, away = _from_transverse_mercator(east, north)
        return math.degrees(latitude), self._meridian + math.degrees(away)

    def _projected(self, latitude: float, longitude: float) -> tuple[float, float]:
        away = math.remainder(longitude - self._meridian, 360.0)
        if not (abs(latitude) < 90 and abs(away) < 90):
            raise ValueError(f"{latitude:g}, {longitude:g} can't be projected")
        return _transverse_mercator(math.radians(latitude), math.radians(away))


def middle_meridian(latitude: float, longitude: float) -> float:
    """Return the middle meridian of a place's zone, with the exceptions of Norway and Svalbard.

    Raises:
        ValueError: there is no such place, or UTM does not reach it.
    """
    if not (-80 <= latitude < 84 and abs(longitude) <= 360):
        raise ValueError(f"no zone of UTM has {latitude:g}, {longitude:g}")
    east = math.remainder(longitude, 360.0)
    east = -180.0 if east == 180 else east
    if 56 <= latitude < 64 and 3 <= east < 12:
        return 9.0
    if latitude >= 72 and 0 <= east < 42:
        return 3.0 if east < 9 else 15.0 if east < 21 else 27.0 if east < 33 else 39.0
    return math.floor(east / _ZONE_DEG) * _ZONE_DEG + _ZONE_DEG / 2


def _transverse_mercator(latitude: float, away: float) -> tuple[float, float]:
    """Return easting and northing in m of a point at an angle from the middle meridian (rad)."""
    conformal = _conformal(math.tan(latitude))
    xi = math.atan2(conformal, math.cos(away))
    eta = math.asinh(math.sin(away) / math.hypot(conformal, math.cos(away)))
    north, east = xi, eta
    for order, alpha in enumerate(_ALPHA, start=1):
        north += alpha * math.sin(2 * order * xi) * math.cosh(2 * order * eta)
        east += alpha * math.cos(2 * order * xi) * math.sinh(2 * order * eta)
    return _SCALE * _RECTIFYING_M * east, _SCALE * _RECTIFYING_M * north


def _from_transverse_mercator(east: float, north: float) -> tuple[float, float]:
    """Return the latitude and the angle from the middle meridian, rad, of a point in m."""
    xi, eta = north / (_SCALE * _RECTIFYING_M), east / (_SCALE * _RECTIFYING_M)
    steps = [(2 * order * xi, 2 * order * eta, beta) for order, beta in enumerate(_BETA, start=1)]
    xi -= sum(beta * math.sin(north) * math.cosh(east) for north, east, beta in steps)
    eta -= sum(beta * math.cos(north) * math.sinh(east) for north, east, beta in steps)
    wanted = math.sin(xi) / math.hypot(math.sinh(eta), math.cos(xi))
    return math.atan(_tangent_of(wanted)), math.atan2(math.sinh(eta), math.cos(xi))


def _conformal(tangent: float) -> float:
    """Return the tangent of the conformal latitude that belongs to the tangent of a latitude."""
    sigma = math.sinh(
        _ECCENTRICITY * math.atanh(_ECCENTRICITY * tangent / math.hypot(1.0, tangent))
    )
    return tangent * math.hypot(1.0, sigma) - sigma * math.hypot(1.0, tangent)


def _tangent_of(conformal: float) -> float:
    """Return the tangent of the latitude of a conformal one, by Newton's method."""
    squeezed = 1 - _ECCENTRICITY**2
    tangent = conformal / squeezed
    for _ in range(_NEWTON_STEPS):
        found = _conformal(tangent)
        slope = squeezed * math.hypot(1.0, tangent) / (1 + squeezed * tangent**2)
        tangent += (conformal - found) / (math.hypot(1.0, found) * slope)
    return tangent
