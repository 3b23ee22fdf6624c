"""Lengths, areas and bearings on the Earth, and geometry as it is read, printed and checked.

Everything is WGS 84 with longitude first; metres come from the geodesic (`pyproj.Geod`), not
from degrees times a constant. A map drawn in one of Korea's projected systems is recognised by
its magnitudes, and named, because that is the most frequent fault of a Korean file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import orjson
import shapely
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError
from shapely import LinearRing, Point, Polygon
from shapely.geometry.base import BaseGeometry

from sandan.errors import Finding, InvalidInput
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


# ── measures ──


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


# ── projections ──


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
    try:
        return Transformer.from_crs(CRS.from_user_input(crs), WGS84, always_xy=True)
    except CRSError:
        raise InvalidInput.because(
            "crs",
            Text(f"좌표계 '{crs}'을(를) 알 수 없습니다.", f"coordinate system '{crs}' is unknown."),
            Text("예: EPSG:5186", "for example EPSG:5186"),
        ) from None


def reproject(geometry: BaseGeometry, crs: str) -> BaseGeometry:
    """A geometry given in `crs` (such as 'EPSG:5186', x first), in WGS 84; `InvalidInput` for an unknown one.

    A place the projection cannot reach becomes infinite, which `check_geometry` reports.
    """
    return _moved(geometry, _to_wgs84(crs).transform)


def likely_systems(x: float, y: float) -> list[tuple[str, Text]]:
    """Korea's projected systems in which (x, y) lies in Korea, the most used first.

    More than one can fit: the belts differ by a false northing of 100 km, and only somebody who
    knows where the place is can tell them apart.
    """
    found = []
    for crs, name in KOREAN_SYSTEMS:
        lon, lat = _to_wgs84(crs).transform(x, y)
        if _inside(KOREA, lon, lat) and _inside(_used_in(crs), lon, lat):
            found.append((crs, name))
    return found


@cache
def _used_in(crs: str) -> Box:
    """Where a system is meant to be used; a belt is two degrees wide. A little more, as maps overlap."""
    bounds = CRS.from_user_input(crs).area_of_use.bounds
    return bounds[0] - 0.2, bounds[1] - 0.2, bounds[2] + 0.2, bounds[3] + 0.5


def _inside(box: Box, lon: float, lat: float) -> bool:
    return box[0] <= lon <= box[2] and box[1] <= lat <= box[3]


# ── reading and printing ──


def read_geometry(value: object, where: str = "geometry") -> BaseGeometry | None:
    """A GeoJSON geometry object as shapely; `None` for null or an empty one; height is left out.

    Raises `InvalidInput` when it is not one. Whether the result is sound is `check_geometry`'s question.
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


# ── checking ──


def check_geometry(geometry: BaseGeometry, where: str = "geometry") -> list[Finding]:
    """Everything wrong with one geometry."""
    if geometry.is_empty:
        return [_empty(where)]
    coordinates = shapely.get_coordinates(geometry)
    if not np.isfinite(coordinates).all():
        return [
            Finding(
                where,
                Text("좌표에 숫자가 아닌 값이 있습니다.", "a coordinate is not a finite number."),
                Text("경도와 위도를 숫자로 쓰십시오.", "write longitude and latitude as numbers."),
            )
        ]
    findings = _check_range(coordinates, where)
    if not findings and not geometry.is_valid:
        reason = shapely.is_valid_reason(geometry)
        findings.append(
            Finding(
                where,
                Text(
                    f"도형이 스스로 겹치거나 닫히지 않았습니다 ({reason}).",
                    f"the shape is invalid ({reason}).",
                ),
                Text(
                    "지도 프로그램의 도형 수정 기능(예: QGIS '도형 바로잡기')으로 고치십시오.",
                    "mend it in a map program (in QGIS, 'Fix geometries').",
                ),
            )
        )
    return findings


