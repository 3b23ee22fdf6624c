"""What energy can prove of a period, from what was known at `as_of`."""

from __future__ import annotations

from datetime import datetime

from sandan.clock import Period
from sandan.domain import Evidence, Indicator
from sandan.energy.model.metering import Balance
from sandan.energy.service.complex import complex_balance
from sandan.store import Store
from sandan.words import Text


def _balance(store: Store, period: Period, as_of: datetime) -> tuple[Balance | None, Text | None]:
    end = min(period.end, as_of)
    if end <= period.start:
        return None, None
    with store.registry.read() as conn:
        return complex_balance(store, conn, Period(period.start, end), as_of)


def _evidence(found: Balance, id: str) -> Evidence:
    rate = found.rates[id]
    return Evidence(100 * rate.part, rate.whole, _share(found), _inputs(found))


def _self_sufficiency(store: Store, period: Period, as_of: datetime) -> Evidence:
    found, _ = _balance(store, period, as_of)
    return Evidence(0.0, 0.0, 0.0, ()) if found is None else _evidence(found, "self_sufficiency")


def _losses(store: Store, period: Period, as_of: datetime) -> Evidence:
    found, note = _balance(store, period, as_of)
    if found is None or note is not None:
        return Evidence(0.0, 0.0, 0.0, ())
    return _evidence(found, "loss")


def _generation(store: Store, period: Period, as_of: datetime) -> Evidence:
    found, _ = _balance(store, period, as_of)
    if found is None:
        return Evidence(0.0, None, 0.0, ())
    return Evidence(found.generated / 1000, None, _share(found), _inputs(found))


def _share(found: Balance) -> float:
    return found.used_slots / max(found.slots, 1)


def _inputs(found: Balance) -> list[str]:
    named = (
        ("import", found.imported),
        ("generation", found.generated),
        ("export", found.exported),
        ("firms' meters", found.metered_use),
    )
    return [f"{name}: {kwh:,.1f} kWh" for name, kwh in named]


INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "self_sufficiency",
        Text("에너지 자급률", "Self-sufficiency"),
        "%",
        Text(
            "단지 안에서 쓴 자체 발전량을 손실을 포함한 단지 총사용량으로 나눈 비율. 모든 계량값이 갖춰진 "
            "15분만 세고, 나머지는 포함률로 알립니다.",
            "Own generation used inside over all use of the complex, losses included. Only quarter-hours in "
            "which everything was metered count; the rest shows in the coverage.",
        ),
        _self_sufficiency,
    ),
    Indicator(
        "own_generation",
        Text("단지 내 발전량", "Generation inside the complex"),
        "MWh",
        Text("태양광 발전 계량값의 합.", "The sum of the photovoltaic plants' meters."),
        _generation,
    ),
    Indicator(
        "distribution_loss",
        Text("단지 배전 손실률", "Losses inside the complex"),
        "%",
        Text(
            "수전과 발전에서 기업 계량과 송출을 뺀 나머지를 공급량으로 나눈 비율.",
            "What of import and generation neither the firms' meters nor export account for, over supply.",
        ),
        _losses,
    ),
)
