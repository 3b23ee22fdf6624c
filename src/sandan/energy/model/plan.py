"""What a plan is asked and what it answers: a site's devices, the limits that sites share, set-points.

Power is kW, energy kWh, over consecutive quarter-hours; grid power is positive when it is taken. What a
site pays is `Rates` and nothing else, so that the plan lowers the very bill it will be sent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from enum import IntEnum, StrEnum
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from sandan.energy.model.rates import Floats, Rates
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

Kilowatt = Annotated[float, "kW"]
KilowattHour = Annotated[float, "kWh"]
Won = Annotated[float, "won"]
WonPerKilowattHour = Annotated[float, "won/kWh"]
WonPerKilogram = Annotated[float, "won/kgCO2"]
Intensity = Annotated[float, "kgCO2/kWh"]
Share = Annotated[float, "1"]


@dataclass(frozen=True, slots=True)
class Battery:
    """A store of energy at a site: a battery, or vehicles that give back (V2G).

    `energy` times `lowest`, `highest` are the limits of what is stored; it begins with the share `start`
    and ends with at least `end` (None: what it began with). `wear` is charged per kWh given out.
    A vehicle is a battery that is not always there: `plugged` [n]; `taken` is what its trips use in each
    quarter-hour [kWh, n], `needed` the least share stored at the end of each [n].
    """

    name: str
    power: Kilowatt
    energy: KilowattHour
    charge_efficiency: Share = 0.95
    discharge_efficiency: Share = 0.95
    lowest: Share = 0.1
    highest: Share = 0.9
    start: Share = 0.5
    end: Share | None = None
    wear: WonPerKilowattHour = 0.0
    plugged: NDArray[np.bool_] | None = None
    taken: Floats | None = None
    needed: Floats | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Power that can be had or left at each moment, at a price: roof PV, a fuel cell, load that may be cut.

    A cut of load is a source whose `cost` is what the firm loses. `hours` caps its use over the whole
    plan in hours at full power; `ramp` how much it may change from one quarter-hour to the next [kW].
    """

    name: str
    power: Floats
    """What there is [kW, n]."""
    cost: WonPerKilowattHour = 0.0
    carbon: Intensity = 0.0
    hours: Annotated[float, "h"] | None = None
    ramp: Kilowatt | None = None


@dataclass(frozen=True, slots=True)
class Shiftable:
    """Work that needs `energy` within the quarter-hours `first` ≤ t < `last`, whenever that may be."""

    name: str
    energy: KilowattHour
    power: Kilowatt
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Site:
    """One customer behind one meter."""

    id: str
    rates: Rates
    load: Floats
    """What is used whatever is planned, less generation that cannot be turned down [kW, n]."""
    batteries: tuple[Battery, ...] = ()
    sources: tuple[Source, ...] = ()
    shiftables: tuple[Shiftable, ...] = ()
    import_limit: Kilowatt = math.inf
    export_limit: Kilowatt = math.inf
    high_load: Floats | None = None
    """An upper quantile of the load [kW, n]; the peak is kept for it instead of for `load`."""


@dataclass(frozen=True, slots=True)
class PlanParams:
    """What a plan is weighed by besides the bill, and when coordination may stop."""

    carbon_price: WonPerKilogram = 0.0
    intensity: Intensity = 0.0
    """Carbon of a kWh from the grid."""
    gap: Share = 0.002
    """Proven gap at which sites that share limits stop bargaining."""
    rounds: int = 80
    workers: int = 2
    seed: int = 1

    def __post_init__(self) -> None:
        low = {"carbon_price": 0.0, "intensity": 0.0, "gap": 1e-9, "rounds": 1, "workers": 1}
        wrong = [
            Finding(
                one.name,
                Text(f"{low[one.name]} 이상이어야 합니다.", f"must be at least {low[one.name]}."),
                Text("값을 고치십시오.", "Mend the value."),
            )
            for one in fields(self)
            if one.name in low and not getattr(self, one.name) >= low[one.name]
        ]
        if wrong:
            raise InvalidInput(wrong)


