"""The lines of a bill, in the order in which KEPCO prints them."""

from __future__ import annotations

import math
from decimal import Decimal
from functools import cache

from sandan.energy.engine.tariff.measure import BANDS, DISCOUNTS, SEASONS
from sandan.energy.engine.tariff.rounding import decimal, rounded
from sandan.energy.model.rates import Band, Floats
from sandan.energy.model.tariff import BANDS as BAND_NAMES
from sandan.energy.model.tariff import SEASONS as SEASON_NAMES
from sandan.energy.model.tariff import (
    BillingDemand,
    Completeness,
    Contract,
    History,
    Levies,
    Line,
    PowerFactor,
    Schedule,
    Season,
    Source,
    Tariff,
)
from sandan.words import Text

_NONE = Decimal(0)


@cache
def _article(number: str, clause: str) -> Text:
    first, _, of = number.partition("의")
    korean = f"약관 제{first}조{'의' + of if of else ''} {clause}"
    return Text(korean, f"KEPCO terms, art. {number.replace('의', '-')} {clause}")


@cache
def _annex(number: str) -> Text:
    return Text(f"약관 별표 {number}", f"KEPCO terms, annex {number}")


class Template:
    """What the bills of one schedule have in common, made once for all of them."""

    __slots__ = ("bases", "demand", "groups", "levies", "tariff", "versions")

    def __init__(self, schedule: Schedule, levies: Levies, shares: tuple[float, ...]) -> None:
        held = [
            (tariff, share) for (_, tariff), share in zip(schedule.parts, shares, strict=True) if share > 0
        ]
        self.levies = levies
        self.tariff = held[-1][0]
        self.demand = self.tariff.demand
        self.versions = tuple(tariff.version for tariff, _ in held)
        one_base = len({tariff.base for tariff, _ in held}) == 1
        self.bases = ((self.tariff, 1.0),) if one_base else tuple(held)
        many = len(held) > 1
        self.groups = tuple(
            _Group(k, tariff, season, band, many)
            for k, (_, tariff) in enumerate(schedule.parts)
            for season in Season
            for band in Band
        )


class _Group:
    """One season and band of one tariff: where its energy stands, its names and prices."""

    __slots__ = (
        "discount",
        "id",
        "index",
        "name",
        "off",
        "off_id",
        "off_name",
        "off_rule",
        "price",
        "source",
    )

    def __init__(self, part: int, tariff: Tariff, season: Season, band: Band, many: bool) -> None:
        self.index = ((part * SEASONS + season) * BANDS + band) * DISCOUNTS
        suffix = f"@{tariff.version}" if many else ""
        key = f"{season.name.lower()}.{band.name.lower()}{suffix}"
        ko, en = (
            f"{SEASON_NAMES[season].ko} {BAND_NAMES[band].ko}",
            f"{SEASON_NAMES[season].en}, {BAND_NAMES[band].en}",
        )
        if not tariff.banded:
            ko, en = SEASON_NAMES[season].ko, SEASON_NAMES[season].en
        if many:
            ko, en = f"{ko} ({tariff.version} 요금표)", f"{en} (tariff of {tariff.version})"
        self.id, self.name = f"energy.{key}", Text(f"전력량요금 {ko}", f"Energy, {en}")
        self.off_id = f"discount.{key}"
        self.off_name = Text(f"주말·공휴일 할인 {ko}", f"Weekend discount, {en}")
        self.price = decimal(tariff.price(season, band))
        self.off = -self.price * decimal(tariff.discount.share) if tariff.discount else _NONE
        self.source, self.discount = tariff.price_source, tariff.day_source
        self.off_rule = Text(f"{tariff.version} 요금표의 할인", f"discount of the tariff of {tariff.version}")


