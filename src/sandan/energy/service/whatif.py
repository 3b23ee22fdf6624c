"""What a firm's year would have been with a battery or a roof of its choosing."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL, midnight, milliseconds
from sandan.energy.engine.whatif import bill_fleet_year, change_site, hold_factor
from sandan.energy.model.agreements import Agreement
from sandan.energy.model.rates import Floats
from sandan.energy.model.whatif import (
    Addition,
    BilledYear,
    LineSum,
    MeterYear,
    RoofYear,
    Terms,
    by_kind,
)
from sandan.energy.service.bills import agreement_on, find_meter
from sandan.energy.service.tariffs import edition_in_force
from sandan.energy.service.years import Setting, read_days, roofs_of, setting_of, year_of
from sandan.errors import Finding, InvalidInput
from sandan.store import Store
from sandan.twin.model import Thing
from sandan.words import Text

FIELDS: Mapping[str, tuple[float, Text]] = {
    "power": (1e6, Text("배터리 출력(kW)", "battery power [kW]")),
    "energy": (1e7, Text("배터리 용량(kWh)", "battery capacity [kWh]")),
    "roof": (1e6, Text("지붕 태양광(kW)", "roof [kW]")),
    "export": (1e4, Text("잉여 판매단가(원/kWh)", "price of surplus [won/kWh]")),
    "investment": (1e13, Text("투자비(원)", "investment [won]")),
}
KEPT = 16
"""Meters whose year stays in memory while somebody drags a slider."""


@dataclass(frozen=True, slots=True)
class Base:
    """A meter's year as it was, ready to be changed."""

    setting: Setting
    meter: Thing
    agreement: Agreement
    terms: Terms
    course: MeterYear
    before: BilledYear
    roof: RoofYear | None

    @property
    def simulated(self) -> bool:
        return self.meter.simulated or self.agreement.simulated


@dataclass(frozen=True, slots=True)
class Ask:
    """What a firm asks: what is added, and what it knows of money."""

    added: Addition
    export: float = 0.0
    """What a kWh of surplus earns [won/kWh]; 0 where nobody said."""
    hold: bool = False
    """Whether an inverter keeps the power factor as it was."""
    investment: float | None = None
    """[won]."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The year before and after; energies in kWh."""

    base: Base
    ask: Ask
    after: BilledYear
    lines: Sequence[LineSum]
    imported: tuple[float, float]
    exported: float
    roof: float
    charged: float
    lost: float

    @property
    def earned(self) -> int:
        """By export [won]."""
        return round(self.exported * self.ask.export)

    @property
    def saving(self) -> int:
        return self.base.before.total - self.after.total + self.earned

    @property
    def tonnes(self) -> float | None:
        """Less carbon from the grid [tCO2eq]; None without a factor."""
        factor = self.base.setting.factor
        if factor is None or factor.value is None:
            return None
        return (self.imported[0] - self.imported[1]) / 1000 * factor.value

    @property
    def payback(self) -> float | None:
        """Years until what was typed has come back; None where nothing was typed, or it never does."""
        given = self.ask.investment
        return given / self.saving if given and self.saving > 0 else None

    @property
    def demand(self) -> tuple[float, float]:
        """Highest billing demand of the year, before and after [kW]."""
        before, after = (max(bill.demand.kw for bill in one.bills) for one in (self.base.before, self.after))
        return before, after


