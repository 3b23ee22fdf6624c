"""Waste heat offered to neighbours: which source could serve which sink, how much, and why the others cannot.

The heat exchanger is counter-current: the source's stream must arrive `pinch` warmer than the sink's target,
and can be cooled no further than `pinch` above what comes back from the sink.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from math import exp
from types import MappingProxyType
from typing import cast, get_args

import numpy as np

from sandan.energy.model.rates import Floats
from sandan.energy.model.sharing import (
    Fuel,
    HeatMatch,
    HeatMatches,
    HeatMiss,
    HeatParams,
    HeatSink,
    HeatSource,
    Unfit,
)
from sandan.energy.model.tariff import Mark, Source
from sandan.errors import Finding, InvalidInput
from sandan.tables import read_table
from sandan.twin.geometry import distance
from sandan.words import Text


@cache
def fuels() -> Mapping[str, Fuel]:
    """What may be burnt, with what it emits where that is known."""
    found = {}
    for row in read_table(__name__, "fuels.csv"):
        assert row["mark"] in get_args(Mark), row
        factor = float(row["factor_t_per_mwh"]) if row["factor_t_per_mwh"] else None
        source = Source(cast("Mark", row["mark"]), row["source"])
        found[row["id"]] = Fuel(row["id"], Text(row["ko"], row["en"]), factor, source)
    return MappingProxyType(found)


def match_heat(
    sources: Sequence[HeatSource],
    sinks: Sequence[HeatSink],
    params: HeatParams,
    factors: Mapping[str, float] = MappingProxyType({}),
) -> HeatMatches:
    """Every pair judged: matches ranked by tCO2 saved where all factors are known, else by heat.

    Arriving temperature Tₐ = ground + (T − ground)·exp(−decay·d); the pipe loses the same share of the heat.
    Usable share u = (Tₐ − max(back + pinch, base)) / (T − base), at most 1; heat of an hour =
    min(source · u, sink) [kWh], times `params.times` a year. `factors` [tCO2/MWh of fuel] stand above the
    table's. Pumping is not counted. Raises `InvalidInput` for profiles of unlike length, missing or negative
    power, a fuel that is not in the table, temperatures the wrong way round.
    """
    _check(sources, sinks)
    known = {
        id: factors.get(id, fuel.factor)
        for id, fuel in fuels().items()
        if factors.get(id, fuel.factor) is not None
    }
    matches: list[HeatMatch] = []
    missed: list[HeatMiss] = []
    for source in sources:
        for sink in sinks:
            one = _judge(source, sink, params, known.get(sink.fuel))
            (matches if isinstance(one, HeatMatch) else missed).append(one)  # type: ignore[arg-type]  # sorted by type
    if all(match.carbon_saved is not None for match in matches):
        matches.sort(key=lambda match: (-(match.carbon_saved or 0.0), -match.heat))
    else:
        matches.sort(key=lambda match: -match.heat)
    unknown = tuple(
        Text(
            f"'{fuels()[fuel].name.ko}'의 배출계수가 설정되지 않아 온실가스 감축량을 계산하지 않았습니다.",
            f"No emission factor is set for {fuels()[fuel].name.en}, so the carbon saved is not told.",
        )
        for fuel in sorted({match.fuel for match in matches} - set(known))
    )
    return HeatMatches(_one_after_another(matches, sources, sinks, params), tuple(missed), unknown)


def _judge(
    source: HeatSource, sink: HeatSink, params: HeatParams, factor: float | None
) -> HeatMatch | HeatMiss:
    metres = distance(source.place, sink.place)
    kept = exp(-params.decay * metres / 1000)
    arrives = params.ground + (source.temperature - params.ground) * kept
    short = sink.temperature + params.pinch - arrives

    def miss(why: Unfit, ko: str, en: str) -> HeatMiss:
        return HeatMiss(source.id, sink.id, why, Text(ko, en))

    if metres > params.reach:
        return miss(
            Unfit.TOO_FAR,
            f"{metres:,.0f} m로 한도 {params.reach:,.0f} m보다 멉니다.",
            f"{metres:,.0f} m apart, farther than {params.reach:,.0f} m.",
        )
    if short > 0:
        return miss(
            Unfit.TOO_COOL,
            f"{arrives:.0f} °C로 도착해 {short:.0f} K 모자랍니다(열펌프가 있어야 합니다).",
            f"It arrives at {arrives:.0f} °C, {short:.0f} K short (a heat pump would be needed).",
        )
    usable = _usable(source, sink, params, arrives)
    if usable <= 0:
        return miss(
            Unfit.NOTHING_COOLED,
            "환수 온도가 높아 폐열을 식힐 수 없습니다.",
            "What comes back from the sink is too warm to cool the source.",
        )
    if not ((source.power > 0) & (sink.power > 0)).any():
        return miss(
            Unfit.NO_COMMON_HOURS, "함께 가동하는 시간이 없습니다.", "They never run at the same hour."
        )
    hourly = np.minimum(source.power * usable, sink.power)
    heat = float(hourly.sum()) * params.times
    if heat < params.least:
        return miss(
            Unfit.TOO_LITTLE,
            f"연 {heat:,.0f} kWh로 기준 {params.least:,.0f} kWh에 못 미칩니다.",
            f"{heat:,.0f} kWh a year, below {params.least:,.0f} kWh.",
        )
    saved = heat / sink.efficiency
    return HeatMatch(
        source.id,
        sink.id,
        metres,
        arrives,
        usable,
        _pipe_loss(source, heat, usable, arrives),
        float(((source.power > 0) & (sink.power > 0)).sum()) * params.times,
        heat,
        heat,
        sink.fuel,
        saved,
        None if factor is None else saved / 1000 * factor,
    )


def _usable(source: HeatSource, sink: HeatSink, params: HeatParams, arrives: float) -> float:
    cooled_to = max(sink.back + params.pinch, source.base)
    return min(1.0, max(0.0, (arrives - cooled_to) / (source.temperature - source.base)))


def _pipe_loss(source: HeatSource, heat: float, usable: float, arrives: float) -> float:
    """Of the stream that carries `heat`."""
    return heat / usable * (source.temperature - arrives) / (source.temperature - source.base)


def _one_after_another(
    matches: Sequence[HeatMatch],
    sources: Sequence[HeatSource],
    sinks: Sequence[HeatSink],
    params: HeatParams,
) -> tuple[HeatMatch, ...]:
    """Each match with what is left for it when those ranked above take theirs."""
    had: dict[str, Floats] = {source.id: source.power.copy() for source in sources}
    wanted: dict[str, Floats] = {sink.id: sink.power.copy() for sink in sinks}
    found = []
    for match in matches:
        hourly = np.minimum(had[match.source] * match.usable, wanted[match.sink])
        had[match.source] -= hourly / match.usable
        wanted[match.sink] -= hourly
        found.append(replace(match, after_others=float(hourly.sum()) * params.times))
    return tuple(found)


def _check(sources: Sequence[HeatSource], sinks: Sequence[HeatSink]) -> None:
    found: list[Finding] = []

    def fault(where: str, ko: str, en: str) -> None:
        found.append(Finding(where, Text(ko, en), Text("값을 고치십시오.", "Mend the value.")))

    everybody: list[HeatSource | HeatSink] = [*sources, *sinks]
    lengths = {len(one.power) for one in everybody}
    if len(lengths) > 1:
        fault("power", "시간 수가 서로 다릅니다.", "Profiles are of unlike length.")
    for one in everybody:
        if not np.isfinite(one.power).all() or (one.power < 0).any():
            fault(f"{one.id}.power", "빈 값이나 음수가 있습니다.", "has missing or negative values.")
    for source in sources:
        if source.base >= source.temperature:
            fault(
                f"{source.id}.base", "배출 온도보다 낮아야 합니다.", "must be below the source's temperature."
            )
    for sink in sinks:
        if sink.back >= sink.temperature:
            fault(f"{sink.id}.back", "공급 온도보다 낮아야 합니다.", "must be below the sink's temperature.")
        if sink.fuel not in fuels():
            fault(f"{sink.id}.fuel", f"'{sink.fuel}' 연료가 없습니다.", f"There is no fuel '{sink.fuel}'.")
        if not 0 < sink.efficiency <= 1.2:
            fault(f"{sink.id}.efficiency", "0보다 크고 1.2 이하여야 합니다.", "is above 0 and at most 1.2.")
    if found:
        raise InvalidInput(found)
