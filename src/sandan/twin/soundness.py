"""Whether a geometry is sound: in range, in Korea, not crossing itself.

A map drawn in one of Korea's projected systems is recognised by its magnitudes, and named, because that is
the most frequent fault of a Korean file; swapped axes are the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from sandan.errors import Finding
from sandan.twin.geometry import KOREA, WORLD, inside, likely_systems
from sandan.words import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
    if inside(WORLD, west, south) and inside(WORLD, east, north):
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
        if inside(KOREA, west, south) and inside(KOREA, east, north):
            return []
        return [
            Finding(
                where,
                Text(f"좌표({shown})가 한국 밖입니다.", f"the coordinates ({shown}) lie outside Korea."),
                Text("좌표를 확인하십시오.", "check the coordinates."),
                "warning",
            )
        ]
    if inside(KOREA, south, west) and inside(KOREA, north, east):
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
