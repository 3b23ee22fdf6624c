"""Permits as they are kept, held against each other and what is around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from shapely import Point as Spot
from shapely.geometry.base import BaseGeometry
from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.control.engine.permits import check_permits, is_dark, permit_rules
from sandan.control.engine.permits.circumstances import meet_surroundings
from sandan.control.model.permits import (
    ENTRY,
    AlarmNear,
    Conflict,
    Installation,
    Permit,
    PermitCheck,
    PermitParams,
    Weight,
)
from sandan.control.model.safety import LIVE, PermitState, WorkPermit
from sandan.control.records import safety as records
from sandan.control.service.alarms.lists import Line
from sandan.control.service.permits.around import Around, geometry_of, look_around
from sandan.errors import NotFound
from sandan.store import Store
from sandan.twin.geometry import LocalMetres
from sandan.words import Language, Text

OTHERS_WORK = Text("다른 기업의 작업", "another firm's work")
NO_ENTRY = "no_entry"
BLOCKING = frozenset({Weight.STOP, Weight.HOLD})


@dataclass(frozen=True, slots=True)
class Standing:
    """A conflict as it bears on one permit.

    `blocks`: it stands in the way of granting now; not when the other work is only asked for itself.
    """

    conflict: Conflict
    blocks: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """By permit what stands against it, the gravest first; what was not checked, and which forecast was."""

    standings: Mapping[str, Sequence[Standing]]
    notes: Sequence[Text]
    foretold: Text | None = None

    def of(self, id: str) -> Sequence[Standing]:
        return self.standings.get(id, ())

    def blocking(self, id: str) -> list[Conflict]:
        return [one.conflict for one in self.of(id) if one.blocks]

    def news(self, work: WorkPermit) -> list[Conflict]:
        """What blocks a permit and was not accepted when it was granted."""
        return [one for one in self.blocking(work.id) if matter_of(one) not in work.accepted]

    def gravest(self, id: str) -> Weight | None:
        return self.of(id)[0].conflict.weight if self.of(id) else None


class PermitDesk:
    """The settings of permits and where open alarms are read; called from many threads."""

    def __init__(self, store: Store, params: PermitParams, lines: Callable[[], Sequence[Line]]) -> None:
        self.store = store
        self.params = params
        self._lines = lines

    def around(self, viewer: Actor, language: Language, now: datetime) -> Around:
        """What is around any work now, as this viewer may be told."""
        return look_around(self.store, self._lines(), self.params, viewer, language, now)

    def check(self, viewer: Actor, language: Language, now: datetime) -> Checked:
        """Every permit asked for or granted that is not over, against everything, in a viewer's words."""
        around = self.around(viewer, language, now)
        with self.store.registry.read() as conn:
            return self.check_in(conn, around, viewer, language, now)

    def check_in(
        self, conn: Connection, around: Around, viewer: Actor, language: Language, now: datetime
    ) -> Checked:
        """The same in a transaction that is open, with what was seen around before it began.

        A firm reads of another's work its kind, distance and hours, which it must know to be safe, and
        not what or whose it is.
        """
        longest = max(self.params.after.values(), default=None)
        since = now if longest is None else now - longest
        works = records.find_permits(conn, states=LIVE, ending_after=since)
        if not works:
            return Checked({}, ())
        flat = LocalMetres((works[0].lon, works[0].lat))
        permits = [
            _as_permit(
                one,
                _place(self.store, conn, one, flat),
                one.name if owns(viewer, one) else OTHERS_WORK.in_(language),
            )
            for one in works
        ]
        granted = {one.id for one in works if one.state is PermitState.GRANTED}
        told = self._engine(permits, around, flat, now)
        # An entry that is only asked for lets nobody in.
        entered = [one for one in permits if one.kind != ENTRY or one.id in granted]
        entry = self._engine(entered, around, flat, now)
        found = [one for one in told.conflicts if one.rule != NO_ENTRY]
        found += [one for one in entry.conflicts if one.rule == NO_ENTRY]
        notes = [*told.notes, *_unmeasured(around, works)]
        return Checked(_by_permit(found, granted), notes, around.foretold)

    def near(self, viewer: Actor, language: Language, now: datetime) -> list[Conflict]:
        """What others are granted so near to something of this firm's that a rule asks for care, whether or
        not they take it: kind, distance and hours, and neither whose it is nor what."""
        if viewer.tenant is None:
            return []
        rules = permit_rules().surroundings
        with self.store.registry.read() as conn:
            works = records.find_permits(conn, states={PermitState.GRANTED}, ending_after=now)
            others = [one for one in works if not owns(viewer, one)]
            own = [
                one
                for one in self.store.things.all(conn, sorted({rule.thing for rule in rules}))
                if one.tenant == viewer.tenant and one.geometry is not None
            ]
            if not others or not own:
                return []
            flat = LocalMetres((others[0].lon, others[0].lat))
            permits = [
                replace(
                    _as_permit(one, _place(self.store, conn, one, flat), _kind_of(one).in_(language)),
                    provisions=frozenset(),
                )
                for one in others
            ]
        things = [
            Installation(one.id, one.kind, one.name, flat.flatten(one.geometry))
            for one in own
            if one.geometry is not None
        ]
        found = meet_surroundings(permits, rules, things)
        return sorted(found, key=lambda one: (one.start, one.rule, one.other or ""))

    def _engine(
        self, permits: Sequence[Permit], around: Around, flat: LocalMetres, now: datetime
    ) -> PermitCheck:
        return check_permits(
            permits,
            now=now,
            weather=around.weather,
            alarms=[
                AlarmNear(a.id, a.name, a.quantity, flat.flatten(a.place), a.raised) for a in around.alarms
            ],
            installations=[
                Installation(i.id, i.kind, i.name, flat.flatten(i.place)) for i in around.installations
            ],
            params=self.params,
        )


