"""Settlement of closed days: made anew as often as one likes until it is final, restated when data come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL
from sandan.energy.engine.months import first_day, last_day, month_of
from sandan.energy.engine.vpp.statements import Difference, PoolDay, Terms, differences, state_pool
from sandan.energy.model.papers import Paper, PaperKind
from sandan.energy.model.pool import POOL, PoolBook, PoolStatement
from sandan.energy.model.rights import TRADE
from sandan.energy.records.vpp import first_handed, handed_between
from sandan.energy.service.papers import Papers
from sandan.energy.service.vpp.hours import pool_days
from sandan.energy.service.vpp.register import Prices, book_in_force, prices_of, require_staff
from sandan.errors import Finding, InvalidInput, NotFound
from sandan.sheets import sheet_text
from sandan.store import Store
from sandan.words import Text

PAPERS = Papers(PaperKind.POOL, PoolStatement, "PoolSettled")
MOST_DAYS = 62


@dataclass(frozen=True, slots=True)
class Preview:
    """What a settlement would say now."""

    first: date
    last: date
    period: str
    statement: PoolStatement | None
    """None where not even a preview can be made."""
    findings: Sequence[Finding]
    """What is missing; a finding of severity "error" keeps it from becoming final."""
    versions: Sequence[Paper[PoolStatement]]
    changes: Sequence[Difference]
    """Against the newest version."""
    simulated: bool

    @property
    def ready(self) -> bool:
        return self.statement is not None and not any(one.severity == "error" for one in self.findings)


@dataclass(frozen=True, slots=True)
class Settled:
    """A final settlement, and what came before and after it."""

    paper: Paper[PoolStatement]
    versions: Sequence[Paper[PoolStatement]]
    changes: Sequence[Difference]
    """Against the version before."""
    whole: bool


def period_name(first: date, last: date) -> str:
    """`2026-10` for a month, `2026-10-14` for a day, both ends for anything else."""
    month = (first.year, first.month)
    if (first, last) == (first_day(month), last_day(month)):
        return f"{first:%Y-%m}"
    return first.isoformat() if first == last else f"{first}_{last}"


def settlements(store: Store, actor: Actor) -> list[Paper[PoolStatement]]:
    """The newest version of each period, the latest first."""
    require_staff(actor)
    with store.registry.read() as conn:
        return PAPERS.newest(conn, subject=POOL)


def unsettled(store: Store, conn: Connection, now: datetime) -> tuple[date, date] | None:
    """The days up to yesterday that no settlement is about, of one month; None when there are none.

    They begin after the last settlement, else with the first forecast or the month, whichever is later.
    """
    yesterday = now.astimezone(SEOUL).date() - timedelta(days=1)
    done = [one.body.last for one in PAPERS.newest(conn, subject=POOL)]
    begun = first_handed(conn)
    month = first_day(month_of(now - timedelta(days=1)))
    first = max(done) + timedelta(days=1) if done else max(begun or month, month)
    first = max(first, yesterday - timedelta(days=MOST_DAYS - 1))
    last = min(yesterday, last_day((first.year, first.month)))
    return (first, last) if first <= last else None


def preview(store: Store, actor: Actor, first: date, last: date, now: datetime) -> Preview:
    """A settlement of these days from what is known now."""
    require_staff(actor)
    with store.registry.read() as conn:
        return preview_of(store, conn, first, last, now)


def preview_unsettled(store: Store, actor: Actor, now: datetime) -> Preview | None:
    """A settlement of the days up to yesterday that none is about; None when there are none."""
    require_staff(actor)
    with store.registry.read() as conn:
        span = unsettled(store, conn, now)
        return None if span is None else preview_of(store, conn, *span, now)


def preview_of(store: Store, conn: Connection, first: date, last: date, now: datetime) -> Preview:
    """The same for whoever has been let in."""
    if last < first or (last - first).days >= MOST_DAYS:
        raise InvalidInput.because(
            "last",
            Text("기간이 비었거나 너무 깁니다.", "The days are none or too many."),
            Text(f"첫날부터 {MOST_DAYS}일까지 고르십시오.", f"Choose up to {MOST_DAYS} days."),
        )
    edition = book_in_force(store, conn)
    book = edition.body
    name = period_name(first, last)
    versions = PAPERS.versions(conn, POOL, name)
    findings = _blocked(conn, book, first, last, name, now)
    days = pool_days(store, conn, first, last, now)
    if not days or book.rounding is None:
        return Preview(first, last, name, None, findings, versions, (), book.simulated)
    prices = prices_of(conn, first, last)
    roofs = {one.id: one for one in store.things.all(conn, {"pv"})}
    plants = {member.plant for one in days for member in one.members}
    names = {id: (roofs[id].name, roofs[id].tenant) if id in roofs else (id, None) for id in plants}
    made = state_pool(
        days,
        Terms(
            edition.version,
            book.area,
            book.bands,
            book.rounding,
            book.contract(),
            prices.smp,
            prices.certificate,
            _carried(conn, first),
            last + timedelta(days=1),
        ),
        names,
    )
    handed = handed_between(conn, first, last)
    simulated = book.simulated or prices.simulated or any(one.simulated for one in handed)
    simulated |= any(roofs[id].simulated for id in plants if id in roofs)
    findings += _lacking(days, made, prices)
    changes = differences(versions[-1].body, made) if versions else ()
    return Preview(first, last, name, made, findings, versions, changes, simulated)


def finish(
    store: Store, actor: Actor, first: date, last: date, seen: int, reason: str, now: datetime
) -> Paper[PoolStatement]:
    """Make the settlement of these days final, or restate it; `InvalidInput` says what keeps it from it."""
    actor.require(TRADE)
    with store.registry.write() as conn:
        made = preview_of(store, conn, first, last, now)
        if not made.ready or made.statement is None:
            raise InvalidInput([one for one in made.findings if one.severity == "error"])
        return PAPERS.finish(
            store, conn, actor, POOL, made.period, made.statement, now,
            seen=seen, reason=reason, simulated=made.simulated,
            payload={"total": made.statement.total, "plants": len(made.statement.plants)},
        )  # fmt: skip


def settled(store: Store, actor: Actor, period: str, version: int | None = None) -> Settled:
    """One version of a settlement, the newest where none is asked for."""
    require_staff(actor)
    with store.registry.read() as conn:
        versions = PAPERS.versions(conn, POOL, period)
        if not versions or not 1 <= (version or 1) <= len(versions):
            raise NotFound(Text("정산서", "settlement"), f"{period} {version or ''}".strip())
        paper = versions[(version or len(versions)) - 1]
        before = versions[paper.version - 2].body if paper.version > 1 else None
        changes = differences(before, paper.body) if before is not None else ()
        return Settled(paper, versions, changes, PAPERS.whole(conn, paper))


def statement_sheet(made: PoolStatement) -> str:
    """The roofs' lines as a sheet."""
    columns = (
        "plant", "name", "tenant", "capacity", "kwh", "missing", "energy", "unpriced", "issued", "carried",
        "certificates", "forecast", "alone", "roof_owner", "operator", "investor",
    )  # fmt: skip
    return sheet_text([columns, *([getattr(one, name) for name in columns] for one in made.plants)])


