"""Plans tried on the network of the twin by a power flow; what it is made of is told, never made up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock

import numpy as np

from sandan.access import SYSTEM, Actor
from sandan.clock import SEOUL
from sandan.energy.engine.network import build_grid, check_plan, line_types, voltage_bands
from sandan.energy.engine.network.standards import line_type
from sandan.energy.model.network import Grid, GridCheck, GridParams, LineType, NetworkTold, VoltageBand
from sandan.energy.model.operation import KeptPlan
from sandan.energy.model.rates import SLOT_MS, Instants
from sandan.energy.model.rights import PLAN, SEE
from sandan.energy.model.tariff import Source
from sandan.energy.records.forecasts import newest_told
from sandan.energy.records.plans import newest_plans
from sandan.energy.service.feeders import grid_of
from sandan.energy.service.outlook import series_of
from sandan.energy.service.registers import Edition, Register
from sandan.errors import Finding, InvalidInput
from sandan.store import Store
from sandan.twin.model import Thing
from sandan.words import Text

KINDS = {"substation", "feeder", "transformer", "meter"}
NETWORK = Register("energy.network", NetworkTold(), PLAN, "NetworkTold")
FIELDS: Mapping[str, Text] = {
    "trunk": Text("간선 전선", "Conductor of the feeders"),
    "lateral": Text("분기선 전선", "Conductor of the laterals"),
    "service": Text("저압 인입선 전선", "Low-voltage conductor"),
    "power_factor": Text("역률(지상, 계량값이 없는 곳)", "Power factor where it is not metered"),
    "source_voltage": Text("변전소 모선 전압(정격 배수)", "Busbar voltage, of nominal"),
    "low_voltage": Text("저압 (kV)", "Low voltage (kV)"),
    "short_circuit": Text("모선 단락용량 (MVA)", "Short-circuit power of the busbar (MVA)"),
    "loading": Text("허용 부하율(정격 배수)", "Loading allowed, of rating"),
    "lowest": Text("22.9 kV 유지범위 하한 (kV)", "Lowest voltage of 22.9 kV (kV)"),
    "highest": Text("22.9 kV 유지범위 상한 (kV)", "Highest voltage of 22.9 kV (kV)"),
}
CONDUCTOR: Mapping[str, Text] = {
    "resistance": Text("저항 (Ω/km)", "Resistance (Ω/km)"),
    "reactance": Text("리액턴스 (Ω/km)", "Reactance (Ω/km)"),
    "capacitance": Text("정전용량 (nF/km)", "Capacitance (nF/km)"),
    "rating": Text("허용전류 (A)", "Rated current (A)"),
}
CABLES = ("trunk", "lateral", "service")
NEEDED = ("trunk", "lateral", "power_factor", "source_voltage")
HERTZ = 60.0
FEEDERS = 22.9
"""Nominal voltage of the feeders [kV]."""


@dataclass(frozen=True, slots=True)
class NetworkPicture:
    """The network on its quarter-hours, batteries idle and as planned."""

    grid: Grid
    check: GridCheck
    silent: Mapping[str, int]
    """Meters without a forecast by feeder."""
    bands: Sequence[VoltageBand]
    feeders: Mapping[str, Thing]
    names: Mapping[str, str]
    """Of the things the network is made of."""
    start: Instants
    made_at: datetime
    told: int
    """Edition of what the network is made of."""
    simulated: bool


def told_network(store: Store, version: int | None = None) -> Edition[NetworkTold]:
    """What the network is said to be made of."""
    with store.registry.read() as conn:
        return NETWORK.in_force(store, conn, version)


def bands_on(told: NetworkTold, now: datetime) -> tuple[VoltageBand, ...]:
    """What voltages must be kept within today: the tables', and of the feeders the operator's."""
    held = voltage_bands(now.astimezone(SEOUL).date())
    if told.band is None:
        return held
    low, high = told.band
    return tuple(replace(one, low=low, high=high) if one.nominal == FEEDERS else one for one in held)


def known_conductors(told: NetworkTold) -> list[LineType]:
    """The operator's and the table's."""
    return [*told.conductors, *line_types().values()]


def tell_network(
    store: Store, actor: Actor, base: int, given: Mapping[str, str], reason: str, now: datetime
) -> Edition[NetworkTold]:
    """Write down what the network is made of, from the text of a form; every fault is a finding."""
    actor.require(PLAN)
    held = told_network(store).body
    findings = [_missing(name) for name in NEEDED if not given.get(name, "").strip()]
    cables = {name: given[name].strip() for name in CABLES if given.get(name, "").strip()}
    for name, cable in cables.items():
        try:
            line_type(name, cable, held.conductors)
        except InvalidInput as error:
            findings += error.findings
    numbers = {
        name: given[name] for name in FIELDS if name in given and name not in CABLES and given[name].strip()
    }
    values, faults = _numbers(numbers, FIELDS)
    findings += faults
    band = values.pop("lowest", None), values.pop("highest", None)
    if (band[0] is None) != (band[1] is None) or (band[0] and band[1] and band[0] >= band[1]):
        findings.append(
            Finding(
                "lowest",
                Text("유지범위의 하한과 상한이 맞지 않습니다.", "The band's limits do not fit together."),
                Text("둘 다 적거나 둘 다 비우십시오.", "Give both, the lower first, or neither."),
            )
        )
    if findings:
        raise InvalidInput(findings)
    params = GridParams(**cables, **values)  # type: ignore[arg-type]  # names are those of FIELDS
    told = NetworkTold(params, held.conductors, band if band[0] and band[1] else None)  # type: ignore[arg-type]
    return NETWORK.put(store, actor, base, told, reason, now)


def tell_conductor(
    store: Store, actor: Actor, base: int, name: str, given: Mapping[str, str], source: str, now: datetime
) -> Edition[NetworkTold]:
    """Add a conductor of the utility's, or say it anew, with where its figures were read."""
    actor.require(PLAN)
    held = told_network(store).body
    values, findings = _numbers({one: given.get(one, "") for one in CONDUCTOR}, CONDUCTOR)
    if not name.strip():
        findings.append(_missing("name"))
    if not source.strip():
        findings.append(_missing("source"))
    if findings:
        raise InvalidInput(findings)
    made = LineType(name.strip(), **values, reactance_hertz=HERTZ, source=Source("S", source.strip()))
    rest = tuple(one for one in held.conductors if one.id != made.id)
    body = replace(held, conductors=(*rest, made))
    return NETWORK.put(store, actor, base, body, f"{made.id}: {source.strip()}", now)


