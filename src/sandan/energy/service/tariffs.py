"""The operator's tariffs: version 0 is what Sandan comes with, each later one adds to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import korean_holidays
from sandan.energy.engine.editions import LINES, calendar_of
from sandan.energy.engine.tariff import Calendar
from sandan.energy.model.agreements import AddedLevy, TariffEdition
from sandan.energy.model.rights import METER
from sandan.energy.service.registers import Edition, Register
from sandan.errors import Finding, InvalidInput
from sandan.store import Store
from sandan.words import Text

TARIFFS = Register("energy.tariffs", TariffEdition(), METER, "TariffChanged")


def edition_in_force(store: Store, conn: Connection, version: int | None = None) -> TariffEdition:
    """The newest edition, or the one of this version."""
    return _edition(TARIFFS.in_force(store, conn, version))


def editions(store: Store, conn: Connection) -> list[TariffEdition]:
    """Every edition, oldest first, beginning with the tables Sandan comes with."""
    return [_edition(one) for one in TARIFFS.editions(store, conn)]


def put_edition(store: Store, actor: Actor, base: int, new: TariffEdition, now: datetime) -> TariffEdition:
    """Keep the next edition; `Conflict` when somebody has made one since `base`."""
    return _edition(TARIFFS.put(store, actor, base, new, new.reason, now))


def add_levy(
    store: Store, actor: Actor, base: int, line: str, since: str, value: str, source: str, now: datetime
) -> TariffEdition:
    """Write down one levy from the text of its fields; every fault is a finding."""
    actor.require(METER)
    findings = []
    number, day = 0.0, None
    if line not in LINES:
        findings.append(
            Finding(
                "line",
                Text(f"'{line}'은(는) 없는 항목입니다.", f"'{line}' is no such line."),
                Text(", ".join(LINES), ", ".join(LINES)),
            )
        )
    try:
        day = date.fromisoformat(since.strip())
    except ValueError:
        findings.append(
            Finding(
                "since",
                Text("적용일을 읽을 수 없습니다.", "cannot be read as a day."),
                Text("예: 2026-04-01", "for example 2026-04-01"),
            )
        )
    try:
        number = float(value.strip().replace(",", ""))
        if not -1000 < number < 1000:
            raise ValueError(value)
    except ValueError:
        findings.append(
            Finding(
                "value",
                Text("값이 숫자가 아니거나 너무 큽니다.", "is not a number, or is too large."),
                Text(
                    "단위 원/kWh, 기금은 비율. 예: 0.027",
                    "won/kWh; the fund as a share, such as 0.027.",
                ),
            )
        )
    if not source.strip():
        findings.append(
            Finding(
                "source",
                Text("출처가 비었습니다.", "has no source."),
                Text("고지서나 공고를 적어 주십시오.", "name the bill or notice it is from."),
            )
        )
    if findings or day is None:
        raise InvalidInput(findings)
    with store.registry.read() as conn:
        held = edition_in_force(store, conn)
    rest = tuple(one for one in held.levies if (one.line, one.effective_from) != (line, day))
    levy = AddedLevy(line, day, number, "S", source.strip())
    new = replace(held, levies=(*rest, levy), reason=f"{line} {since}: {source.strip()}")
    return put_edition(store, actor, base, new, now)


def calendar_for(edition: TariffEdition, first: int, last: int) -> Calendar:
    """The tariff's holidays of these years, both included."""
    days = frozenset(day for year in range(first, last + 1) for day in korean_holidays(year))
    return calendar_of(edition, days)


def _edition(kept: Edition[TariffEdition]) -> TariffEdition:
    return replace(kept.body, version=kept.version, by=kept.by, reason=kept.reason)
