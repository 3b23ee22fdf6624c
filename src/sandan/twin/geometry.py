"""Lengths, areas and bearings on the Earth, projections, and geometry as it is read and printed.

Everything is WGS 84 with longitude first; metres come from the geodesic (`pyproj.Geod`), not
from degrees times a constant. A map drawn in one of Korea's projected systems is recognised by
its magnitudes, and named, because that is the most frequent fault of a Korean file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import orjson
import shapely
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import ProjError
from shapely import LinearRing, Point, Polygon
from shapely.geometry.base import BaseGeometry

from sandan.errors import InvalidInput
from sandan.words import Text

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Place = tuple[float, float]
"""Longitude and latitude in degrees."""

Box = tuple[float, float, float, float]
"""West, south, east and north in degrees."""

WORLD: Box = (-180.0, -90.0, 180.0, 90.0)
KOREA: Box = (124.0, 32.5, 132.5, 39.5)

DIGITS = 7
"""Decimals of a printed degree: about a centimetre."""

_TYPES = {f"{multi}{simple}" for multi in ("", "Multi") for simple in ("Point", "LineString", "Polygon")}
WGS84 = "EPSG:4326"
_GEOD = Geod(ellps="WGS84")

KOREAN_SYSTEMS: tuple[tuple[str, Text], ...] = (
    ("EPSG:5179", Text("통합 좌표계 (UTM-K)", "Unified CS (UTM-K)")),
    ("EPSG:5186", Text("중부원점 2010", "Central Belt 2010")),
    ("EPSG:5174", Text("중부원점, 베셀 보정 (옛 지적도)", "Modified Central Belt, Bessel (old cadastre)")),
    ("EPSG:5181", Text("중부원점 (GRS80)", "Central Belt (GRS80)")),
    ("EPSG:5187", Text("동부원점 2010", "East Belt 2010")),
    ("EPSG:5185", Text("서부원점 2010", "West Belt 2010")),
    ("EPSG:32652", Text("UTM 52N", "UTM zone 52N")),
    ("EPSG:3857", Text("웹 메르카토르", "Web Mercator")),
)
"""Projected systems that Korean files come in, the most used first."""


def distance(a: Place, b: Place) -> float:
    """Metres along the geodesic from `a` to `b`.

    >>> round(distance((126.73, 37.33), (126.74, 37.33)))
    886
    """
    return float(_GEOD.inv(*a, *b)[2])


def distances(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> NDArray[np.float64]:
    """Metres between pairs of places; the four arrays broadcast."""
    arrays = np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in (lon1, lat1, lon2, lat2)))
    return np.asarray(_GEOD.inv(*(a.copy() for a in arrays))[2], dtype=np.float64)


def bearing(a: Place, b: Place) -> float:
    """The direction from `a` towards `b` in degrees clockwise from north, 0 ≤ bearing < 360."""
    towards = _GEOD.inv(*a, *b)[0]
    # The remainder of a tiny negative number rounds to 360 itself.
    return float(towards) % 360.0 % 360.0


def destination(start: Place, towards: float, metres: float) -> Place:
    """Where one arrives going `metres` from `start` in the direction `towards` [° from north]."""
    lon, lat, _ = _GEOD.fwd(*start, towards, metres)
    return float(lon), float(lat)


def destinations(
    lon: ArrayLike, lat: ArrayLike, towards: ArrayLike, metres: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Arrays of longitudes and latitudes reached from many places at once."""
    arrays = np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in (lon, lat, towards, metres)))
    lons, lats, _ = _GEOD.fwd(*(a.copy() for a in arrays))
    return np.asarray(lons, dtype=np.float64), np.asarray(lats, dtype=np.float64)


def length(geometry: BaseGeometry) -> float:
    """Metres along a line, or around a polygon (its outer ring); 0 for points."""
    metres: float = _GEOD.geometry_length(geometry)
    return metres


def area(geometry: BaseGeometry) -> float:
    """Square metres inside; holes are taken away; 0 for points and lines."""
    parts = [part for part in shapely.get_parts(geometry) if isinstance(part, Polygon)]
    return sum(
        _ring_area(polygon.exterior) - sum(_ring_area(hole) for hole in polygon.interiors)
        for polygon in parts
    )


def _ring_area(ring: LinearRing) -> float:
    # pyproj signs the area by the direction of the ring, and files come in both.
    return abs(float(_GEOD.polygon_area_perimeter(*ring.xy)[0]))


def place(geometry: BaseGeometry) -> Place:
    """One place that stands for the geometry: inside a polygon, on a line."""
    point = geometry if isinstance(geometry, Point) else geometry.representative_point()
    return point.x, point.y