def _blocked(
    conn: Connection, book: PoolBook, first: date, last: date, name: str, now: datetime
) -> list[Finding]:
    """What keeps a settlement from becoming final."""
    found = []
    if last >= now.astimezone(SEOUL).date():
        found.append(
            Finding(
                "last",
                Text(f"{last}은(는) 아직 끝나지 않았습니다.", f"{last} is not over yet."),
                Text("어제까지의 날을 고르십시오.", "Choose days up to yesterday."),
            )
        )
    if not book.members:
        found.append(
            Finding(
                "members",
                Text("가상발전소에 속한 지붕이 없습니다.", "No roof is in the pool."),
                Text("참여 자원에서 지붕을 넣어 주십시오.", "Bring roofs in on the register."),
            )
        )
    if book.rounding is None:
        found.append(
            Finding(
                "rounding",
                Text(
                    "1원 미만을 어떻게 다루는지 정해지지 않았습니다 [U].",
                    "How a fraction of a won is treated is not known [U].",
                ),
                Text(
                    "전력거래소의 정산 통지에서 확인해 참여 자원에 적어 주십시오.",
                    "Read it from the market operator's settlement notice and enter it on the register.",
                ),
            )
        )
    if book.contract() is None:
        found.append(
            Finding(
                "cuts",
                Text("수익 배분율이 없습니다.", "The shares of revenue are not entered."),
                Text("지붕 계약에 따라 참여 자원에 적어 주십시오.", "Enter them from the roof contracts."),
            )
        )
    for one in PAPERS.newest(conn, subject=POOL):
        if one.period != name and one.body.first <= last and first <= one.body.last:
            found.append(
                Finding(
                    "first",
                    Text(
                        f"{one.period} 정산과 날이 겹칩니다.",
                        f"Some of these days are in the settlement of {one.period}.",
                    ),
                    Text(
                        "겹치지 않는 날을 고르거나 그 정산을 고치십시오.",
                        "Choose other days, or restate that one.",
                    ),
                )
            )
    return found


