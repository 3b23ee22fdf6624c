"""From the things of the twin to a network: who hangs on whom, how long the cables are, what is assumed.

The surprise: the twin draws a feeder's trunk and not its laterals. Each transformer is therefore hung on the
nearest place of its feeder by a straight cable, which is shorter than the real one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from shapely import LineString, Point

from sandan.energy.engine.network.standards import line_type, transformer_type
from sandan.energy.model.network import Grid, GridParams, Lines, LineType, Transformers
from sandan.errors import Finding, InvalidInput
from sandan.twin.geometry import LocalMetres, Place, place
from sandan.twin.model import Thing
from sandan.words import Text

MERGED = 1.0
"""Places on a feeder nearer to each other than this [m] are one node; shorter laterals are none."""


@dataclass(slots=True)
class _Draft:
    """A grid while it is being drawn."""

    flat: LocalMetres
    nodes: list[tuple[str, str, tuple[float, float], float]] = field(default_factory=list)
    """Name, thing, place in metres, kV."""
    lines: list[tuple[str, str, int, int, float, LineType]] = field(default_factory=list)
    transformers: list[tuple[str, int, int, float]] = field(default_factory=list)
    meters: list[tuple[str, int]] = field(default_factory=list)
    sources: dict[tuple[str, float], int] = field(default_factory=dict)
    feeders: list[tuple[str, int, float]] = field(default_factory=list)
    left_out: list[Finding] = field(default_factory=list)

    def node(self, name: str, thing: str, at: tuple[float, float], kilovolt: float) -> int:
        self.nodes.append((name, thing, at, kilovolt))
        return len(self.nodes) - 1

    def line(self, thing: str, number: int, start: int, end: int, length: float, kind: LineType) -> int:
        self.lines.append((f"{thing}/{number}", thing, start, end, length, kind))
        return len(self.lines) - 1

    def leave_out(self, thing: Thing, ko: str, en: str, mend_ko: str, mend_en: str) -> None:
        where = f"{thing.kind}.{thing.id}"
        self.left_out.append(Finding(where, Text(ko, en), Text(mend_ko, mend_en), "warning"))


def build_grid(things: Iterable[Thing], params: GridParams, own: Sequence[LineType] = ()) -> Grid:
    """The network of the substations, feeders, transformers and meters among `things`; others are ignored.

    A feeder hangs on the substation that is its `parent`, a transformer on the feeder its attribute names, a
    meter on its transformer. Trunk lengths are those of the feeder's geometry between the places nearest to
    its transformers. Reactances are taken to `params.hertz` from the frequency of the table. What has no
    connection or no place is in `left_out`, with the reason. `own` are conductors besides the table's. Raises
    `InvalidInput` when nothing is left to compute, or a conductor is not known.
    """
    trunk, lateral = line_type("trunk", params.trunk, own), line_type("lateral", params.lateral, own)
    service = None if params.service is None else line_type("service", params.service, own)
    by_kind: dict[str, list[Thing]] = {}
    for thing in things:
        by_kind.setdefault(thing.kind, []).append(thing)
    stations = {thing.id: thing for thing in by_kind.get("substation", []) if thing.geometry is not None}
    if not stations:
        raise _empty("substation", "위치가 있는 변전소가 없습니다.", "There is no substation with a place.")
    origin = place(next(iter(stations.values())).geometry)  # type: ignore[arg-type]  # has one, see above
    draft = _Draft(LocalMetres(origin))
    hung = _group(by_kind.get("transformer", []), "feeder")
    metered = _group(by_kind.get("meter", []), "transformer")
    for feeder in by_kind.get("feeder", []):
        station = stations.get(feeder.parent or "")
        if station is None or not isinstance(feeder.geometry, LineString):
            draft.leave_out(
                feeder,
                "변전소나 선로의 모양이 등록되어 있지 않습니다.",
                "It has no substation or no line on the map.",
                "상위 변전소와 선로를 등록하십시오.",
                "Give its substation and its line.",
            )
            continue
        _lay(draft, feeder, station, hung.pop(feeder.id, []), metered, (trunk, lateral, service), params)
    for kind, rest in (("feeder", hung), ("transformer", metered)):
        _tell_rest(draft, kind, rest)
    if not draft.meters:
        raise _empty("meter", "배전선로에 연결된 계량기가 없습니다.", "No meter is connected to a feeder.")
    return _finish(draft, params, trunk, lateral)


def _group(things: Iterable[Thing], attribute: str) -> dict[str, list[Thing]]:
    found: dict[str, list[Thing]] = {}
    for thing in things:
        found.setdefault(str(thing.attributes.get(attribute) or ""), []).append(thing)
    return found


def _lay(
    draft: _Draft,
    feeder: Thing,
    station: Thing,
    transformers: list[Thing],
    metered: dict[str, list[Thing]],
    kinds: tuple[LineType, LineType, LineType | None],
    params: GridParams,
) -> None:
    """One feeder with all that hangs on it."""
    trunk, lateral, service = kinds
    voltage = feeder.attributes.get("voltage")
    there = [one for one in transformers if one.geometry is not None and _number(one, "capacity") > 0]
    for one in transformers:
        if one not in there:
            draft.leave_out(
                one,
                "위치나 용량이 없습니다.",
                "It has no place or no capacity.",
                "위치와 용량을 등록하십시오.",
                "Give its place and capacity.",
            )
    if not isinstance(voltage, int | float) or not there:
        draft.leave_out(
            feeder,
            "전압이 없거나 연결된 변압기가 없습니다.",
            "It has no voltage or no transformer.",
            "전압과 변압기를 등록하십시오.",
            "Give its voltage and its transformers.",
        )
        return
    path, start = _path(draft, feeder, station)
    key = (station.id, float(voltage))
    if key not in draft.sources:
        draft.sources[key] = draft.node(station.id, station.id, start, float(voltage))
    spots = [Point(_flat(draft, one)) for one in there]
    along = [path.project(spot) for spot in spots]
    at, passed, number = draft.sources[key], 0.0, 0
    head = -1
    for i in np.argsort(along, kind="stable").tolist():
        if head < 0 or along[i] - passed > MERGED:
            where = path.interpolate(along[i])
            number += 1
            node = draft.node(f"{feeder.id}/{number}", feeder.id, (where.x, where.y), float(voltage))
            stretch = draft.line(feeder.id, number, at, node, max(along[i] - passed, MERGED), trunk)
            head, at, passed = (stretch if head < 0 else head), node, along[i]
        _hang(
            draft,
            there[i],
            at,
            path.distance(spots[i]),
            metered.pop(there[i].id, []),
            lateral,
            service,
            params,
        )
    draft.feeders.append((feeder.id, head, _number(feeder, "capacity")))


def _path(draft: _Draft, feeder: Thing, station: Thing) -> tuple[LineString, tuple[float, float]]:
    """The feeder in metres from its substation on, whichever way it was drawn, and the substation."""
    start = _flat(draft, station)
    drawn = draft.flat.flatten(feeder.geometry)  # type: ignore[arg-type]  # a LineString, asked before
    corners = list(drawn.coords)
    away = [np.hypot(x - start[0], y - start[1]) for x, y in (corners[0], corners[-1])]
    return LineString(corners if away[0] <= away[1] else corners[::-1]), start


def _hang(
    draft: _Draft,
    thing: Thing,
    at: int,
    aside: float,
    meters: list[Thing],
    lateral: LineType,
    service: LineType | None,
    params: GridParams,
) -> None:
    """A transformer, its lateral and its meters."""
    spot, voltage = _flat(draft, thing), draft.nodes[at][3]
    if aside > MERGED:
        end = draft.node(f"{thing.id}/high", thing.id, spot, voltage)
        draft.line(thing.id, 1, at, end, aside, lateral)
        at = end
    low = draft.node(f"{thing.id}/low", thing.id, spot, params.low_voltage)
    draft.transformers.append((thing.id, at, low, _number(thing, "capacity")))
    for meter in meters:
        node = low
        if service is not None and meter.geometry is not None:
            far = _flat(draft, meter)
            length = float(np.hypot(far[0] - spot[0], far[1] - spot[1]))
            if length > MERGED:
                node = draft.node(meter.id, meter.id, far, params.low_voltage)
                draft.line(meter.id, 1, low, node, length, service)
        draft.meters.append((meter.id, node))


def _flat(draft: _Draft, thing: Thing) -> tuple[float, float]:
    at: Place = place(thing.geometry)  # type: ignore[arg-type]  # only asked of things that have one
    x, y = draft.flat.to_metres(*at)
    return float(x), float(y)


def _number(thing: Thing, attribute: str) -> float:
    value = thing.attributes.get(attribute)
    return float(value) if isinstance(value, int | float) else float("nan")


def _tell_rest(draft: _Draft, kind: str, rest: Mapping[str, list[Thing]]) -> None:
    known = Text("배전선로", "feeder") if kind == "feeder" else Text("변압기", "transformer")
    for owner, things in rest.items():
        for thing in things:
            draft.leave_out(
                thing,
                f"{known.ko} '{owner}'이(가) 계통에 없습니다.",
                f"Its {known.en} '{owner}' is not in the network.",
                f"{known.ko}을(를) 바로잡으십시오.",
                f"Mend its {known.en}.",
            )


def _finish(draft: _Draft, params: GridParams, trunk: LineType, lateral: LineType) -> Grid:
    x, y = np.array([node[2] for node in draft.nodes]).T
    lon, lat = draft.flat.to_degrees(x, y)
    kinds = [line[5] for line in draft.lines]
    km = np.array([line[4] for line in draft.lines]) / 1000
    scale = np.array([params.hertz / kind.reactance_hertz for kind in kinds])
    rating = np.array([one[3] for one in draft.transformers])
    sizes = [transformer_type(size) for size in rating.tolist()]
    return Grid(
        tuple(node[0] for node in draft.nodes),
        tuple(node[1] for node in draft.nodes),
        np.column_stack([lon, lat]),
        np.array([node[3] for node in draft.nodes]),
        Lines(
            tuple(line[0] for line in draft.lines),
            tuple(line[1] for line in draft.lines),
            np.array([line[2] for line in draft.lines], dtype=np.int64),
            np.array([line[3] for line in draft.lines], dtype=np.int64),
            km * 1000,
            km * np.array([kind.resistance for kind in kinds]),
            km * scale * np.array([kind.reactance for kind in kinds]),
            km * 1e-9 * np.array([kind.capacitance for kind in kinds]),
            np.array([kind.rating for kind in kinds]),
        ),
        Transformers(
            tuple(one[0] for one in draft.transformers),
            np.array([one[1] for one in draft.transformers], dtype=np.int64),
            np.array([one[2] for one in draft.transformers], dtype=np.int64),
            rating,
            np.array([size.impedance for size in sizes]),
            np.array([size.load_loss for size in sizes]),
            np.array([size.no_load_loss for size in sizes]),
            np.array([size.no_load_current for size in sizes]),
        ),
        tuple(meter[0] for meter in draft.meters),
        np.array([meter[1] for meter in draft.meters], dtype=np.int64),
        np.array(list(draft.sources.values()), dtype=np.int64),
        tuple(feeder[0] for feeder in draft.feeders),
        np.array([feeder[1] for feeder in draft.feeders], dtype=np.int64),
        np.array([feeder[2] for feeder in draft.feeders]),
        _assumptions(params, trunk, lateral),
        tuple(draft.left_out),
    )


def _assumptions(params: GridParams, trunk: LineType, lateral: LineType) -> tuple[Text, ...]:
    said = [
        Text(
            f"간선은 '{trunk.id}', 인입 분기선은 '{lateral.id}'의 특성값을 썼습니다({trunk.source.where}).",
            f"Feeders are computed as '{trunk.id}', laterals as '{lateral.id}' ({trunk.source.where}).",
        ),
        Text(
            "분기선은 지도에 없어 선로의 가장 가까운 곳에서 변압기까지 직선으로 이었습니다. "
            "실제보다 짧습니다.",
            "Laterals are not on the map: they run straight from the nearest place of the feeder, "
            "which is shorter than the real way.",
        ),
        Text(
            "변압기의 임피던스와 손실은 크기가 가장 가까운 표준형의 비율을 썼고, 탭은 중립입니다.",
            "Transformers have the relative impedance and losses of the standard type nearest in size, "
            "and their taps are neutral.",
        ),
        Text(
            f"변전소 모선 전압은 정격의 {params.source_voltage:.3f}배로 고정했습니다"
            + ("." if params.short_circuit is None else f"(단락용량 {params.short_circuit:,.0f} MVA)."),
            f"The substation's busbar is held at {params.source_voltage:.3f} of nominal"
            + ("." if params.short_circuit is None else f" behind {params.short_circuit:,.0f} MVA."),
        ),
        Text(
            f"무효전력 계량값이 없는 곳은 지상역률 {params.power_factor:.2f}로 보았습니다.",
            f"Where reactive power is not measured, the power factor is {params.power_factor:.2f} lagging.",
        ),
        Text("세 상의 부하가 같다고 보았습니다.", "The three phases are taken to be loaded alike."),
    ]
    if params.service is None:
        said.append(
            Text(
                "변압기에서 계량기까지의 저압선은 계산하지 않았습니다.",
                "The low-voltage cable from a transformer to its meters is left out.",
            )
        )
    return tuple(said)


def _empty(where: str, ko: str, en: str) -> InvalidInput:
    return InvalidInput.because(
        where,
        Text(ko, en),
        Text(
            "디지털트윈에 전력 계통을 등록하십시오.", "Register the electrical network in the digital twin."
        ),
    )