class Bases:
    """Years read for whoever drags a slider; called from many threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], Base] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, store: Store, actor: Actor, meter: str, now: datetime) -> Base:
        """A meter's year, if it is this actor's to see; `InvalidInput` says what is not known of it."""
        with store.registry.read() as conn:
            thing = find_meter(store, conn, actor, meter)
            agreement = agreement_on(conn, meter, now.astimezone(SEOUL).date())
            if agreement is None:
                raise InvalidInput.because(
                    "contract",
                    Text(f"'{meter}'의 전력 계약이 없습니다.", f"'{meter}' has no electricity contract."),
                    Text("에너지 → 계약에서 계약을 등록해 주십시오.", "Enter one under Energy → Contracts."),
                )
            version = edition_in_force(store, conn).version
            key = (meter, version, agreement, midnight(milliseconds(now)))
            with self._lock:  # one reading at a time is as fast as two at once
                if key not in self._kept:
                    self._kept[key] = _base(store, conn, thing, agreement, now)
                    while len(self._kept) > KEPT:
                        self._kept.popitem(last=False)
                self._kept.move_to_end(key)
                return self._kept[key]


def read_ask(fields: Mapping[str, str]) -> Ask:
    """What is asked, from the text of its fields; empty is nothing, and every fault is a finding.

    A battery of which only power or capacity is given is none yet: whoever drags sets one after the other.
    """
    findings: list[Finding] = []
    read: dict[str, float] = {}
    for name, (most, label) in FIELDS.items():
        text = fields.get(name, "").strip().replace(",", "")
        try:
            read[name] = float(text) if text else 0.0
            if not 0 <= read[name] <= most:
                raise ValueError(text)
        except ValueError:
            read[name] = 0.0
            findings.append(
                Finding(
                    label.ko,
                    Text(
                        f"'{text}'은(는) 0–{most:,.0f}의 수가 아닙니다.",
                        f"'{text}' is no number of 0–{most:,.0f}.",
                    ),
                    Text("숫자만 적어 주십시오.", "Give digits only."),
                )
            )
    if findings:
        raise InvalidInput(findings)
    added = Addition(read["power"], read["energy"], read["roof"])
    return Ask(added, read["export"], bool(fields.get("hold")), read["investment"] or None)


def run_year(base: Base, ask: Ask) -> Answer:
    """The year with what is asked for put beside what there is.

    A battery that would make the bills dearer rests: the plan knows neither the rounding of the billing
    demand to whole kilowatts nor what becomes of the power factor.
    """
    answer = _run(base, ask, ask.added)
    if ask.added.stores:
        rest = _run(base, ask, ask.added.resting())
        if rest.saving > answer.saving:
            return rest
    return answer


def _run(base: Base, ask: Ask, added: Addition) -> Answer:
    year, course = base.setting.year, base.course
    changed = change_site(
        base.meter.id, year, base.terms, course, base.before.bills, added, base.roof, ask.export
    )
    reactive = [course.lagging, course.leading]
    if ask.hold:
        reactive = [
            None if one is None else hold_factor(one, course.energy, changed.imported) for one in reactive
        ]
    after = _bills(base.setting, base.terms, changed.imported, *reactive)
    return Answer(
        base,
        ask,
        after,
        by_kind(base.before.bills, after.bills),
        (float(course.energy.sum()), float(changed.imported.sum())),
        float(changed.exported.sum()),
        changed.roof,
        changed.charged,
        changed.lost,
    )


def _base(store: Store, conn: Connection, meter: Thing, agreement: Agreement, now: datetime) -> Base:
    setting = setting_of(store, conn, now)
    terms = setting.terms(agreement.contract)
    course = year_of(read_days(store, conn, [meter.id], setting, now), 0, setting)
    if course is None:
        raise InvalidInput.because(
            "meter",
            Text(
                "하루라도 온전히 계량된 날이 없습니다.",
                "No day was metered well enough to stand for a day of the year.",
            ),
            Text("15분 계량값이 하루 이상 쌓이면 볼 수 있습니다.", "Come back after a day of quarter-hours."),
        )
    before = _bills(setting, terms, course.energy, course.lagging, course.leading)
    roof = roofs_of(store, conn, setting, now, meter.tenant)
    return Base(setting, meter, agreement, terms, course, before, roof)


def _bills(
    setting: Setting, terms: Terms, energy: Floats, lagging: Floats | None, leading: Floats | None
) -> BilledYear:
    none = np.full(len(energy), np.nan)
    return bill_fleet_year(
        setting.year,
        energy[None],
        (none if lagging is None else lagging)[None],
        (none if leading is None else leading)[None],
        [terms],
        setting.levies,
        setting.calendar,
    )[0]