def _lacking(days: Sequence[PoolDay], made: PoolStatement, prices: Prices) -> list[Finding]:
    """What is missing and who gives it; a settlement may become final without it, and says so."""
    found = []

    def lack(where: str, problem: Text, remedy: Text) -> None:
        found.append(Finding(where, problem, remedy, "warning"))

    unpriced = sum(
        bool(np.nansum(one.made[:, at]) > 0) and int(one.start[at]) not in prices.smp
        for one in days
        for at in range(len(one.start))
    )
    if unpriced:
        lack(
            "smp",
            Text(
                f"발전한 {unpriced}시간의 계통한계가격(SMP)이 없습니다.",
                f"{unpriced} hours with output have no system marginal price.",
            ),
            Text("전력거래소의 가격을 가격표에 넣어 주십시오.", "Enter the market operator's prices."),
        )
    if prices.certificate is None:
        lack(
            "rec",
            Text("이 달의 REC 가격이 없습니다.", "The month has no price of certificates."),
            Text("판 값이나 계약 단가를 가격표에 넣어 주십시오.", "Enter what they were sold for."),
        )
    unweighed = [one.name for one in made.plants if one.issued is None]
    if unweighed:
        some = ", ".join(unweighed[:3])
        lack(
            "weight",
            Text(
                f"REC 가중치를 모르는 설비 {len(unweighed)}곳: {some}",
                f"The certificate weight of {len(unweighed)} plants is not known: {some}",
            ),
            Text(
                "공급인증서의 가중치를 참여 자원에 적어 주십시오.", "Enter those printed on the certificates."
            ),
        )
    missing = sum(one.missing for one in made.plants)
    worst = sorted((one for one in made.plants if one.missing), key=lambda one: -one.missing)
    if missing:
        most = ", ".join(f"{one.name} ({one.missing})" for one in worst[:3])
        lack(
            "meters",
            Text(
                f"계량되지 않은 설비·시간 {missing:,}건 – {most}. 그 시간의 예측 정산금은 없습니다.",
                f"{missing:,} plant-hours were not metered: {most}. Those hours have no forecast payment.",
            ),
            Text("늦은 자료가 오면 정산을 고칠 수 있습니다.", "When late data come it can be restated."),
        )
    untold = [one.day for one in days if np.isnan(one.told).all()]
    if untold:
        lack(
            "forecast",
            Text(
                f"두 마감에 모두 제출하지 않은 날이 {len(untold)}일 있습니다.",
                f"On {len(untold)} days no forecast was handed in at both gates.",
            ),
            Text(
                "그런 날 시장이 어떻게 하는지는 알려지지 않았습니다 [U].",
                "What the market then does is not known [U].",
            ),
        )
    return found


def _carried(conn: Connection, first: date) -> dict[str, Decimal]:
    """What each plant had left over of certificates in the last settlement before these days."""
    before = [one.body for one in PAPERS.newest(conn, subject=POOL) if one.body.last < first]
    found: dict[str, Decimal] = {}
    for body in sorted(before, key=lambda one: one.last):
        found |= {one.plant: one.carried for one in body.plants}
    return found
