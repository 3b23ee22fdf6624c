"""The pool's register and the market's prices: what the desk is told, by whom and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import HOUR_MS, SEOUL, Period, milliseconds
from sandan.energy.engine.months import first_day, month_of, moved, period_of
from sandan.energy.engine.vpp.books import (
    MEMBER_COLUMNS,
    PRICE_COLUMNS,
    member_rows,
    price_rows,
    read_members,
    read_prices,
    read_rows,
    read_terms,
)
from sandan.energy.model.pool import POOL, MarketPrice, Member, PoolBook, RevenueLine
from sandan.energy.model.rights import SEE, TRADE
from sandan.energy.records.vpp import prices_between, put_prices
from sandan.energy.service.registers import Edition, Register
from sandan.errors import NotAllowed
from sandan.sheets import decode, sheet_text
from sandan.store import Store
from sandan.twin.model import Thing
from sandan.words import Text

BOOK = Register("vpp.pool", PoolBook(), TRADE, "PoolBookChanged")
MOST_BYTES = 20_000_000
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Roof:
    """A solar roof of the twin, its owner, and its place in the pool."""

    thing: Thing
    owner: Thing | None
    """None for the roofs of the complex itself."""
    capacity: float | None
    """As the twin says [kW]."""
    member: Member | None


@dataclass(frozen=True, slots=True)
class PoolRegister:
    """The register as people look at it."""

    edition: Edition[PoolBook]
    roofs: Sequence[Roof]

    @property
    def members(self) -> Sequence[Roof]:
        return [one for one in self.roofs if one.member is not None]


@dataclass(frozen=True, slots=True)
class Prices:
    """Market prices of a stretch of time as they are known."""

    smp: Mapping[int, float]
    """[won/kWh] by the start of the hour [ms]: the hour's own, else its month's."""
    certificate: float | None
    """Of the last month [won]."""
    simulated: bool


def require_staff(actor: Actor) -> None:
    """The desk is the complex's: a firm has its own page."""
    actor.require(SEE)
    if actor.tenant is not None:
        raise NotAllowed(
            Text("단지 운영자만 볼 수 있습니다.", "This is for the operator of the complex only.")
        )


def book_in_force(store: Store, conn: Connection) -> Edition[PoolBook]:
    """The newest edition."""
    return BOOK.in_force(store, conn)


def pool_register(store: Store, actor: Actor) -> PoolRegister:
    """Every solar roof of the twin, and which of them are in."""
    require_staff(actor)
    with store.registry.read() as conn:
        edition = BOOK.in_force(store, conn)
        things = list(store.things.all(conn, {"pv"}))
        firms = {one.id: one for one in store.things.all(conn, {"firm"})}
    members = {one.plant: one for one in edition.body.members}
    roofs = [Roof(one, firms.get(one.tenant or ""), capacity_of(one), members.get(one.id)) for one in things]
    return PoolRegister(edition, sorted(roofs, key=lambda one: (one.member is None, one.thing.id)))


def capacity_of(roof: Thing) -> float | None:
    """What the twin says a roof can give [kW]."""
    given = roof.attributes.get("capacity")
    return float(given) if isinstance(given, (int, float)) and given > 0 else None


def save_terms(
    store: Store, actor: Actor, base: int, fields: Mapping[str, str], reason: str, now: datetime
) -> Edition[PoolBook]:
    """Keep area, rounding, shares and how forecasts are handed in."""
    actor.require(TRADE)
    with store.registry.read() as conn:
        book = BOOK.in_force(store, conn).body
    return BOOK.put(store, actor, base, read_terms(book, fields), reason, now)


def save_members(
    store: Store, actor: Actor, base: int, rows: Sequence[Mapping[str, str]], reason: str, now: datetime
) -> Edition[PoolBook]:
    """Keep who is in; roofs that no row names are out."""
    actor.require(TRADE)
    with store.registry.read() as conn:
        book = BOOK.in_force(store, conn).body
        roofs = {one.id for one in store.things.all(conn, {"pv"})}
    changed = replace(book, members=read_members(rows, roofs), simulated=False)
    return BOOK.put(store, actor, base, changed, reason, now)


def import_members(
    store: Store, actor: Actor, base: int, data: bytes, reason: str, now: datetime
) -> Edition[PoolBook]:
    """Keep who is in, from a CSV file."""
    rows = read_rows(decode(data, MOST_BYTES), MEMBER_COLUMNS)
    return save_members(store, actor, base, rows, reason, now)


def export_members(store: Store, actor: Actor) -> str:
    """Who is in, as a sheet that can be imported again."""
    require_staff(actor)
    with store.registry.read() as conn:
        return sheet_text(member_rows(BOOK.in_force(store, conn).body.members))


def save_prices(store: Store, actor: Actor, rows: Sequence[Mapping[str, str]], now: datetime) -> int:
    """Keep prices of the market; how many they were."""
    actor.require(TRADE)
    keep_prices(store, actor, read_prices(rows), now)
    return len(rows)


def import_prices(store: Store, actor: Actor, data: bytes, now: datetime) -> int:
    """Keep prices from a CSV file, all or none."""
    return save_prices(store, actor, read_rows(decode(data, MOST_BYTES), PRICE_COLUMNS), now)


def keep_prices(store: Store, actor: Actor, prices: Sequence[MarketPrice], now: datetime) -> None:
    """Keep prices that have been read; an event says how many and from where."""
    with store.registry.write() as conn:
        put_prices(conn, prices, actor.id, now)
        store.events.append(
            conn,
            "MarketPricesEntered",
            actor=actor,
            subject=POOL,
            payload={"count": len(prices), "source": prices[0].source if prices else ""},
            at=now,
        )


def export_prices(store: Store, actor: Actor) -> str:
    """All prices as a sheet that can be imported again."""
    require_staff(actor)
    with store.registry.read() as conn:
        return sheet_text(price_rows(prices_between(conn, BEGINNING, datetime(2200, 1, 1, tzinfo=UTC))))


def recent_prices(store: Store, actor: Actor, now: datetime) -> Sequence[MarketPrice]:
    """Prices of this month and the one before, newest first."""
    require_staff(actor)
    since = period_of(moved(month_of(now), -1)).start
    with store.registry.read() as conn:
        return prices_between(conn, since, now + timedelta(days=62))[::-1]


def prices_of(conn: Connection, first: date, last: date) -> Prices:
    """What is known of the prices of these days, both included."""
    begin, end = Period.day(first).start, Period.day(last).end
    found = prices_between(conn, period_of(month_of(begin)).start, end)
    months = {one.start: one for one in found if one.monthly and one.line is RevenueLine.ENERGY}
    hours = {one.start: one for one in found if not one.monthly}
    smp: dict[int, float] = {}
    used: list[MarketPrice] = []
    for at in range(milliseconds(begin), milliseconds(end), HOUR_MS):
        one = hours.get(at) or months.get(_month_start(at))
        if one is not None:
            smp[at] = one.value
            used.append(one)
    month = _month_start(milliseconds(end) - 1)
    rec = [one for one in found if one.line is RevenueLine.CERTIFICATES and one.start == month]
    return Prices(smp, rec[0].value if rec else None, any(one.simulated for one in (*used, *rec)))


def _month_start(ms: int) -> int:
    local = datetime.fromtimestamp(ms / 1000, SEOUL)
    return milliseconds(Period.day(first_day((local.year, local.month))).start)
