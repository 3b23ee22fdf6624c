"""Where a smell comes from: what the sensors and the wind told, put to the engine, and laid on the ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import pi, sqrt

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from sandan.control.engine.odour import (
    cut_to_smell,
    fit_firms,
    locate_source,
    look_again,
    order_samplers,
    rank_firms,
)
from sandan.control.engine.odour.region import enclose
from sandan.control.model.odour import (
    Area,
    Candidate,
    Complaint,
    OdourParams,
    OdourProblem,
    Sampler,
    SamplerOrder,
    Sensors,
    Site,
    SourceMap,
    Wind,
)
from sandan.control.model.safety import OdourComplaint
from sandan.control.service.environment.series import Array
from sandan.control.service.environment.settings import EnvironmentSettings
from sandan.control.service.environment.smells import (
    RAISED,
    SPANS,
    SensorRead,
    Smelled,
    SmellSearch,
    WindRead,
    floor_of,
    read_smells,
)
from sandan.store import Store
from sandan.twin.geometry import LocalMetres, place
from sandan.twin.model import Thing
from sandan.words import Text

MARGIN = 300.0
"""Metres around the sensors and firms that are searched too."""
LEAST_COMPLAINTS = 3
"""Placed complaints from which a search without any sensor begins."""
LEAST_BITS = 1.0
"""With less learned of the place every order of firms would be noise."""
ROUNDED = 3
"""Decimals of a degree, some hundred metres, to which the place of who complained is shown."""
LIKELY = 1e-4
"""Firms whose best cell holds less than this share of the highest are not put to the ranking."""
SHARES = (0.5, 0.75, 0.9)
"""What share of the probability each zone on the map holds."""


@dataclass(frozen=True, slots=True)
class Found:
    """The source map on the ground, whom to inspect and which samplers to fire."""

    map: SourceMap
    at: tuple[float, float]
    """Longitude and latitude of the best single guess."""
    zones: Sequence[tuple[float, BaseGeometry]]
    """Smallest regions that hold these shares, WGS 84, smallest share first."""
    firms: Sequence[Candidate]
    trust: float
    """How many times likelier the readings are with a source at one of the firms than anywhere."""
    orders: Sequence[SamplerOrder]
    catches: float
    """What a sample can be told from nothing by."""

    @property
    def tells(self) -> bool:
        """Whether enough was learned to put firms in order."""
        return self.map.information >= LEAST_BITS and any(one.in_region for one in self.firms)


@dataclass(frozen=True, slots=True)
class SourceSearch:
    """What was read and what was found; `found` is empty where `why_not` says why.

    The second of two found is where another source may be: one alone would not explain the readings.
    """

    read: Smelled
    found: Sequence[Found]
    why_not: Text | None
    complaints: Sequence[OdourComplaint]
    """All that came in that time."""
    notes: Sequence[Text] = ()
    missed: int = 0
    """Raised readings that the best single place does not explain."""
    by_complaints: bool = False
    """Whether complaints alone were searched by, for want of sensors."""


def search_source(
    store: Store, asked: SmellSearch, settings: EnvironmentSettings, complaints: Sequence[OdourComplaint] = ()
) -> SourceSearch:
    """The source looked for by what sensors, wind and complaints told.

    Nothing is looked for where `why_not` says so. Complaints are left out, and the notes say it, while
    nobody has set the concentration at which people complain; so is one of which nobody knows where. Where
    sensors do not do, complaints alone are searched by: then that concentration is only a scale.
    """
    read = read_smells(store, asked, settings)
    wind = read.wind
    placed = [one for one in complaints if one.lon is not None and one.lat is not None]
    alone = read.why_not is not None and len(placed) >= LEAST_COMPLAINTS
    if wind is None or not wind.known.any() or (read.why_not is not None and not alone):
        return SourceSearch(read, (), read.why_not, complaints)
    with store.registry.read() as conn:
        firms = [one for one in store.things.all(conn, ("firm",)) if one.geometry is not None]
    sensors = () if alone else read.sensors
    spots = [
        *(_spot(one) for one in (*(sensor.thing for sensor in read.sensors), *firms)),
        *((one.lon, one.lat) for one in placed if one.lon is not None and one.lat is not None and alone),
    ]
    plane, area = _ground(spots)
    smelled_at = 1.0 if alone else settings.smelled_at.get(read.quantity)
    heard = [] if smelled_at is None else _complaints(placed, plane, asked, wind)
    params = OdourParams(smelled_at=smelled_at)
    if settings.wind_error is not None:
        params = replace(params, bias_sd=settings.wind_error)
    known = wind.known
    whole = OdourProblem(
        area,
        _sensors(sensors, plane, settings),
        Wind(
            wind.speed[known],
            wind.direction[known],
            [one for one, there in zip(wind.stability, known, strict=True) if there],
        ),
        np.array([one.reading for one in sensors]).reshape(len(sensors), len(known)).T[known],
        heard,
    )
    problem = cut_to_smell(whole)
    why_not = _no_direction(problem, params, alone)
    if why_not is not None:
        return SourceSearch(read, (), why_not, complaints)
    found = locate_source(problem, params)
    missed, left = look_again(found, problem, params)
    maps = [(found, problem)]
    if left is not None and found.information >= LEAST_BITS:
        maps.append((locate_source(left, params), left))
    laid = [_lay_out(one, of, params, firms, plane, read, settings, alone, whole.wind) for one, of in maps]
    return SourceSearch(
        read,
        [laid[0], *(one for one in laid[1:] if one.map.information >= LEAST_BITS)],
        None,
        complaints,
        [
            *_about_time(len(problem.reading), len(whole.reading)),
            *_notes(read, params, settings, complaints, heard, alone),
            *found.notes,
        ],
        missed if left is not None else 0,
        alone,
    )


def _no_direction(problem: OdourProblem, params: OdourParams, alone: bool) -> Text | None:
    """Why neither the wind nor the complaints tell a direction; None where they do."""
    if not (problem.wind.speed >= params.calm).any():
        return Text(
            f"바람이 {params.calm:g} m/s 이상 분 시간대가 없어 방향으로 찾을 수 없습니다. "
            "제보와 높아진 센서가 모인 곳부터 직접 확인하십시오.",
            f"No window had {params.calm:g} m/s of wind or more, so no direction tells anything. "
            "Begin where complaints and raised sensors lie close together.",
        )
    if alone and len(problem.complaints) < LEAST_COMPLAINTS:
        return Text(
            "쓸 수 있는 센서가 없고, 바람을 아는 시간의 제보도 모자랍니다.",
            "No sensor can be used, and too few complaints came while the wind is known.",
        )
    return None


def _ground(spots: Sequence[tuple[float, float]]) -> tuple[LocalMetres, Area]:
    """A flat map around places (longitude, latitude), and the part of it that holds them all."""
    plane = LocalMetres((float(np.mean([s[0] for s in spots])), float(np.mean([s[1] for s in spots]))))
    x, y = plane.to_metres([s[0] for s in spots], [s[1] for s in spots])
    return plane, Area(
        float(x.min()) - MARGIN, float(y.min()) - MARGIN, float(x.max()) + MARGIN, float(y.max()) + MARGIN
    )


def _spot(thing: Thing) -> tuple[float, float]:
    assert thing.geometry is not None
    return place(thing.geometry)


def _metres(things: Sequence[Thing], plane: LocalMetres) -> tuple[Array, Array]:
    spots = [_spot(one) for one in things]
    x, y = plane.to_metres([s[0] for s in spots], [s[1] for s in spots])
    return x, y


def _sensors(sensors: Sequence[SensorRead], plane: LocalMetres, settings: EnvironmentSettings) -> Sensors:
    return Sensors(
        *_metres([one.thing for one in sensors], plane),
        np.array([one.background or 0.0 for one in sensors]),
        np.array([settings.detection.get(one.point.quantity, 0.0) for one in sensors]),
    )


def _complaints(
    complaints: Sequence[OdourComplaint], plane: LocalMetres, asked: SmellSearch, wind: WindRead
) -> list[Complaint]:
    """Those of the time asked about, in the windows whose wind is known."""
    period, step = asked.period, SPANS[asked.hours][1]
    place_of = np.cumsum(wind.known) - 1
    heard = []
    for one in complaints:
        if one.lon is not None and one.lat is not None and period.start <= one.at < period.end:
            window = int((one.at - period.start) / step)
            if wind.known[window]:
                x, y = plane.to_metres([one.lon], [one.lat])
                heard.append(Complaint(float(x[0]), float(y[0]), int(place_of[window])))
    return heard


def _sites(firms: Sequence[Thing], plane: LocalMetres) -> list[Site]:
    """Firms as circles of their site's area; without one the engine takes a cell."""
    found = []
    for firm, x, y in zip(firms, *_metres(firms, plane), strict=True):
        area = firm.attributes.get("site_area")
        radius = sqrt(area / pi) if isinstance(area, int | float) and area > 0 else 0.0
        found.append(Site(firm.id, firm.name, float(x), float(y), radius))
    return found


