"""The network under the plan: voltages and loadings on the map before and after, and what it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import numpy as np
import orjson
from fastapi import Form, Query
from shapely import LineString, Point
from shapely.ops import substring
from starlette.responses import RedirectResponse, Response

from sandan.clock import instant
from sandan.domain import Here, Visit
from sandan.energy.engine.network.checking import voltage_limits
from sandan.energy.model.network import Fault, Violation
from sandan.energy.model.rates import Floats
from sandan.energy.model.rights import GRID, PLAN
from sandan.energy.service.network import (
    CABLES,
    CONDUCTOR,
    FIELDS,
    NEEDED,
    NetworkDesk,
    NetworkPicture,
    known_conductors,
    tell_conductor,
    tell_network,
    told_network,
)
from sandan.errors import Finding, InvalidInput
from sandan.web import Routes
from sandan.words import Text

routes = Routes("energy", prefix="/energy/network")
NEAR = 0.8
"""Share of a limit from which a thing is drawn as near it."""
FINE, CLOSE, OVER, UNKNOWN = 0, 1, 2, -1
"""Levels of the map; unknown where nobody has given a limit."""
FAULTS: Mapping[Fault, Text] = {
    Fault.LOW_VOLTAGE: Text("저전압", "low voltage"),
    Fault.HIGH_VOLTAGE: Text("과전압", "high voltage"),
    Fault.LINE: Text("전선 과부하", "overloaded line"),
    Fault.TRANSFORMER: Text("변압기 과부하", "overloaded transformer"),
    Fault.FEEDER: Text("선로용량 초과", "above the feeder's capacity"),
    Fault.COLLAPSE: Text("해 없음", "no solution"),
}
BY_PLAN, WORSE = Text("계획 때문", "by the plan"), Text("계획으로 더 나빠짐", "worse with it")
APART, MENDED = Text("계획과 무관", "with or without it"), Text("계획이 없앰", "mended by the plan")
Field = Annotated[str, Form(max_length=500)]


@routes.page("", permission=GRID)
def network_page(here: Here, done: Annotated[str, Query(max_length=10)] = "") -> Response:
    """The network under the newest plans."""
    return _page(here, done=done)


@routes.page("/loads.geojson", permission=GRID)
def loads(here: Here, at: Annotated[int, Query(ge=-1, le=2000)] = -1) -> Response:
    """Every stretch and transformer with its loading and voltage; `at` a quarter-hour, −1 each's worst."""
    found = _picture(here)
    features = [] if found is None else list(_features(found, min(at, len(found.start) - 1)))
    return Response(
        orjson.dumps({"type": "FeatureCollection", "features": features}), media_type="application/geo+json"
    )


@routes.action("", permission=PLAN)
def tell(
    here: Here,
    base: Annotated[int, Form()],
    trunk: Field = "",
    lateral: Field = "",
    service: Field = "",
    power_factor: Field = "",
    source_voltage: Field = "",
    low_voltage: Field = "",
    short_circuit: Field = "",
    loading: Field = "",
    lowest: Field = "",
    highest: Field = "",
    reason: Field = "",
) -> Response:
    """What the network is made of."""
    given = {
        "trunk": trunk,
        "lateral": lateral,
        "service": service,
        "power_factor": power_factor,
        "source_voltage": source_voltage,
        "low_voltage": low_voltage,
        "short_circuit": short_circuit,
        "loading": loading,
        "lowest": lowest,
        "highest": highest,
    }
    try:
        tell_network(here.store, here.actor, base, given, reason, here.now)
    except InvalidInput as error:
        return _page(here, error.findings, {**given, "reason": reason})
    return RedirectResponse("/energy/network?done=told#made-of", 303)


@routes.action("/conductors", permission=PLAN)
def conductor(
    here: Here,
    base: Annotated[int, Form()],
    name: Field = "",
    resistance: Field = "",
    reactance: Field = "",
    capacitance: Field = "",
    rating: Field = "",
    source: Field = "",
) -> Response:
    """A cable of the utility's own."""
    given = {"resistance": resistance, "reactance": reactance, "capacitance": capacitance, "rating": rating}
    try:
        tell_conductor(here.store, here.actor, base, name, given, source, here.now)
    except InvalidInput as error:
        return _page(here, error.findings, cable={**given, "name": name, "source": source})
    return RedirectResponse("/energy/network?done=told#made-of", 303)


def _picture(here: Visit) -> NetworkPicture | None:
    return here.house.part(NetworkDesk).picture(here.actor, here.now)


def _page(
    here: Visit,
    findings: Sequence[Finding] = (),
    form: Mapping[str, str] | None = None,
    cable: Mapping[str, str] | None = None,
    done: str = "",
) -> Response:
    edition = told_network(here.store)
    found, unable = None, None
    try:
        found = _picture(here)
    except InvalidInput as error:
        unable = error
    params = edition.body.params
    given = form or {name: _written(getattr(params, name, None)) for name in FIELDS} | dict(
        zip(("lowest", "highest"), map(_written, edition.body.band or (None, None)), strict=True)
    )
    return here.render(
        "energy/network.html",
        found=found,
        unable=unable,
        edition=edition,
        given=given,
        cable_given=cable or {},
        fields=FIELDS,
        cables=CABLES,
        needed=NEEDED,
        conductor=CONDUCTOR,
        conductors=known_conductors(edition.body),
        own=edition.body.conductors,
        findings=findings,
        done=done,
        may_plan=here.actor.may(PLAN),
        rows=[] if found is None else _rows(found),
        broken=[] if found is None else _broken(found),
        faults_known=FAULTS,
        instant=instant,
        losses=None if found is None else _losses(found),
        until=None if found is None else instant(int(found.start[-1])),
        status=422 if findings else 200,
    )