class _Writer:
    """Collects lines and keeps both sums: won as owed, exact as measured."""

    __slots__ = ("exact", "levies", "lines", "won")

    def __init__(self, levies: Levies) -> None:
        self.lines: list[Line] = []
        self.levies = levies
        self.won = 0
        self.exact = 0.0

    def add(
        self,
        id: str,
        name: Text,
        quantity: Decimal,
        measured: float,
        unit: str,
        price: Decimal,
        rule: Text,
        source: Source,
        *,
        rounding: str = "line",
        exact: float | None = None,
    ) -> int:
        won = int(rounded(quantity * price, self.levies.rounding[rounding]))
        value = measured * float(price) if exact is None else exact
        self.lines.append(
            Line(id, name, float(quantity), measured, unit, float(price), value, won, rule, source)
        )
        self.won += won
        self.exact += value
        return won


def write_lines(
    template: Template,
    contract: Contract,
    energy: Floats,
    demand: BillingDemand,
    factor: PowerFactor,
    highest: float,
    history: History,
    completeness: Completeness,
) -> tuple[tuple[Line, ...], int, tuple[Text, ...]]:
    """Lines, total in won and notes of one bill; `energy` by group as `measure` sums it [kWh]."""
    levies = template.levies
    writer = _Writer(levies)
    notes: list[Text] = []
    _add_base(writer, template, demand)
    base_won, base_exact = writer.won, writer.exact
    _add_energy(writer, template, energy)
    _add_factor(writer, template, factor, history, base_won, base_exact, notes)
    fee_won, fee_exact = writer.won, writer.exact
    _add_excess(writer, template, contract, demand, highest, history, notes)
    _add_taxes(writer, levies, fee_won, fee_exact)
    to = levies.rounding["total"]
    total = int(rounded(Decimal(writer.won), to))
    if total != writer.won:
        cut = total - writer.won
        writer.lines.append(
            Line(
                "cut",
                Text("끝수 절사", "Rounding off"),
                1,
                1,
                "",
                float(cut),
                0.0,
                cut,
                _article("7", "②"),
                to.source,
            )
        )
    if completeness.missing:
        part = f"{completeness.missing:,}/{completeness.slots:,}"
        notes.append(
            Text(
                f"15분값 {part}개가 없어 잠정 청구서입니다. 들어오면 새 판으로 다시 냅니다.",
                f"Provisional: {part} quarter-hours are missing; the bill is restated when they come.",
            )
        )
    if completeness.estimated:
        notes.append(
            Text(
                f"15분값 {completeness.estimated:,}개는 추정값입니다.",
                f"{completeness.estimated:,} quarter-hours are estimates.",
            )
        )
    return tuple(writer.lines), total, tuple(notes)


def _add_base(writer: _Writer, template: Template, demand: BillingDemand) -> None:
    kw = rounded(demand.kw, template.levies.rounding["demand"])
    for tariff, share in template.bases:
        whole = len(template.bases) == 1
        name = Text("기본요금", "Base charge")
        if not whole:
            name = Text(f"기본요금 ({tariff.version} 요금표)", f"Base charge (tariff of {tariff.version})")
        writer.add(
            "base" if whole else f"base@{tariff.version}",
            name,
            kw * decimal(share),
            demand.kw * share,
            "kW",
            decimal(tariff.base),
            _article("68", "①" if demand.by != "contract" else "②"),
            tariff.demand.source,
        )


def _add_energy(writer: _Writer, template: Template, energy: Floats) -> None:
    levies = template.levies
    to = levies.rounding["energy"]
    billed, measured = _NONE, 0.0
    discounts = []
    for group in template.groups:
        off = float(energy[group.index + 1])
        kwh = float(energy[group.index]) + off
        if kwh == 0.0:
            continue
        quantity = rounded(kwh, to)
        billed += quantity
        measured += kwh
        writer.add(group.id, group.name, quantity, kwh, "kWh", group.price, _annex("1"), group.source)
        if off > 0.0:
            discounts.append((group, off))
    for group, off in discounts:
        cheaper = rounded(off, to)
        writer.add(
            group.off_id, group.off_name, cheaper, off, "kWh", group.off, group.off_rule, group.discount
        )
    for id, name, price, rule in (
        ("climate", Text("기후환경요금", "Climate charge"), levies.climate, _annex("7")),
        ("fuel", Text("연료비조정요금", "Fuel adjustment"), levies.fuel, _annex("8")),
    ):
        writer.add(id, name, billed, measured, "kWh", decimal(price), rule, levies.sources[id])