def _lay_out(
    found: SourceMap,
    problem: OdourProblem,
    params: OdourParams,
    firms: Sequence[Thing],
    plane: LocalMetres,
    read: Smelled,
    settings: EnvironmentSettings,
    alone: bool,
    wind: Wind,
) -> Found:
    """The answer in degrees, with firms and samplers to fire in the last of `wind`.

    An odour station is taken to have a sampler.
    """
    sites = _sites(firms, plane)
    lon, lat = plane.to_degrees([found.x], [found.y])
    stations = {one.thing.id: one.thing for one in (*read.sensors, *read.left_out)}
    x, y = _metres(list(stations.values()), plane)
    samplers = [
        Sampler(one.id, one.name, *at)
        for one, at in zip(stations.values(), zip(x.tolist(), y.tolist(), strict=True), strict=True)
    ]
    catches = 1.0 if alone else settings.catches.get(read.quantity, RAISED * _usual(read, settings))
    return Found(
        found,
        (float(lon[0]), float(lat[0])),
        [(share, plane.unflatten(_outline(found, share))) for share in SHARES],
        rank_firms(found, problem, _near(found, sites), params),
        fit_firms(found, sites),
        order_samplers(
            found,
            samplers,
            speed=float(wind.speed[-1]),
            direction=float(wind.direction[-1]),
            stability=wind.stability[-1],
            catches=catches,
            params=params,
        ),
        catches,
    )


