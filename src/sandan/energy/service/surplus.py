"""A period's surplus and need as read, shared by the rule agreed and, beside it, by every other rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL, Period, instant, milliseconds
from sandan.energy.engine.months import first_day, last_day, period_of, read_month
from sandan.energy.engine.sharing import Label, Settled, net_energy, share_surplus, state_sharing
from sandan.energy.model.circulation import (
    Member,
    SharedPart,
    SharingAgreement,
    SharingStatement,
    Wiring,
)
from sandan.energy.model.rates import SLOT_HOURS, SLOT_MS, Floats
from sandan.energy.model.rights import SEE
from sandan.energy.model.sharing import Rule, SharingParams, SharingProblem
from sandan.energy.service.grid_prices import grid_prices
from sandan.energy.service.readings import ENERGY, mean_powers, read_energies, starts_of
from sandan.energy.service.registers import Edition
from sandan.energy.service.sharing import AGREEMENT, feeder_of, in_force_on, lacking
from sandan.errors import Finding, InvalidInput
from sandan.store import Store
from sandan.twin.model import Thing
from sandan.words import Text

GENERATION = "generation_energy"
MONTH, DAY = 7, 10
"""Letters of `2026-11` and of `2026-11-20`."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Quarter-hours under one edition, read."""

    edition: Edition[SharingAgreement]
    problem: SharingProblem
    exact: bool
    """Whether prices are known; without them there are energies only."""


@dataclass(frozen=True, slots=True)
class Readings:
    """What could be read of a period, and what could not."""

    text: str
    whole: Period
    pieces: Sequence[Piece]
    findings: Sequence[Finding]
    members: Mapping[str, Label]
    feeders: Mapping[str, Label]
    simulated: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """A period shared: as agreed, and by each rule that could be."""

    read: Readings
    rules: frozenset[Rule]
    """Those agreed; more than one when the agreement changed on the way."""
    agreed: SharingStatement | None
    """None while something is missing."""
    by_rule: Mapping[Rule, SharingStatement]
    settled: Sequence[Settled]


@dataclass(frozen=True, slots=True)
class Courses:
    """Quarter-hours of some members together [kWh, n]; NaN where nobody was read, or nothing is settled."""

    start: int
    """[ms UTC]."""
    surplus: Floats
    need: Floats
    given: Floats
    received: Floats


def period_named(text: str) -> tuple[Period, date, date]:
    """`2026-11` or `2026-11-20` with its first and last day; `InvalidInput` for anything else."""
    if len(text) == DAY:
        try:
            day = date.fromisoformat(text)
            return Period.day(day), day, day
        except ValueError:
            pass
    month = read_month(text)
    return period_of(month), first_day(month), last_day(month)