def matter_of(conflict: Conflict) -> str:
    """What a conflict is about, whenever it is: somebody who accepts it accepts no other."""
    return " ".join((conflict.rule, conflict.other or "", *sorted(conflict.permits))).strip()


def _kind_of(work: WorkPermit) -> Text:
    name = permit_rules().kinds[work.kind].name
    return Text(f"다른 기업의 {name.ko}", f"another firm's {name.en.lower()}")


def owns(viewer: Actor, work: WorkPermit) -> bool:
    """Whether a permit is this viewer's to see: staff see all, a firm only its own."""
    return viewer.tenant is None or viewer.tenant == work.tenant


def _by_permit(found: Sequence[Conflict], granted: set[str]) -> dict[str, list[Standing]]:
    order = {Weight.STOP: 0, Weight.HOLD: 1, Weight.NOTE: 2}
    standings: dict[str, list[Standing]] = {}
    for conflict in sorted(found, key=lambda one: (order[one.weight], one.start, one.rule)):
        for id in conflict.permits:
            others = set(conflict.permits) - {id}
            blocks = conflict.weight in BLOCKING and others <= granted
            standings.setdefault(id, []).append(Standing(conflict, blocks))
    return standings


def _as_permit(work: WorkPermit, place: BaseGeometry, name: str) -> Permit:
    """As the engine takes it; a post is a watcher of its own with each contractor or firm."""
    of = work.contractor or work.tenant or ""
    return Permit(
        work.id,
        work.kind,
        name,
        place,
        work.start,
        work.end,
        work.tenant,
        work.contractor or None,
        work.outdoors,
        work.outdoors and is_dark(work.start.astimezone(UTC), work.end.astimezone(UTC), work.lon, work.lat),
        frozenset(work.provisions),
        frozenset(f"{of}/{post}" for post in work.watchers),
        work.tests,
    )


def _place(store: Store, conn: Connection, work: WorkPermit, flat: LocalMetres) -> BaseGeometry:
    """In metres: the thing it is at, or its point, with as far around it as the work reaches."""
    shape: BaseGeometry | None = None
    if work.thing is not None:
        try:
            shape = geometry_of(store, conn, store.things.get(conn, work.thing))
        except NotFound:
            shape = None  # it was taken down since; its point stays
    drawn = flat.flatten(Spot(work.lon, work.lat) if shape is None else shape)
    return drawn.buffer(work.radius) if work.radius > 0 else drawn


def _unmeasured(around: Around, works: Sequence[WorkPermit]) -> list[Text]:
    if not around.weather or not around.unmeasured or not any(one.outdoors for one in works):
        return []
    ko = "·".join(one.ko for one in around.unmeasured)
    en = ", ".join(one.en.lower() for one in around.unmeasured)
    return [
        Text(
            f"재는 측정소가 없어 확인하지 않았습니다: {ko}",
            f"Not checked, because no station measures it: {en}",
        )
    ]