@dataclass(frozen=True, slots=True)
class LocalMetres:
    """A flat map in metres around `origin`: x east, y north, the origin at (0, 0).

    Transverse Mercator on WGS 84 with scale 1 at the origin: within 20 km of it, a metre on this map is a
    metre on the ground to better than one part in 100,000. Engines and generators draw here.
    """

    origin: Place

    def to_metres(self, lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Easting and northing [m] of places given in degrees."""
        x, y = _local(self.origin)[0].transform(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
        return np.asarray(x), np.asarray(y)

    def to_degrees(self, x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Longitude and latitude of places given in metres."""
        lon, lat = _local(self.origin)[1].transform(np.asarray(x, np.float64), np.asarray(y, np.float64))
        return np.asarray(lon), np.asarray(lat)

    def flatten(self, geometry: BaseGeometry) -> BaseGeometry:
        """A WGS 84 geometry drawn in metres."""
        return _moved(geometry, self.to_metres)

    def unflatten(self, geometry: BaseGeometry) -> BaseGeometry:
        """A geometry drawn in metres, back in WGS 84."""
        return _moved(geometry, self.to_degrees)


def _moved(geometry: BaseGeometry, move: Callable[..., tuple[ArrayLike, ArrayLike]]) -> BaseGeometry:
    def both(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(move(coordinates[:, 0], coordinates[:, 1]))

    return shapely.transform(geometry, both)


@lru_cache(maxsize=64)
def _local(origin: Place) -> tuple[Transformer, Transformer]:
    lon, lat = origin
    flat = CRS.from_proj4(f"+proj=tmerc +lat_0={lat!r} +lon_0={lon!r} +k=1 +datum=WGS84 +units=m +type=crs")
    return (
        Transformer.from_crs(WGS84, flat, always_xy=True),
        Transformer.from_crs(flat, WGS84, always_xy=True),
    )


@lru_cache(maxsize=64)
def _to_wgs84(crs: str) -> Transformer:
    with suppress(ProjError):
        system = CRS.from_user_input(crs)
        if system.is_projected or system.is_geographic:
            return Transformer.from_crs(system, WGS84, always_xy=True)
    raise InvalidInput.because(
        "crs",
        Text(f"좌표계 '{crs}'을(를) 알 수 없습니다.", f"coordinate system '{crs}' is unknown."),
        Text("예: EPSG:5186", "for example EPSG:5186"),
    )


def reproject(geometry: BaseGeometry, crs: str) -> BaseGeometry:
    """A geometry given in `crs` (such as 'EPSG:5186', x first), in WGS 84; `InvalidInput` for an unknown one.

    A place the projection cannot reach becomes infinite, which `soundness` reports.
    """
    return _moved(geometry, _to_wgs84(crs).transform)


def check_system(crs: str | None) -> None:
    """`InvalidInput` unless `crs` is a system that `reproject` can read; `None` stands for WGS 84."""
    if crs is not None:
        _to_wgs84(crs)


def likely_systems(x: float, y: float) -> list[tuple[str, Text]]:
    """Korea's projected systems in which (x, y) lies in Korea, the most used first.

    More than one can fit: the belts differ by a false northing of 100 km, and only somebody who
    knows where the place is can tell them apart.
    """
    found = []
    for crs, name in KOREAN_SYSTEMS:
        lon, lat = _to_wgs84(crs).transform(x, y)
        if inside(KOREA, lon, lat) and inside(_used_in(crs), lon, lat):
            found.append((crs, name))
    return found


@cache
def _used_in(crs: str) -> Box:
    """Where a system is meant to be used; a belt is two degrees wide. A little more, as maps overlap."""
    bounds = CRS.from_user_input(crs).area_of_use.bounds
    return bounds[0] - 0.2, bounds[1] - 0.2, bounds[2] + 0.2, bounds[3] + 0.5


def inside(box: Box, lon: float, lat: float) -> bool:
    """Whether the place lies in the box or on its edge."""
    return box[0] <= lon <= box[2] and box[1] <= lat <= box[3]


def read_geometry(value: object, where: str = "geometry") -> BaseGeometry | None:
    """A GeoJSON geometry object as shapely; `None` for null or an empty one; height is left out.

    Raises `InvalidInput` when it is not one. Whether it is sound is another question: see `soundness`.
    """
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise _not_geojson(where, type(value).__name__)
    if value.get("type") not in _TYPES:
        raise _not_geojson(where, f"type {value.get('type')!r}"[:60])
    try:
        geometry = shapely.from_geojson(orjson.dumps(value).decode())
    except (shapely.GEOSException, ValueError, TypeError, RecursionError) as error:
        raise _not_geojson(where, str(error)[:120]) from None
    if geometry is None or geometry.is_empty:
        return None
    return shapely.force_2d(_unwrap(geometry))


def _unwrap(geometry: BaseGeometry) -> BaseGeometry:
    """A Multi of a single part is that part: map programs write every polygon as a MultiPolygon."""
    if not geometry.geom_type.startswith("Multi"):
        return geometry
    parts = shapely.get_parts(geometry)
    return cast(BaseGeometry, parts[0]) if len(parts) == 1 else geometry


def _not_geojson(where: str, what: str) -> InvalidInput:
    return InvalidInput.because(
        where,
        Text(f"GeoJSON 도형이 아닙니다 ({what}).", f"this is not a GeoJSON geometry ({what})."),
        Text(
            "Point, LineString, Polygon 또는 그 Multi 형으로 쓰십시오.",
            "write a Point, LineString, Polygon or the Multi form of one.",
        ),
    )


def write_geometry(geometry: BaseGeometry, digits: int | None = DIGITS) -> dict[str, Any]:
    """The GeoJSON geometry object; `digits` decimals of a degree, `None` for all of them.

    Outer rings run counterclockwise, as RFC 7946 asks.
    """
    written: dict[str, Any] = orjson.loads(shapely.to_geojson(shapely.orient_polygons(geometry)))
    if digits is not None:
        written["coordinates"] = _rounded(written["coordinates"], digits)
    return written


def _rounded(value: Any, digits: int) -> Any:  # nested lists of any depth
    if isinstance(value, list):
        return [_rounded(v, digits) for v in value]
    return round(value, digits)