def read_period(
    store: Store, conn: Connection, text: str, as_of: datetime, *, newest: int | None = None
) -> Readings:
    """The quarter-hours of a month or day that have ended, edition by edition, as known at `as_of`.

    `newest` leaves later editions of the agreement out.
    """
    whole, first, last = period_named(text)
    end = min(whole.end, instant(milliseconds(as_of) // SLOT_MS * SLOT_MS))
    editions = AGREEMENT.editions(store, conn)[: None if newest is None else newest + 1]
    things = {one.id: one for one in store.things.all(conn, {"meter", "firm", "feeder", "pv"})}
    lines = feeder_of(store, conn)
    pieces: list[Piece] = []
    findings: list[Finding] = []
    for edition, span in _stretches(editions, first, last, end):
        known = [one for one in edition.body.members if one.meter in things and one.meter in lines]
        findings += [_gone(one) for one in edition.body.members if one not in known]
        piece, faults = _read(store, conn, edition, known, lines, things, span, as_of)
        findings += [one for one in faults if one not in findings]
        if piece is not None:
            pieces.append(piece)
    members = {id: _label(things, id) for one in pieces for id in one.problem.members}
    feeders = {
        id: Label(things[id].name, limit=_capacity(things[id]))
        for one in pieces
        for id in one.problem.feeders
    }
    simulated = any(things[id].simulated for id in members) or any(
        one.edition.body.simulated for one in pieces
    )
    return Readings(text, whole, pieces, findings, members, feeders, simulated)


def preview(store: Store, actor: Actor, text: str, now: datetime, *, others: bool = True) -> Preview:
    """A month or day as it would be settled by what is known now; with `others`, by the other rules too.

    The other rules are for staff: what they would give one tells of the rest.
    """
    actor.require(SEE)
    others = others and actor.tenant is None
    with store.registry.read() as conn:
        read = read_period(store, conn, text, now)
    return share(read, others=others)


def share(read: Readings, *, others: bool = True) -> Preview:
    """Share what was read."""
    rules = frozenset(one.edition.body.rule for one in read.pieces if one.edition.body.rule is not None)
    found = Preview(read, rules, None, {}, ())
    settled = settle(read.pieces) if read.pieces and all(one.exact for one in read.pieces) else None
    if settled is None:
        return found
    agreed = state_sharing(settled, read.members, read.feeders)
    by_rule = dict.fromkeys(rules, agreed) if len(rules) == 1 else {}
    for rule in Rule if others else ():
        if rule not in by_rule and (made := settle(read.pieces, rule)) is not None:
            by_rule[rule] = state_sharing(made, read.members, read.feeders)
    return replace(
        found,
        agreed=agreed,
        by_rule={rule: by_rule[rule] for rule in Rule if rule in by_rule},
        settled=settled,
    )


def courses(found: Preview, firm: str | None = None) -> Courses | None:
    """The course of all members together, or of one firm's; None where nothing was read."""
    pieces = found.read.pieces
    if not pieces:
        return None
    begin, end = int(pieces[0].problem.start[0]), int(pieces[-1].problem.start[-1])
    made = Courses(begin, *(np.full((end - begin) // SLOT_MS + 1, np.nan) for _ in range(4)))
    for k, piece in enumerate(pieces):
        problem = piece.problem
        mine = [
            at for at, id in enumerate(problem.members) if firm is None or found.read.members[id].firm == firm
        ]
        there = (problem.start - begin) // SLOT_MS
        net = problem.net[mine]
        known = np.isfinite(net).any(axis=0)
        made.surplus[there] = np.where(known, np.nansum(np.maximum(net, 0), axis=0), np.nan)
        made.need[there] = np.where(known, np.nansum(np.maximum(-net, 0), axis=0), np.nan)
        if found.settled:
            result = found.settled[k].result
            made.given[there] = np.where(known, result.given[mine].sum(axis=0) / 1000, np.nan)
            made.received[there] = np.where(known, result.received[mine].sum(axis=0) / 1000, np.nan)
    return made


def settle(pieces: Sequence[Piece], rule: Rule | None = None) -> list[Settled] | None:
    """Every piece by one rule, or by its own; None where that needs a figure nobody told."""
    settled = []
    for one in pieces:
        terms = one.edition.body
        by = rule or terms.rule
        if by is None or terms.loss_within is None or terms.loss_between is None:
            return None
        price = terms.price if by in (Rule.PRO_RATA, Rule.FEEDER_FIRST) else None
        if price is None and by in (Rule.PRO_RATA, Rule.FEEDER_FIRST):
            return None
        params = SharingParams(by, terms.loss_within, terms.loss_between, price)
        result = share_surplus(one.problem, params)
        begin, end = int(one.problem.start[0]), int(one.problem.start[-1]) + SLOT_MS
        part = SharedPart(
            begin,
            end,
            one.edition.version,
            by,
            price,
            terms.loss_within,
            terms.loss_between,
            result.inputs,
        )
        settled.append(Settled(part, one.problem, result))
    return settled


def _stretches(
    editions: Sequence[Edition[SharingAgreement]], first: date, last: date, end: datetime
) -> list[tuple[Edition[SharingAgreement], Period]]:
    """The days of a period by the edition they fall under; days before any are not there."""
    found: list[tuple[Edition[SharingAgreement], Period]] = []
    day = first
    while day <= last:
        held, span = in_force_on(editions, day), Period.day(day)
        if held is not None and held.body.members and span.start < end:
            span = Period(span.start, min(span.end, end))
            if found and found[-1][0].version == held.version and found[-1][1].end == span.start:
                found[-1] = (held, Period(found[-1][1].start, span.end))
            else:
                found.append((held, span))
        day += timedelta(days=1)
    return found


def _read(
    store: Store,
    conn: Connection,
    edition: Edition[SharingAgreement],
    members: Sequence[Member],
    lines: Mapping[str, str],
    things: Mapping[str, Thing],
    span: Period,
    as_of: datetime,
) -> tuple[Piece | None, Sequence[Finding]]:
    start = starts_of(span)
    if not len(start) or not members:
        return None, ()
    meters = [one.meter for one in members]
    net = _net(store, conn, members, span, as_of)
    findings = lacking(edition.body)
    try:
        names = {one: _label(things, one).name for one in meters}
        bid = grid_prices(store, conn, meters, start, names)
    except InvalidInput as error:
        bid = np.zeros(net.shape)
        findings += error.findings
    ask = np.zeros(net.shape)
    for at, one in enumerate(members):
        ask[at] = (one.export if one.export is not None else edition.body.export) or 0.0
    feeders = tuple(sorted({lines[one] for one in meters}))
    limits = np.full((len(feeders), len(start)), np.inf)
    for at, id in enumerate(feeders):
        capacity = _capacity(things[id])
        if capacity is not None:
            limits[at] = capacity * SLOT_HOURS
    where = np.array([feeders.index(lines[one]) for one in meters], dtype=np.int64)
    problem = SharingProblem(start, tuple(meters), feeders, where, net, bid, ask, limits, limits)
    return Piece(edition, problem, not findings), findings


def _net(store: Store, conn: Connection, members: Sequence[Member], span: Period, as_of: datetime) -> Floats:
    """What each has over or needs [kWh, members × n]."""
    meters = [one.meter for one in members]
    use = read_energies(store, conn, meters, ENERGY, span, as_of)
    behind = [at for at, one in enumerate(members) if one.wiring is Wiring.BEHIND]
    power = np.full(use.shape, np.nan)
    if behind:
        power[behind] = mean_powers(store, conn, [meters[at] for at in behind], span, as_of)
    roofs = sorted({roof for one in members if one.wiring is Wiring.BESIDE for roof in one.roofs})
    row = {id: at for at, id in enumerate(roofs)}
    made = read_energies(store, conn, roofs, GENERATION, span, as_of)
    net = np.empty(use.shape)
    for at, one in enumerate(members):
        own = [row[id] for id in one.roofs if id in row]
        net[at] = net_energy(one.wiring, use[at], made[own].sum(axis=0), power[at])
    return net


def _label(things: Mapping[str, Thing], meter: str) -> Label:
    thing = things[meter]
    firm = things.get(thing.tenant or "")
    return Label(firm.name if firm is not None else thing.name, thing.tenant or "")


def _capacity(feeder: Thing) -> float | None:
    given = feeder.attributes.get("capacity")
    return float(given) if isinstance(given, (int, float)) and given > 0 else None


def _gone(one: Member) -> Finding:
    return Finding(
        one.meter,
        Text(
            "계량기나 그 배전선로가 설비 자료에 없어 빠졌습니다.",
            "its meter or feeder is not in the twin: left out.",
        ),
        Text("설비 자료를 고치거나 협약에서 빼십시오.", "mend the things, or take it out of the agreement."),
    )


def this_month(now: datetime) -> str:
    """`2026-11`."""
    local = now.astimezone(SEOUL)
    return f"{local.year}-{local.month:02}"