def check_geometries(geometries: Sequence[BaseGeometry | None], where: Sequence[str]) -> list[Finding]:
    """Everything wrong with many geometries; sound ones cost next to nothing. `None` is no fault."""
    array = np.empty(len(geometries), dtype=object)
    array[:] = geometries
    bounds = shapely.bounds(array)
    with np.errstate(invalid="ignore"):
        at_home = (
            (bounds[:, 0] >= KOREA[0])
            & (bounds[:, 1] >= KOREA[1])
            & (bounds[:, 2] <= KOREA[2])
            & (bounds[:, 3] <= KOREA[3])
        )
    suspect = ~shapely.is_missing(array) & ~(at_home & shapely.is_valid(array))
    return [f for i in np.flatnonzero(suspect) for f in check_geometry(array[i], where[int(i)])]


def _check_range(coordinates: NDArray[np.float64], where: str) -> list[Finding]:
    (west, south), (east, north) = coordinates.min(axis=0), coordinates.max(axis=0)
    x, y = float((west + east) / 2), float((south + north) / 2)
    shown = f"{x:.7g}, {y:.7g}"
    if _inside(WORLD, west, south) and _inside(WORLD, east, north):
        if west == east == south == north == 0:
            return [
                Finding(
                    where,
                    Text("좌표가 (0, 0)입니다.", "the coordinates are (0, 0)."),
                    Text(
                        "위치를 모르면 도형을 비워 두십시오.",
                        "leave the geometry empty when the place is unknown.",
                    ),
                )
            ]
        if _inside(KOREA, west, south) and _inside(KOREA, east, north):
            return []
        return [
            Finding(
                where,
                Text(f"좌표({shown})가 한국 밖입니다.", f"the coordinates ({shown}) lie outside Korea."),
                Text("좌표를 확인하십시오.", "check the coordinates."),
                "warning",
            )
        ]
    if _inside(KOREA, south, west) and _inside(KOREA, north, east):
        return [
            Finding(
                where,
                Text(
                    f"경도와 위도가 바뀌었습니다 ({shown}).", f"longitude and latitude are swapped ({shown})."
                ),
                Text(
                    "경도(약 127)를 먼저, 위도(약 37)를 나중에 쓰십시오.",
                    "write longitude (about 127) first, then latitude (about 37).",
                ),
            )
        ]
    if likely := likely_systems(x, y):
        ko = ", ".join(f"{crs} {name.ko}" for crs, name in likely)
        en = ", ".join(f"{crs} {name.en}" for crs, name in likely)
        return [
            Finding(
                where,
                Text(
                    f"미터 좌표({shown})로 보입니다. 맞을 수 있는 좌표계: {ko}.",
                    f"the coordinates ({shown}) look projected. They fit {en}.",
                ),
                Text(
                    f"가져올 때 좌표계를 지정하십시오 (예: crs={likely[0][0]}).",
                    f"name the coordinate system when importing (for example crs={likely[0][0]}).",
                ),
            )
        ]
    if likely := likely_systems(y, x):
        return [
            Finding(
                where,
                Text(
                    f"미터 좌표({shown})의 가로와 세로(X·Y)가 바뀐 것으로 보입니다 ({likely[0][0]}).",
                    f"northing and easting ({shown}) look swapped ({likely[0][0]}).",
                ),
                Text(
                    "지적 자료의 X는 북쪽입니다. 동쪽 좌표를 먼저 쓰고 좌표계를 지정하십시오.",
                    "X points north in cadastral data: write the easting first and name the system.",
                ),
            )
        ]
    return [
        Finding(
            where,
            Text(
                f"좌표({shown})가 경도 ±180, 위도 ±90을 벗어납니다.",
                f"the coordinates ({shown}) lie outside longitude ±180 and latitude ±90.",
            ),
            Text(
                "WGS 84 경위도로 바꾸거나 좌표계를 지정하십시오.",
                "convert to WGS 84 degrees or name the coordinate system.",
            ),
        )
    ]


def _empty(where: str) -> Finding:
    return Finding(
        where,
        Text("도형이 비어 있습니다.", "the geometry is empty."),
        Text("좌표를 넣거나 도형을 지우십시오.", "give coordinates, or leave the geometry out."),
    )