class Status(StrEnum):
    OPTIMAL = "optimal"
    WITHIN_GAP = "within_gap"
    """Every limit kept; the proven gap is stated."""
    UNFINISHED = "unfinished"
    """Rounds ran out before the gap asked for was reached; `violation` says whether limits are kept."""
    INFEASIBLE = "infeasible"


class Method(StrEnum):
    DYNAMIC = "dynamic_program"
    LINEAR = "linear_program"
    COORDINATION = "price_coordination"


class Why(IntEnum):
    """Why a quarter-hour is planned as it is."""

    NOTHING = 0
    PRICE = 1
    PEAK = 2
    LIMIT = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """What the quarter-hours planned cost; before value-added tax."""

    energy: Won = 0.0
    export: Won = 0.0
    """Earned, as a positive number."""
    demand: Won = 0.0
    """Of billing demand above what is owed anyway."""
    wear: Won = 0.0
    sources: Won = 0.0
    carbon: Won = 0.0

    @property
    def total(self) -> Won:
        return self.energy - self.export + self.demand + self.wear + self.sources + self.carbon


@dataclass(frozen=True, slots=True)
class Unmet:
    """What cannot be kept, and by how little it would have to give way."""

    constraint: str
    """`import`, `export`, `battery <name>`, `work <name>`, or the id of a shared limit."""
    relaxation: float
    """The smallest that is enough, in `unit`."""
    unit: str
    slots: tuple[int, ...]
    said: Text


@dataclass(frozen=True, slots=True)
class SitePlan:
    """Set-points of one site. Arrays are empty when nothing feasible was found."""

    id: str
    status: Status
    method: Method
    cost: Cost
    idle: Cost
    """The same quarter-hours with nothing planned: batteries idle, no costly source, work spread evenly."""
    bound: Won
    """Nothing can cost less than this; the plan's own total when it is optimal."""
    grid: Floats
    """[kW, n]; positive when taken from the grid."""
    battery: Floats
    """Charging [kW, batteries × n]; negative when giving."""
    stored: Floats
    """At the start of each quarter-hour and at the end of the last [kWh, batteries × (n + 1)]."""
    sources: Floats
    """[kW, sources × n]."""
    shiftables: Floats
    """[kW, shiftables × n]."""
    demand: Kilowatt
    """Largest import in the quarter-hours that count."""
    idle_demand: Kilowatt
    carbon: Annotated[float, "kgCO2"]
    idle_carbon: Annotated[float, "kgCO2"]
    why: NDArray[np.int8]
    """`Why` [n]."""
    unmet: tuple[Unmet, ...] = ()

    @property
    def saving(self) -> Won:
        return self.idle.total - self.cost.total

    @property
    def gap(self) -> Share:
        return (self.cost.total - self.bound) / max(1.0, abs(self.cost.total))


@dataclass(frozen=True, slots=True)
class Limit:
    """What the net import of some sites together may be.

    A site is in at most one feeder (`local`); transformers and the complex are made of whole feeders.
    """

    id: str
    members: NDArray[np.int64]
    """Indices into the sites [m]."""
    import_limit: Floats
    """[kW, n]."""
    export_limit: Floats
    """[kW, n], positive."""
    local: bool = True


@dataclass(frozen=True, slots=True)
class Request:
    """A demand-response event: together the members shall stay below `ceiling`; each kWh above costs."""

    id: str
    members: NDArray[np.int64]
    slots: NDArray[np.int64]
    ceiling: Floats
    """Base line less the reduction promised [kW, one for each of `slots`]."""
    penalty: WonPerKilowattHour


@dataclass(frozen=True, slots=True)
class ComplexProblem:
    """Sites that share feeders, transformers, the complex's connection and demand-response events."""

    sites: tuple[Site, ...]
    limits: tuple[Limit, ...] = ()
    requests: tuple[Request, ...] = ()