def _numbers(given: Mapping[str, str], names: Mapping[str, Text]) -> tuple[dict[str, float], list[Finding]]:
    found: dict[str, float] = {}
    findings = []
    for name, text in given.items():
        try:
            found[name] = float(text.strip().replace(",", ""))
            if not 0 < found[name] < 1e6:
                raise ValueError(text)
        except ValueError:
            said = names[name]
            findings.append(
                Finding(
                    name,
                    Text(
                        f"{said.ko}: '{text}'은(는) 양수가 아닙니다.",
                        f"{said.en}: '{text}' is no positive number.",
                    ),
                    Text("숫자로 적어 주십시오.", "Write a number."),
                )
            )
    return found, findings


def _missing(name: str) -> Finding:
    said = FIELDS.get(name, Text("이름·출처", "Name or source"))
    return Finding(
        name,
        Text(f"{said.ko} 값이 비었습니다.", f"{said.en} is empty."),
        Text("계통마다 달라 기본값이 없습니다. 적어 주십시오.", "It differs by network and has no default."),
    )


def check_schedules(store: Store, actor: Actor, plans: Sequence[KeptPlan], now: datetime) -> GridCheck | None:
    """The network with batteries idle and as planned; None where nobody said what it is made of.

    Raises `InvalidInput` where there is nothing to compute. A meter that is not forecast takes nothing in the
    flow and is among `left_out`: its feeder carries more than is shown. Roofs that sell beside the meters are
    not in it.
    """
    found = _compute(store, actor, plans, now)
    return None if found is None else found.check


