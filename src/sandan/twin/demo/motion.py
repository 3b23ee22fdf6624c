"""From the complex's things to the arrays that its physics runs on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sandan.twin.demo.air import pair
from sandan.twin.demo.complex import DemoComplex
from sandan.twin.demo.load import Loads, shape_of
from sandan.twin.demo.noise import Ints, key, keys
from sandan.twin.demo.physics import Physics, Roster
from sandan.twin.demo.sun import Sky, cloud_sheet
from sandan.twin.demo.tables import Industry, businesses, industries, substances
from sandan.twin.demo.troubles import Script
from sandan.twin.demo.weather import Climate, climate
from sandan.twin.model import Thing


def set_in_motion(complex: DemoComplex, seed: int, script: Script) -> Physics:
    """The physics of this complex; `seed` decides weather and moods."""
    served: dict[str, list[Thing]] = {}
    for thing in complex.things:
        if thing.id in complex.gateways:
            served.setdefault(thing.kind, []).append(thing)
    rosters = {kind: _roster(things, complex, seed) for kind, things in served.items()}
    for kind in ("pv", "battery", "stack", "leak_sensor", "thermal_sensor"):
        rosters.setdefault(kind, _roster([], complex, seed))
    firms = {thing.id: thing for thing in complex.things if thing.kind == "firm"}
    meters = rosters["meter"]
    column = {str(thing.tenant): i for i, thing in enumerate(meters.things)}
    air = climate(seed)
    branch = _branches([firms[str(meter.tenant)] for meter in meters.things])
    loads = _loads(rosters, firms, column, branch, air)
    index = {kind: {t.id: i for i, t in enumerate(r.things)} for kind, r in rosters.items()}
    pv = rosters["pv"]
    faces, orientation = np.unique(
        np.column_stack([pv.number("tilt"), pv.number("azimuth")]).reshape(-1, 2), axis=0, return_inverse=True
    )
    lon, lat = complex.params.origin
    smelly = np.array([i for i, row in enumerate(branch) if row.odour >= 0.5], dtype=np.int64)
    gas = [_substance(thing) for thing in rosters["leak_sensor"].things]
    return Physics(
        rosters=rosters,
        loads=loads,
        sky=Sky(seed, lon, lat, faces[:, 0], faces[:, 1], air, cloud_sheet(seed)),
        climate=air,
        script=script,
        orientation=orientation.ravel().astype(np.int64),
        customers=_links(meters.things, "transformer", index["transformer"]),
        wiring={
            "transformer": _links(rosters["transformer"].things, "feeder", index["feeder"]),
            "feeder": np.array([index["substation"][str(t.parent)] for t in rosters["feeder"].things]),
        },
        owner={
            kind: np.array([column[str(t.tenant)] for t in rosters[kind].things], dtype=np.int64)
            for kind in ("battery", "stack", "thermal_sensor")
        },
        stack_plumes=pair(
            rosters["stack"].place, rosters["stack"].number("height") * 1.2, rosters["air_station"].place
        ),
        odour_plumes=pair(meters.place[smelly], np.full(len(smelly), 6.0), rosters["odour_station"].place),
        odour_sources=smelly,
        odour_strength=np.array([branch[i].odour for i in smelly]) * (loads.contract[smelly] / 150) ** 0.4,
        leak_quantity=tuple(quantity for quantity, _ in gas),
        leak_alarm=np.array([alarm for _, alarm in gas]),
        meter_of=index["meter"],
        leak_of=index["leak_sensor"],
    )


def _roster(things: Sequence[Thing], complex: DemoComplex, seed: int) -> Roster:
    place = np.array([complex.ground.get(t.id, (0.0, 0.0)) for t in things]).reshape(-1, 2)
    salt = np.uint64(key(f"seed {seed}"))
    return Roster(tuple(things), keys(t.id for t in things) ^ salt, place)


def _loads(
    rosters: Mapping[str, Roster],
    firms: Mapping[str, Thing],
    column: Mapping[str, int],
    branch: list[Industry],
    air: Climate,
) -> Loads:
    meters = rosters["meter"]
    shifts = [int(firms[str(m.tenant)].attributes["shifts"] or 1) for m in meters.things]
    battery = np.zeros(len(meters.things))
    for thing, size in zip(rosters["battery"].things, rosters["battery"].number("capacity"), strict=True):
        battery[column[str(thing.tenant)]] += size
    return Loads(
        meters.who,
        meters.number("contract_power"),
        np.array([shape_of(row, n) for row, n in zip(branch, shifts, strict=True)]),
        np.array([row.standing for row in branch]),
        np.array([row.cooling for row in branch]),
        np.array([row.heating for row in branch]),
        np.array([row.power_factor for row in branch]),
        battery,
        air,
    )


def _branches(firms: list[Thing]) -> list[Industry]:
    by_id = {row.id: row for row in industries()}
    by_ksic = {row.ksic: by_id[row.industry] for rows in businesses().values() for row in rows}
    return [by_ksic[str(firm.attributes["ksic"])] for firm in firms]


def _links(things: Sequence[Thing], attribute: str, index: Mapping[str, int]) -> Ints:
    return np.array([index[str(thing.attributes[attribute])] for thing in things], dtype=np.int64)


def _substance(sensor: Thing) -> tuple[str, float]:
    name = sensor.attributes["substance"]
    row = next(row for rows in substances().values() for row in rows if row.name.ko == name)
    return row.quantity, row.alarm