@dataclass(frozen=True, slots=True)
class ComplexPlan:
    """Set-points of every site, and how good they are known to be."""

    status: Status
    method: Method
    cost: Won
    """Of all sites, with what demand-response events fall short."""
    idle: Won
    bound: Won
    """Nothing that keeps the limits can cost less (Lagrange)."""
    rounds: int
    grid: Floats
    """[kW, sites × n]."""
    battery: Floats
    """Charging, all batteries of a site together [kW, sites × n]."""
    shortfall: Floats
    """Of each event in each of its quarter-hours [kW, events in order]."""
    prices: Floats
    """What a kWh more at each limit would cost [won/kWh, limits × n]; negative when export is full."""
    violation: Kilowatt
    """The most by which any limit is broken."""
    unmet: tuple[Unmet, ...] = ()
    batteries: Floats = field(default_factory=lambda: np.empty((0, 0)))
    """Charging of each battery, those of the first site first [kW, batteries × n]."""
    sources: Floats = field(default_factory=lambda: np.empty((0, 0)))
    """Of each source, in the same order [kW, sources × n]."""
    works: Floats = field(default_factory=lambda: np.empty((0, 0)))
    """Of each piece of work that is moved, in the same order [kW, shiftables × n]."""

    @property
    def gap(self) -> Share:
        return (self.cost - self.bound) / max(1.0, abs(self.cost))

    @property
    def saving(self) -> Won:
        return self.idle - self.cost


def find_faults(site: Site) -> list[Finding]:
    """Everything about a site that no plan could mend."""
    n, found = len(site.rates.start), []

    def fault(where: str, ko: str, en: str, mend_ko: str, mend_en: str) -> None:
        found.append(Finding(f"{site.id}.{where}", Text(ko, en), Text(mend_ko, mend_en)))

    arrays = {"load": site.load, **{f"{source.name}.power": source.power for source in site.sources}}
    if site.high_load is not None:
        arrays["high_load"] = site.high_load
    for battery in site.batteries:
        for name in ("plugged", "taken", "needed"):
            if (values := getattr(battery, name)) is not None:
                arrays[f"{battery.name}.{name}"] = values
    for name, array in arrays.items():
        if len(array) != n:
            fault(
                name,
                f"값이 {len(array)}개인데 요금은 {n}개입니다.",
                f"has {len(array)} values where the rates have {n}.",
                "같은 15분 구간을 주십시오.",
                "Give the same quarter-hours.",
            )
        elif not np.isfinite(array).all():
            fault(
                name,
                f"빈 값이 {int((~np.isfinite(array)).sum())}개 있습니다.",
                f"{int((~np.isfinite(array)).sum())} values are missing.",
                "예측이나 추정으로 채우고 그렇다고 표시하십시오.",
                "Fill them by a forecast or an estimate, and say so.",
            )
    for battery in site.batteries:
        if not (0 < battery.charge_efficiency <= 1 and 0 < battery.discharge_efficiency <= 1):
            fault(
                f"{battery.name}.efficiency",
                "효율은 0보다 크고 1 이하여야 합니다.",
                "an efficiency is above 0 and at most 1.",
                "퍼센트를 비율로 바꾸십시오.",
                "Give a share, not per cent.",
            )
        if not 0 <= battery.lowest <= battery.highest <= 1:
            fault(
                f"{battery.name}.lowest",
                "0 ≤ 최저 ≤ 최고 ≤ 1이어야 합니다.",
                "0 ≤ lowest ≤ highest ≤ 1 must hold.",
                "충전 한도를 고치십시오.",
                "Mend the limits.",
            )
        if battery.power < 0 or battery.energy < 0 or battery.wear < 0:
            fault(
                f"{battery.name}.power",
                "출력·용량·열화비는 음수일 수 없습니다.",
                "power, energy and wear cannot be negative.",
                "부호를 고치십시오.",
                "Mend the sign.",
            )
    for work in site.shiftables:
        if not 0 <= work.first < work.last <= n:
            fault(
                work.name,
                "작업 시간이 계획 구간 밖에 있습니다.",
                "its hours are outside the plan.",
                "시작과 끝을 계획 구간 안에 두십시오.",
                "Put first and last inside the plan.",
            )
    return found