def _written(value: object) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _rows(found: NetworkPicture) -> list[dict[str, Any]]:
    """Each feeder's heaviest stretch and lowest voltage, before and after; the heaviest first."""
    grid, rows = found.grid, []
    things = np.array(grid.things)
    for at, feeder in enumerate(grid.feeders):
        stretches = [i for i, thing in enumerate(grid.lines.things) if thing == feeder]
        nodes = np.flatnonzero(things == feeder)
        row: dict[str, Any] = {
            "name": found.names[feeder],
            "capacity": float(grid.capacity[at]),
            "silent": found.silent.get(feeder, 0),
        }
        for when, flow in (("before", found.check.before), ("after", found.check.after)):
            row[when] = {
                "line": float(np.nanmax(flow.line_loading[stretches])),
                "head": float(np.nanmax(np.abs(flow.head[at]))),
                "voltage": float(np.nanmin(flow.voltage[nodes])) if len(nodes) else float("nan"),
                "slot": instant(int(found.start[int(np.nanargmax(np.abs(flow.head[at])))])),
            }
        rows.append(row)
    return sorted(rows, key=lambda row: -float(row["after"]["line"]))


def _broken(found: NetworkPicture) -> list[tuple[Violation, str, Text]]:
    check = found.check
    caused, worse = set(map(id, check.caused)), set(map(id, check.worsened))
    said = [
        (one, BY_PLAN if id(one) in caused else WORSE if id(one) in worse else APART)
        for one in check.broken_after
    ]
    said += [(one, MENDED) for one in check.mended]
    return [(one, found.names.get(one.thing, one.thing), why) for one, why in said]


def _losses(found: NetworkPicture) -> tuple[float, float, float]:
    """Energy lost before and after [kWh], and what is supplied after [kWh]."""
    before, after = found.check.before, found.check.after
    return tuple(float(np.nansum(one)) / 4 for one in (before.losses, after.losses, after.supplied))  # type: ignore[return-value]


def _features(found: NetworkPicture, at: int) -> Iterator[dict[str, Any]]:
    """Lines along their feeder's own course, transformers as points."""
    grid, check = found.grid, found.check
    low, high = voltage_limits(grid, found.bands)
    flows = {"before": check.before, "after": check.after}
    loading = {when: _at(flow.line_loading, at) for when, flow in flows.items()}
    transformer = {when: _at(flow.transformer_loading, at) for when, flow in flows.items()}
    voltage = {when: _farthest(flow.voltage, at) for when, flow in flows.items()}

    def said(thing: str, share: Mapping[str, Floats], row: int, end: int) -> dict[str, Any]:
        told: dict[str, Any] = {"name": found.names.get(thing, thing)}
        for when in flows:
            loaded, unit = float(share[when][row]), float(voltage[when][end])
            told[f"loading_{when}"] = OVER if loaded > 1 else CLOSE if loaded >= NEAR else FINE
            told[f"loading_{when}_words"] = f"{100 * loaded:.0f} %"
            told[f"voltage_{when}"] = _voltage_level(unit, low[end], high[end])
            told[f"voltage_{when}_words"] = f"{unit * grid.nominal[end]:.3f} kV"
        return told

    paths = {id: one.geometry for id, one in found.feeders.items() if isinstance(one.geometry, LineString)}
    for i, owner in enumerate(grid.lines.things):
        begin, end = int(grid.lines.start[i]), int(grid.lines.end[i])
        drawn = _course(paths.get(owner), grid.place[begin], grid.place[end])
        yield _feature(drawn, said(owner, loading, i, end) | {"lateral": owner not in paths})
    for i, thing in enumerate(grid.transformers.ids):
        end = int(grid.transformers.end[i])
        yield _feature(Point(grid.place[end]), said(thing, transformer, i, end))


def _feature(drawn: LineString | Point, properties: dict[str, Any]) -> dict[str, Any]:
    places = np.round(np.array(drawn.coords), 6).tolist()
    flat = places[0] if isinstance(drawn, Point) else places
    return {
        "type": "Feature",
        "geometry": {"type": drawn.geom_type, "coordinates": flat},
        "properties": properties,
    }


def _course(feeder: LineString | None, a: Floats, b: Floats) -> LineString:
    """The piece of a feeder between the places nearest to two nodes; straight where it is not drawn."""
    if feeder is not None:
        piece = substring(feeder, feeder.project(Point(a)), feeder.project(Point(b)))
        if isinstance(piece, LineString) and piece.length > 0:
            return piece
    return LineString([a, b])


def _voltage_level(unit: float, low: float, high: float) -> int:
    """How near a voltage is to a limit; unknown where there is none."""
    if np.isnan(low) or np.isnan(high):
        return UNKNOWN
    if not low <= unit <= high:
        return OVER
    middle, half = (low + high) / 2, (high - low) / 2
    return CLOSE if abs(unit - middle) >= NEAR * half else FINE


def _at(values: Floats, at: int) -> Floats:
    return np.nanmax(values, axis=1) if at < 0 else values[:, at]


def _farthest(voltage: Floats, at: int) -> Floats:
    if at >= 0:
        return voltage[:, at]
    worst = np.nanargmax(np.abs(voltage - 1), axis=1)
    return np.asarray(np.take_along_axis(voltage, worst[:, None], axis=1)[:, 0])
