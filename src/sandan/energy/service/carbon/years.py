"""One firm's year of emissions as known now, with its evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL, milliseconds
from sandan.energy.engine.carbon import (
    Standing,
    coverage_of,
    fit_proofs,
    gather,
    make_inventory,
    standings,
    year_of,
)
from sandan.energy.model.carbon import (
    Activity,
    Evidence,
    FactorBook,
    Inventory,
    Place,
    Purpose,
    Threshold,
)
from sandan.energy.model.declared import CarbonStatement, DeclaredProof, DeclaredUse
from sandan.energy.model.papers import Paper, PaperKind
from sandan.energy.model.rights import SEE
from sandan.energy.records.declared import proofs_of, uses_of, years_declared
from sandan.energy.service.carbon.factors import book_by, factors_now, thresholds_by
from sandan.energy.service.carbon.reading import Sampled, read_samples
from sandan.energy.service.papers import Papers
from sandan.errors import Finding, InvalidInput, NotFound
from sandan.store import Store
from sandan.twin.model import Thing
from sandan.words import Text

STATEMENTS = Papers(PaperKind.CARBON, CarbonStatement, "CarbonLocked")


@dataclass(frozen=True, slots=True)
class Reckoned:
    """One firm's year before anybody looks at it: what it used, and what that comes to by purpose."""

    inventories: Mapping[Purpose, Inventory]
    """Empty where `findings` say why."""
    activities: Sequence[Activity]
    set_aside: Sequence[DeclaredUse]
    """Documents that do not count, as a meter told the same time."""
    left: Mapping[str, float]
    """Of a proof, what nothing was used for [MWh]."""
    findings: Sequence[Finding]
    coverage: float
    """Share of the year that is known of electricity, averaged over its facilities; 0 without any."""


@dataclass(frozen=True, slots=True)
class Year:
    """A year in Seoul as far as it has gone."""

    number: int
    begin: int
    end: int
    until: int
    """Now, or its end [ms]."""

    @property
    def running(self) -> bool:
        return self.until < self.end

    @property
    def begun(self) -> bool:
        return self.until > self.begin

    @property
    def gone(self) -> float:
        """Share of the year that is over."""
        return max(0, self.until - self.begin) / (self.end - self.begin)


@dataclass(frozen=True, slots=True)
class FirmYear:
    """What a firm and the staff see of one year."""

    firm: Thing
    year: Year
    reckoned: Reckoned
    uses: Sequence[DeclaredUse]
    proofs: Sequence[DeclaredProof]
    places: Sequence[Place]
    """Where electricity is metered."""
    standings: Sequence[Standing]
    judged: Purpose
    """By which figures the standings were judged."""
    papers: Mapping[Purpose, Sequence[Paper[CarbonStatement]]]
    edition: int
    simulated: bool

    @property
    def measured(self) -> float | None:
        """Share of the time gone that is known of electricity; None without any."""
        return min(1.0, self.reckoned.coverage / self.year.gone) if self.places and self.year.gone else None


def read_year(number: int, now: datetime) -> Year:
    """The year, cut at now; `InvalidInput` for one that no clock here will see."""
    if not 2000 <= number <= 2199:
        raise InvalidInput.because(
            "year",
            Text(f"{number}년은 볼 수 없습니다.", f"there is no year {number} here."),
            Text("예: 2026", "for example 2026"),
        )
    begin, end = year_of(number)
    return Year(number, begin, end, min(end, milliseconds(now)))


def years_known(store: Store, conn: Connection, now: datetime, firm: str | None = None) -> list[int]:
    """Years to choose from, newest first: this and the last, and all since the first document."""
    this = now.astimezone(SEOUL).year
    first = min([this - 1, *years_declared(conn, firm)])
    return list(range(this, first - 1, -1))


def find_firm(store: Store, conn: Connection, actor: Actor, id: str) -> Thing:
    """A firm this actor may see; a firm is told of another that there is none."""
    actor.require(SEE)
    thing = store.things.get(conn, id)
    if thing.kind != "firm" or (actor.tenant is not None and actor.tenant != id):
        raise NotFound(Text("기업", "firm"), id)
    return thing


def period_text(year: int, purpose: Purpose) -> str:
    """`2026-esg`: what a locked inventory is about."""
    return f"{year}-{purpose}"


def firm_year(store: Store, conn: Connection, actor: Actor, id: str, number: int, now: datetime) -> FirmYear:
    """One firm's year as known now."""
    firm = find_firm(store, conn, actor, id)
    year = read_year(number, now)
    edition = factors_now(store, conn)
    factors = book_by(edition, now.astimezone(SEOUL).date())
    uses, proofs = uses_of(conn, number, id), proofs_of(conn, number, id)
    sampled = read_samples(store, conn, {id: firm}, year.begin, year.until, now)
    reckoned = reckon(sampled, id, uses, proofs, factors, year, list(Purpose))
    judged, standing = _stand(reckoned, thresholds_by(edition))
    papers = {purpose: STATEMENTS.versions(conn, id, period_text(number, purpose)) for purpose in Purpose}
    return FirmYear(
        firm,
        year,
        reckoned,
        uses,
        proofs,
        sorted(sampled.metered.get(id, ())),
        standing,
        judged,
        papers,
        edition.version,
        firm.simulated or sampled.simulated or any(one.simulated for one in uses),
    )


def reckon(
    sampled: Sampled,
    firm: str,
    uses: Sequence[DeclaredUse],
    proofs: Sequence[DeclaredProof],
    factors: FactorBook,
    year: Year,
    purposes: Sequence[Purpose],
) -> Reckoned:
    """A firm's inventories from what was measured of it and what it declared."""
    points = sampled.metered.get(firm, {})
    found = gather(sampled.by_firm.get(firm, ()), uses, points, sampled.read)
    heard = {one.place for one in found.activities if one.carrier == "electricity"}
    silent = [
        Activity(place, "electricity", 0.0, "kWh", Evidence(point, year.begin, year.end, sampled.read), 0.0)
        for place, point in points.items()
        if place not in heard and year.begun
    ]
    activities = (*found.activities, *silent)
    instruments, left = fit_proofs(activities, proofs)
    power: dict[Place, list[Activity]] = defaultdict(list)
    for one in activities:
        if one.carrier == "electricity":
            power[one.place].append(one)
    shares = [coverage_of(ones, year.begin, year.end) for ones in power.values()]
    known = sum(shares) / len(shares) if shares else 0.0
    try:
        made = {
            purpose: make_inventory(activities, factors, purpose, year.number, instruments)
            for purpose in purposes
        }
    except InvalidInput as error:
        return Reckoned({}, activities, found.set_aside, left, error.findings, known)
    return Reckoned(made, activities, found.set_aside, left, (), known)


def _stand(reckoned: Reckoned, table: Sequence[Threshold]) -> tuple[Purpose, Sequence[Standing]]:
    """Duties are judged by the figures for trading; where those are not known, by those for disclosure."""
    ets = reckoned.inventories.get(Purpose.ETS)
    judged = Purpose.ETS if ets is not None and ets.complete else Purpose.ESG
    found = reckoned.inventories.get(judged)
    return judged, standings(found, table) if found else ()
