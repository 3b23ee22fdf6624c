"""Who is where the gas goes: the models' answer laid over firms, people and roads."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.affinity import rotate
from shapely.geometry.base import BaseGeometry

from sandan.clock import SEOUL, is_working_day
from sandan.control.engine.hazard import disperse
from sandan.control.engine.hazard.band import Chances, weigh_winds
from sandan.control.engine.hazard.contours import contour
from sandan.control.engine.hazard.endpoints import Disagreement, find_disagreements
from sandan.control.engine.hazard.ensemble import WindError
from sandan.control.engine.hazard.exposure import Action, Advice, advise, breathe_indoors
from sandan.control.engine.hazard.looking import REACHES, Look, look_around, turn, turn_downwind
from sandan.control.engine.hazard.pool import Pool
from sandan.control.model.hazard import (
    Floats,
    Grid,
    HazardParams,
    HazardProblem,
    HazardResult,
    Receptors,
    square_grid,
)
from sandan.control.model.substances import Threshold, thresholds
from sandan.control.service.hazard.lines import choose_lines
from sandan.control.service.hazard.request import HazardRequest
from sandan.control.service.hazard.weather import MeasuredWeather
from sandan.twin.geometry import LocalMetres, place
from sandan.twin.model import Thing

ANYWHERE = square_grid(REACHES[-1], 2)
POSSIBLE = 0.1
"""A place is drawn as possible when it is reached in this share of the winds."""
ROUND_THE_CLOCK = 3
"""Shifts from which somebody is there at any hour."""
AT_SOURCE = 30.0
"""Metres within which a firm is where it happens, whatever the wind."""


@dataclass(frozen=True, slots=True)
class AreaSettings:
    """What no source gives and the operator sets: without it the answer says what is missing."""

    wind_error: WindError | None = None
    room_air_changes: float | None = None
    minutes_to_leave: float | None = None
    deposition: Mapping[str, float] = field(default_factory=dict)
    """Velocity at which each substance goes to the ground [m/s]; what is not here stays in the air."""


@dataclass(frozen=True, slots=True)
class Zone:
    """Where one threshold is passed: in the wind as measured, and in some of the winds it may truly be."""

    threshold: Threshold
    area: BaseGeometry
    possible: BaseGeometry | None


@dataclass(frozen=True, slots=True)
class Reached:
    """A firm in the way of the cloud."""

    firm: Thing
    people: int | None
    worst: int
    """The number of the highest threshold it reaches."""
    peak: float | None
    """ppm; None where it happens, of which no model speaks."""
    indoors: float | None
    """ppm at most in a closed room there; None where nobody set how rooms change their air."""
    arrival: datetime
    advice: Advice | None
    by: datetime | None


@dataclass(frozen=True, slots=True)
class HazardArea:
    """What a release does to the complex, as known at `at`; zones from the highest threshold down."""

    request: HazardRequest
    at: datetime
    measured: MeasuredWeather
    result: HazardResult
    zones: Sequence[Zone]
    reached: Sequence[Reached]
    possible: Sequence[Thing]
    """Firms that only another wind, which may be the true one, would reach."""
    people: int
    unknown_people: int
    """Firms in the area of which nobody knows how many people work there."""
    roads: Sequence[Thing]
    disagreements: Sequence[Disagreement]
    beyond: bool
    """The cloud goes on beyond the farthest look."""
    pool: Pool | None = None
    """The liquid that gives it off, where it was spilled."""
    deposition: float = 0.0
    """Velocity at which it goes to the ground [m/s]; 0 keeps all in the air, which is the safe side."""

    @property
    def calm(self) -> bool:
        """The wind is so weak that its direction says little."""
        return float(self.measured.weather.speed[-1]) < HazardParams().calm

    @property
    def outlasted(self) -> bool:
        """The hour that is computed is over."""
        return (self.at - self.request.started).total_seconds() > float(self.result.times[-1])

    @property
    def off_hours(self) -> bool:
        """It is night (22 to 6, as the Labour Standards Act has it) or no working day."""
        here = self.at.astimezone(SEOUL)
        return not 6 <= here.hour < 22 or not is_working_day(here.date())

    @property
    def round_the_clock(self) -> tuple[int, int]:
        """Firms in the area that work in three shifts or more, and the people of one shift there."""
        shifts = [(one.people or 0, one.firm.attributes.get("shifts")) for one in self.reached]
        on = [people / n for people, n in shifts if isinstance(n, int | float) and n >= ROUND_THE_CLOCK]
        return len(on), round(sum(on))


def assess_area(
    request: HazardRequest,
    measured: MeasuredWeather,
    things: Sequence[Thing],
    now: datetime,
    settings: AreaSettings,
    params: HazardParams | None = None,
    tenants: Collection[str] = (),
    table: Sequence[Threshold] | None = None,
) -> HazardArea:
    """The area, the firms and the roads of a release; `table` holds the thresholds, else those of Sandan.

    Areas are WGS 84; a firm counts as reached when the cloud over it passes the lowest threshold drawn, or
    when it is where it happens: at the release, or one of `tenants`.
    """
    params = params or HazardParams()
    params = dataclasses.replace(params, deposition=settings.deposition.get(request.substance, 0.0))
    table = thresholds() if table is None else table
    release, pool = request.release(measured.weather), request.pool(measured.weather)
    plane = LocalMetres((request.lon, request.lat))
    firms = [t for t in things if t.kind == "firm" and t.geometry is not None]
    rows = choose_lines(request, release, table)
    problem, back = turn_downwind(HazardProblem(release, measured.weather, ANYWHERE, thresholds=rows), params)
    look = look_around(problem, params)
    x, y = turn(*_spots(firms, plane), -back)
    near = (np.hypot(x, y) <= AT_SOURCE) | np.array([firm.id in tenants for firm in firms], np.bool_)
    seen = np.flatnonzero(near | _within(look.grids[-1], x, y))
    result = disperse(
        dataclasses.replace(
            problem,
            grid=look.grids[0],
            closer=[*look.grids[1:], *(grid for _, grid in look.nearer)],
            receptors=Receptors(x[seen], y[seen]) if len(seen) else None,
        ),
        params,
    )
    chances: Sequence[Chances] = []
    if settings.wind_error is not None and rows:
        weighed = weigh_winds(problem, result, look.grids, params, settings.wind_error)
        chances = [one.possible(POSSIBLE) for one in weighed]
    calm = float(measured.weather.speed[-1]) < params.calm
    zones = _zones(result, look, chances, plane, back, calm=calm)
    reached = _reached(result, [firms[at] for at in seen], near[seen], request.started, now, settings)
    possible = []
    if calm or chances:
        counted = {one.firm.id for one in reached}
        if calm:
            lowest = zones[-1].possible if zones else None
            likely = np.array([lowest is not None and lowest.intersects(f.geometry) for f in firms], np.bool_)
        else:
            likely = chances[-1].at(x, y) >= 1.0
        possible = [firm for firm, may in zip(firms, likely, strict=True) if may and firm.id not in counted]
    people = [one.people for one in reached]
    return HazardArea(
        request,
        now,
        measured,
        result,
        zones,
        reached,
        possible,
        sum(one for one in people if one is not None),
        sum(one is None for one in people),
        _roads(things, zones),
        find_disagreements([row for row in table if row.substance == request.substance]),
        look.beyond,
        pool,
        params.deposition,
    )


def _spots(firms: Sequence[Thing], plane: LocalMetres) -> tuple[Floats, Floats]:
    """Where firms are, in metres east and north of the release."""
    if not firms:
        return np.zeros(0), np.zeros(0)
    spots = [place(firm.geometry) for firm in firms if firm.geometry is not None]
    return plane.to_metres([spot[0] for spot in spots], [spot[1] for spot in spots])


def _within(grid: Grid, x: Floats, y: Floats) -> NDArray[np.bool_]:
    east, north = grid.west + grid.columns * grid.spacing, grid.south + grid.rows * grid.spacing
    return np.asarray((x >= grid.west) & (x <= east) & (y >= grid.south) & (y <= north))


def _zones(
    result: HazardResult,
    look: Look,
    chances: Sequence[Chances],
    plane: LocalMetres,
    back: float,
    *,
    calm: bool,
) -> list[Zone]:
    def unturn(shape: BaseGeometry) -> BaseGeometry:
        return plane.unflatten(rotate(shape, back, origin=(0, 0), use_radians=True))

    assert result.field is not None
    fields = [result.field, *result.closer]
    parts: list[list[BaseGeometry]] = [[] for _ in result.thresholds]
    for exposure, (number, grid) in zip(fields, [*enumerate(look.grids), *look.nearer], strict=True):
        if number < len(parts):
            parts[number].append(contour(exposure.peak, grid, float(result.levels[number])))
    zones = []
    for number, row in enumerate(result.thresholds):
        area = shapely.union_all(parts[number]) if len(parts[number]) > 1 else parts[number][0]
        # The wind as measured is possible too, however little chance any one place has.
        possible = area.union(chances[number].area(1.0)) if chances else None
        if calm:  # as far as it goes, but nobody knows where to
            far = float(np.hypot(*shapely.get_coordinates(area).T).max(initial=0.0))
            possible = shapely.Point(0.0, 0.0).buffer(far)
        zones.append(Zone(row, unturn(area), None if possible is None else unturn(possible)))
    return zones


def _reached(
    result: HazardResult,
    firms: Sequence[Thing],
    near: np.ndarray,
    start: datetime,
    now: datetime,
    settings: AreaSettings,
) -> list[Reached]:
    if result.people is None or not len(result.levels):
        return []
    passed = (now - start).total_seconds()
    advices: Sequence[Advice | None] = [None] * len(firms)
    inside = None
    if settings.room_air_changes is not None and result.series is not None:
        inside = breathe_indoors(result.series, float(result.times[0]), settings.room_air_changes).max(axis=0)
    if settings.room_air_changes is not None and settings.minutes_to_leave is not None:
        leaving = settings.minutes_to_leave * 60
        advices = advise(result, len(result.levels) - 1, passed, settings.room_air_changes, leaving)
    found = []
    for i, firm in enumerate(firms):
        arrival = np.zeros(1) if near[i] else result.people.arrival[:, i]
        if not np.isfinite(arrival[-1]):
            continue
        advice = Advice(Action.LEAVE_ACROSS, passed, 0.0, 0.0, math.inf) if near[i] else advices[i]
        by = None if advice is None or advice.action is Action.NONE else advice.by
        employees = firm.attributes.get("employees")
        found.append(
            Reached(
                firm,
                int(employees) if isinstance(employees, int | float) else None,
                int(np.flatnonzero(np.isfinite(arrival))[0]),
                None if near[i] else float(result.people.peak[i]) / result.per_ppm,
                None if near[i] or inside is None else float(inside[i]) / result.per_ppm,
                start + timedelta(seconds=float(arrival[-1])),
                advice,
                None if by is None or not math.isfinite(by) else start + timedelta(seconds=by),
            )
        )
    return sorted(found, key=lambda one: (one.arrival, one.worst, one.firm.name))


def _roads(things: Sequence[Thing], zones: Sequence[Zone]) -> list[Thing]:
    """Roads through the area of the endpoint: nobody should be sent along them."""
    areas = [zone.area for zone in zones[: max(1, len(zones) - 1)] if not zone.area.is_empty]
    if not areas:
        return []
    closed = shapely.union_all(areas)
    return [
        t for t in things if t.kind == "road" and t.geometry is not None and t.geometry.intersects(closed)
    ]