def _compute(store: Store, actor: Actor, plans: Sequence[KeptPlan], now: datetime) -> NetworkPicture | None:
    actor.require(SEE)
    with store.registry.read() as conn:
        told = NETWORK.in_force(store, conn)
        params = told.body.params
        if params is None:
            return None
        things = store.things.all(conn, KINDS)
        network = build_grid(things, params, told.body.conductors)
        series = series_of(store, conn)
        kept = newest_told(conn, [one.id for one in series])
        n = min((len(one.course.grid) for one in plans), default=0)
        if not n:
            raise InvalidInput.because(
                "plan",
                Text("검토할 계획이 없습니다.", "There is no plan to check."),
                Text("먼저 계획을 세우십시오.", "Make one first."),
            )
        start = plans[0].course.start
        expected = grid_of(store, conn, series, kept, start).metered
    courses = {one.meter: one.course for one in plans}
    before, after = np.full((2, len(network.meters), n), np.nan)
    for at, meter in enumerate(network.meters):
        if meter in courses:
            before[at], after[at] = courses[meter].load[:n], courses[meter].grid[:n]
        elif len(expected.get(meter, ())) >= n:
            before[at] = after[at] = expected[meter][:n]
    silent = np.isnan(before).any(axis=1)
    before[silent] = after[silent] = 0.0
    feeder = {one.id: str(one.attributes.get("feeder") or "") for one in things if one.kind == "transformer"}
    owner = {one.id: feeder.get(str(one.attributes.get("transformer") or ""), "") for one in things}
    unknown = [network.meters[at] for at in np.flatnonzero(silent)]
    bands = bands_on(told.body, now)
    check = check_plan(network, before, after, params, bands)
    left_out = (*check.left_out, *(_silent(one) for one in unknown))
    return NetworkPicture(
        network,
        replace(check, left_out=left_out),
        Counter(owner[one] for one in unknown),
        bands,
        {one.id: one for one in things if one.kind == "feeder"},
        {one.id: one.name for one in things},
        start + SLOT_MS * np.arange(n),
        max(one.made_at for one in plans),
        told.version,
        any(one.simulated for one in things),
    )


def _silent(meter: str) -> Finding:
    return Finding(
        f"meter.{meter}",
        Text("예측이 없어 부하 0으로 두었습니다.", "It is not forecast and takes nothing in the flow."),
        Text("계량값이 들어오면 예측이 시작됩니다.", "It is forecast once its readings come."),
        "warning",
    )


class NetworkDesk:
    """The network under the newest plans; worked out once for each plan."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._busy = Lock()
        self._kept: NetworkPicture | None = None

    def picture(self, actor: Actor, now: datetime) -> NetworkPicture | None:
        """The newest; None where nobody said what the network is made of."""
        actor.require(SEE)
        with self._store.registry.read() as conn:
            plans, _ = newest_plans(conn, None)
            told = NETWORK.in_force(self._store, conn)
        made_at = max((one.made_at for one in plans), default=None)
        with self._busy:
            kept = self._kept
            if kept is None or (kept.made_at, kept.told) != (made_at, told.version):
                self._kept = _compute(self._store, actor, plans, now)
            return self._kept


def load_demo_network(store: Store, now: datetime) -> None:
    """A network for the demo, assumed and said to be: European cables, as no others are published."""
    if told_network(store).version == 0:
        params = GridParams(
            "NA2XS2Y 1x240 RM/25 12/20 kV",
            "NA2XS2Y 1x95 RM/25 12/20 kV",
            power_factor=0.95,
            source_voltage=1.0,
        )
        NETWORK.put(store, SYSTEM, 0, NetworkTold(params), "demo: assumed cables and voltages", now)
