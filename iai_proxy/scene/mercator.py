"""Latitude and longitude to metres, as Lanelet2's ``UtmProjector`` does for the SDK.

The transverse Mercator projection of the WGS 84 ellipsoid by Krüger's series to the fourth power of
the third flattening, which is good to a micrometre within a zone: C. F. F. Karney, "Transverse
Mercator with an accuracy of a few nanometers", J. Geodesy 85 (2011), equations 7 to 11 and 35. The
zone is the origin's also for points beyond its edge, as Lanelet2 has it.
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
_ZONE_DEG: Final = 6.0


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
    tangent = math.tan(latitude)
    sigma = math.sinh(
        _ECCENTRICITY * math.atanh(_ECCENTRICITY * tangent / math.hypot(1.0, tangent))
    )
    conformal = tangent * math.hypot(1.0, sigma) - sigma * math.hypot(1.0, tangent)
    xi = math.atan2(conformal, math.cos(away))
    eta = math.asinh(math.sin(away) / math.hypot(conformal, math.cos(away)))
    north, east = xi, eta
    for order, alpha in enumerate(_ALPHA, start=1):
        north += alpha * math.sin(2 * order * xi) * math.cosh(2 * order * eta)
        east += alpha * math.cos(2 * order * xi) * math.sinh(2 * order * eta)
    return _SCALE * _RECTIFYING_M * east, _SCALE * _RECTIFYING_M * north