def _add_factor(
    writer: _Writer,
    template: Template,
    factor: PowerFactor,
    history: History,
    base_won: int,
    base_exact: float,
    notes: list[Text],
) -> None:
    rule = template.levies.power_factor
    for id, name, mean, share, clause in (
        (
            "power_factor.lagging",
            Text("역률요금(지상, 주간)", "Power factor, lagging by day"),
            factor.lagging,
            factor.lagging_share,
            _article("43", "② 1"),
        ),
        (
            "power_factor.leading",
            Text("역률요금(진상, 야간)", "Power factor, leading by night"),
            factor.leading,
            factor.leading_share,
            _article("43", "② 2"),
        ),
    ):
        if share == 0:
            continue
        if share > 0 and not history.power_factor_warned:
            notes.append(
                Text(
                    f"{name.ko}: 평균 {mean:g} %로 추가요금 대상이나 첫 달은 예고만 합니다(제43조 ③).",
                    f"{name.en}: the mean of {mean:g} % would cost more; the first month warns (art. 43 ③).",
                )
            )
            continue
        percent = decimal(share) * 100
        writer.add(
            id,
            name,
            percent,
            float(percent),
            "%",
            Decimal(base_won) / 100,
            clause,
            rule.source,
            exact=base_exact * share,
        )


def _add_excess(
    writer: _Writer,
    template: Template,
    contract: Contract,
    demand: BillingDemand,
    highest: float,
    history: History,
    notes: list[Text],
) -> None:
    to = template.levies.rounding["demand"]
    limit = rounded(contract.power, to)
    own = _NONE if math.isnan(demand.peak) else rounded(demand.peak, to)
    over = own - limit
    if over <= 0:
        if not math.isnan(highest) and contract.demand_meter and rounded(highest, to) > limit:
            notes.append(
                Text(
                    f"경부하 시간대에 {highest:,.0f} kW로 계약전력을 넘었습니다. 초과사용부가금 대상인지 "
                    "확인되지 않아 넣지 않았습니다.",
                    f"{highest:,.0f} kW in light-load hours exceeded the contract power; whether the "
                    "surcharge applies there is not confirmed, and it is left out.",
                )
            )
        return
    if not contract.demand_meter:
        return
    if not history.excess_warned:
        notes.append(
            Text(
                f"최대수요전력이 계약전력을 {over:g} kW 넘었습니다. 첫 달은 예고만 합니다(제67조의3 ④).",
                f"Demand exceeded the contract power by {over:g} kW; the first month warns (art. 67-3 ④).",
            )
        )
        return
    rule = template.tariff.excess
    factor = rule.factor(float(over) / contract.power)
    price = decimal(template.tariff.base) * decimal(factor)
    writer.add(
        "excess",
        Text("초과사용부가금", "Surcharge for excess demand"),
        over,
        demand.peak - contract.power,
        "kW",
        price,
        _article("67의3", f"③ ({factor:.0%})"),
        rule.source,
    )
    notes.append(
        Text(
            "초과사용부가금에 부가가치세와 전력기금이 붙는지 확인되지 않아 붙이지 않았습니다.",
            "Whether VAT and fund apply to the surcharge is not confirmed; none was added.",
        )
    )


def _add_taxes(writer: _Writer, levies: Levies, fee_won: int, fee_exact: float) -> None:
    for id, name, rate, rule in (
        ("vat", Text("부가가치세", "Value-added tax"), levies.vat, Text("부가가치세법", "VAT act")),
        (
            "fund",
            Text("전력산업기반기금", "Industry fund"),
            levies.fund,
            Text("전기사업법 제51조", "Electric utility act, art. 51"),
        ),
    ):
        writer.add(
            id,
            name,
            Decimal(fee_won),
            fee_exact,
            "won",
            decimal(rate),
            rule,
            levies.sources[id],
            rounding=id,
        )