def _usual(read: Smelled, settings: EnvironmentSettings) -> float:
    return float(np.median([floor_of(one, settings) for one in read.sensors]))


def _near(found: SourceMap, sites: Sequence[Site]) -> list[Site]:
    """The sites within reach of any cell that matters, so that a thousand firms do not take seconds."""
    rows, columns = np.nonzero(found.probability >= LIKELY * found.probability.max())
    x, y = found.west + (columns + 0.5) * found.cell, found.south + (rows + 0.5) * found.cell
    return [one for one in sites if (np.hypot(x - one.x, y - one.y) <= max(one.radius, found.cell)).any()]


def _outline(found: SourceMap, share: float) -> BaseGeometry:
    """The smallest region that holds this share, as areas in metres along the edges of cells."""
    inside = enclose(found.probability, share)
    strips = []
    for row in np.flatnonzero(inside.any(axis=1)).tolist():
        edges = np.flatnonzero(np.diff(np.concatenate([[0], inside[row].astype(np.int8), [0]])))
        south = found.south + row * found.cell
        strips += [
            shapely.box(found.west + a * found.cell, south, found.west + b * found.cell, south + found.cell)
            for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        ]
    return shapely.union_all(strips)


def _notes(
    read: Smelled,
    params: OdourParams,
    settings: EnvironmentSettings,
    complaints: Sequence[OdourComplaint],
    heard: Sequence[Complaint],
    alone: bool,
) -> list[Text]:
    """What was taken for what nobody set, and what was left out."""
    notes = [] if alone else _about_sensors(read, settings)
    if settings.wind_error is None:
        notes.append(
            Text(
                f"풍향 오차([control] wind_error_direction)가 없어 ±{params.bias_sd:g}°로 계산했습니다.",
                f"[control] wind_error_direction is not set; ±{params.bias_sd:g}° was taken.",
            )
        )
    if alone:
        notes.insert(
            0,
            Text(
                f"쓸 수 있는 센서가 없어 제보 {len(heard)}건과 바람만으로 찾았습니다. "
                "제보가 없는 곳에서 냄새가 없었다고 보지는 않습니다.",
                f"No sensor can be used: searched by {len(heard)} complaints and the wind alone. "
                "That nobody complained somewhere is not taken for clean air.",
            ),
        )
    elif complaints and params.smelled_at is None:
        notes.append(
            Text(
                f"제보 {len(complaints)}건은 쓰지 않았습니다. "
                "사람이 민원을 내는 농도([control] odour_smelled_at)를 설정하면 함께 계산합니다.",
                f"{len(complaints)} complaints were left out: set [control] odour_smelled_at to use them.",
            )
        )
    elif complaints:
        notes.append(
            Text(
                f"제보 {len(complaints)}건 가운데 위치와 바람을 아는 {len(heard)}건을 함께 썼습니다.",
                f"{len(heard)} of {len(complaints)} complaints were used: "
                "those whose place and wind are known.",
            )
        )
    unknown = int((~read.wind.known).sum()) if read.wind is not None else 0
    if unknown:
        notes.append(
            Text(
                f"바람을 모르는 {unknown}개 시간대는 제외했습니다.",
                f"{unknown} windows without a measured wind were left out.",
            )
        )
    return notes


def _about_time(used: int, windows: int) -> list[Text]:
    if used == windows:
        return []
    return [
        Text(
            f"냄새가 난 {used}개 시간대만 썼습니다(전체 {windows}개). 그 앞뒤는 발생원이 쉬고 있었을 수 있어 "
            "조용했다는 것으로 자리를 가리지 않습니다.",
            f"Only the {used} windows that smelled were used, of {windows}: before and after, the source may "
            "have been at rest, so that quiet tells nothing of the place.",
        )
    ]


def _about_sensors(read: Smelled, settings: EnvironmentSettings) -> list[Text]:
    notes = []
    if read.quantity not in settings.detection:
        notes.append(
            Text(
                "검출한계([control] odour_detection)가 설정되지 않아 각 센서의 배경값만 기준으로 삼았습니다.",
                "[control] odour_detection is not set; only each sensor's own background was used.",
            )
        )
    return notes
