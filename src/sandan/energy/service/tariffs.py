"""The operator's tariffs: version 0 is what Sandan comes with, each later one adds to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL, korean_holidays
from sandan.energy.engine.editions import LINES, calendar_of
from sandan.energy.engine.tariff import Calendar
from sandan.energy.model.agreements import AddedLevy, AddedPrice, TariffEdition
from sandan.energy.model.rights import METER
from sandan.energy.model.tariff import Kind, Option, Voltage
from sandan.errors import Conflict, Finding, InvalidInput
from sandan.store import Json, Rule, Store
from sandan.words import Text

NAME = "energy.tariffs"


def edition_in_force(store: Store, conn: Connection, version: int | None = None) -> TariffEdition:
    """The newest edition, or the one of this version."""
    kept = {int(one.version): one for one in store.rules.versions(conn, NAME)}
    wanted = max(kept, default=0) if version is None else version
    return _edition(kept[wanted]) if wanted in kept else TariffEdition()


def editions(store: Store, conn: Connection) -> list[TariffEdition]:
    """Every edition, oldest first, beginning with the tables Sandan comes with."""
    return [TariffEdition(), *(_edition(one) for one in store.rules.versions(conn, NAME))]


def put_edition(store: Store, actor: Actor, base: int, new: TariffEdition, now: datetime) -> TariffEdition:
    """Keep the next edition; `Conflict` when somebody has made one since `base`."""
    actor.require(METER)
    if not new.reason.strip():
        raise InvalidInput.because(
            "reason",
            Text("까닭이 비었습니다.", "the reason is empty."),
            Text("출처나 까닭을 적어 주십시오.", "write where it is from, or why."),
        )
    with store.registry.write() as conn:
        before = edition_in_force(store, conn)
        if before.version != base:
            raise Conflict(
                Text(
                    f"그사이 다른 사람이 {before.version}판을 만들었습니다. 새로 고친 뒤 다시 하십시오.",
                    f"Somebody has made version {before.version} meanwhile. Reload and try again.",
                )
            )
        made = replace(new, version=base + 1, by=actor.id, reason=new.reason.strip())
        today = now.astimezone(SEOUL).date()
        store.rules.put(conn, Rule(NAME, f"{made.version:06}", today, actor.id, _body(made)))
        store.events.append(
            conn,
            "TariffChanged",
            actor=actor,
            subject=NAME,
            payload={"version": made.version, "reason": made.reason},
            at=now,
        )
    return made


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


def _body(one: TariffEdition) -> Json:
    return {
        "by": one.by,
        "reason": one.reason,
        "count_temporary": one.count_temporary,
        "levies": [
            {
                "line": levy.line,
                "effective_from": levy.effective_from.isoformat(),
                "value": levy.value,
                "mark": levy.mark,
                "source": levy.source,
            }
            for levy in one.levies
        ],
        "prices": [
            {
                "kind": str(price.kind),
                "voltage": str(price.voltage),
                "option": str(price.option),
                "effective_from": price.effective_from.isoformat(),
                "base": price.base,
                "prices": [list(season) for season in price.prices],
                "mark": price.mark,
                "source": price.source,
            }
            for price in one.prices
        ],
    }


def _edition(kept: Rule) -> TariffEdition:
    body = cast(Mapping[str, Any], kept.body)
    return TariffEdition(
        int(kept.version),
        body["by"],
        body["reason"],
        tuple(
            AddedLevy(**one | {"effective_from": date.fromisoformat(one["effective_from"])})
            for one in body["levies"]
        ),
        tuple(
            AddedPrice(
                kind=Kind(one["kind"]),
                voltage=Voltage(one["voltage"]),
                option=Option(one["option"]),
                effective_from=date.fromisoformat(one["effective_from"]),
                base=one["base"],
                prices=tuple((row[0], row[1], row[2]) for row in one["prices"]),
                mark=one["mark"],
                source=one["source"],
            )
            for one in body["prices"]
        ),
        body["count_temporary"],
    )
