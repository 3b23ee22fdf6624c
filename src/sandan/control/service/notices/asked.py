"""What the procedure asks to tell at a level: offered to a person, sent by itself where it says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import SYSTEM, Actor
from sandan.control.engine.notices.asking import asked_groups
from sandan.control.engine.notices.selection import OUTER, group_of
from sandan.control.engine.notices.steps import first_steps
from sandan.control.model.incidents import ACTIVE, Case, Incident, Task
from sandan.control.model.incidents.procedures import EVERY
from sandan.control.model.notices import CallOutcome, Notice, Phase, Request, Subject
from sandan.control.model.rights import OPERATE
from sandan.control.records.incidents import cases, procedures
from sandan.control.records.notices import calls, contact_book, messages
from sandan.control.service.incidents.reading import subject_of
from sandan.control.service.notices.choosing import with_participants
from sandan.control.service.notices.desk import Desk
from sandan.control.service.notices.subjects import HAZARD, firms_near, firms_within, zone_around
from sandan.control.service.notices.telling import Preview, preview, tell, tell_in
from sandan.errors import InvalidInput, NotFound
from sandan.store import Store
from sandan.words import Text

Reached = Callable[[], frozenset[str]]
"""Finds the firms in the hazard area of an incident."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One telling that is asked for: whom it would reach, and which groups nobody in the book stands for.

    `computed`: neighbours are the firms of the hazard area, not those of the zone. `steps` are the tasks that
    are done when it has arrived.
    """

    phase: Phase
    groups: tuple[str, ...]
    key: str
    shown: Sequence[Preview]
    absent: tuple[str, ...]
    computed: bool = False
    steps: tuple[int, ...] = ()


def read_asks(
    store: Store, actor: Actor, case: Case, desk: Desk, now: datetime, reached: Reached = frozenset
) -> list[Ask]:
    """What is to be told of an incident under way, and has not been; nothing for who may not tell.

    `reached` finds the firms in its hazard area, and is asked only when neighbours are to be told; without
    an area they are those of the same zone. A drill is announced to those who take part before anything else.
    """
    if not case.incident.active or not actor.may(OPERATE):
        return []
    with store.registry.read() as conn:
        subject = with_participants(conn, store, subject_of(case.incident))
        notices = messages.find_notices(conn, case.incident.id)
        told = _told(conn, subject, notices)
        rounds = len(messages.find_tellings(conn, case.incident.id))
    wanted = asked_groups(case.incident, case.tasks, told)
    firms: frozenset[str] = frozenset()
    if OUTER.intersection(wanted):
        firms = reached()
        with store.registry.read() as conn:
            subject = _around(conn, store, subject, case.incident, firms)
    found = []
    for phase, groups in _phases(subject, wanted, notices):
        request = Request(phase, case.incident.level, groups=frozenset(groups))
        try:
            shown = preview(store, actor, subject, request, desk, now)
        except InvalidInput:
            shown = []
        there = {group_of(one.contact, subject) for one in shown}
        absent = tuple(group for group in groups if group not in there)
        key = f"asked-{subject.id}-{rounds}-{phase}"
        found.append(Ask(phase, groups, key, shown, absent, bool(firms), _done_by(case.tasks, groups)))
    return found


def _done_by(tasks: Sequence[Task], groups: Iterable[str]) -> tuple[int, ...]:
    """The open tasks that telling these groups what happened is for: those that tell one of them first."""
    first = first_steps(tasks)
    return tuple(
        one.number for one in tasks if one.open and any(first.get(group) == one.number for group in groups)
    )


@dataclass(frozen=True, slots=True)
class StepAsk:
    """The telling that a step means: what to say to whom, in which zones, and who is missing."""

    task: Task
    request: Request
    zones: tuple[str, ...]
    shown: Sequence[Preview]
    absent: tuple[str, ...]


def ask_of_step(
    store: Store,
    actor: Actor,
    case: Case,
    number: int,
    desk: Desk,
    now: datetime,
    *,
    stated: bool,
    reached: Reached = frozenset,
) -> StepAsk:
    """What choosing a step that tells opens; neighbours are those of the hazard area when it is `stated`."""
    task = next((one for one in case.tasks if one.number == number and one.tell), None)
    if task is None:
        raise NotFound(Text("알릴 곳이 있는 할 일", "task that tells somebody"), number)
    groups, zones, firms = frozenset(task.tell), tuple[str, ...](), frozenset[str]()
    with store.registry.read() as conn:
        subject = with_participants(conn, store, subject_of(case.incident))
        notices = messages.find_notices(conn, case.incident.id)
        zone = zone_around(store, conn, case.incident.place.thing)
    phase = Phase.ADVISE if groups & OUTER else _news(notices)
    if groups & OUTER:
        zones = (HAZARD,) if stated else (zone,) if zone else ()
        firms = reached() if stated else firms_within(store, zones)
    request = Request(phase, case.incident.level, groups=groups, steps=frozenset({number}))
    subject = replace(subject, area=firms)
    try:
        shown = preview(store, actor, subject, request, desk, now)
    except InvalidInput:
        shown = []
    there = {group_of(one.contact, subject) for one in shown}
    return StepAsk(task, request, zones, shown, tuple(one for one in task.tell if one not in there))


def tell_asked(
    store: Store,
    actor: Actor,
    incident: Incident,
    request: Request,
    desk: Desk,
    now: datetime,
    reached: Reached = frozenset,
) -> list[Notice]:
    """Send what was offered; the same offer pressed twice, or by two people, is one decision."""
    actor.require(OPERATE)
    firms = reached() if OUTER & request.groups else frozenset()
    with store.registry.read() as conn:
        subject = _around(conn, store, subject_of(incident), incident, firms)
    return tell(store, actor, subject, request, desk, now)


def _around(
    conn: Connection, store: Store, subject: Subject, incident: Incident, firms: frozenset[str]
) -> Subject:
    """The subject with the firms around it: those reached, else those of the zone it is in."""
    return replace(subject, area=firms or firms_near(store, conn, incident.place.thing))


def _told(conn: Connection, subject: Subject, notices: Iterable[Notice]) -> dict[str, datetime]:
    """When each group was last told: by a notice, or by a call that reached somebody."""
    book = {one.id: one for one in contact_book.read_contacts(conn)}
    said = [(one.contact, one.told) for one in notices if one.phase is not Phase.DRILL]
    said += [
        (one.contact, one.at)
        for one in calls.find_calls(conn, subject.id)
        if one.outcome is CallOutcome.REACHED
    ]
    found: dict[str, datetime] = {}
    for contact, at in said:
        if contact in book:
            group = group_of(book[contact], subject)
            found[group] = max(at, found.get(group, at))
    return found


def _phases(
    subject: Subject, groups: Sequence[str], notices: Sequence[Notice]
) -> list[tuple[Phase, tuple[str, ...]]]:
    """The phases that these groups are told in: those it concerns first, then those around it."""
    taking_part = subject.participants
    asked = [one for one in groups if taking_part is None or one in taking_part]
    inner = tuple(one for one in asked if one not in OUTER)
    outer = tuple(one for one in asked if one in OUTER)
    announced = not subject.drill or any(one.phase is Phase.DRILL for one in notices)
    if not announced:
        return [(Phase.DRILL, tuple(sorted((taking_part or frozenset(inner)) - OUTER)))]
    return [(phase, names) for phase, names in ((_news(notices), inner), (Phase.ADVISE, outer)) if names]


def _news(notices: Sequence[Notice]) -> Phase:
    return Phase.UPDATE if any(one.phase is not Phase.DRILL for one in notices) else Phase.FIRST


class Automatic:
    """Tells by itself what steps marked `auto` ask for, each once; a person sees it in the timeline."""

    def __init__(self, store: Store, desk: Desk) -> None:
        self._store, self._desk = store, desk
        self._steps: dict[int, frozenset[tuple[str, str]]] = {}
        self._refused: set[str] = set()

    def step(self, now: datetime) -> int:
        """Tell what is due now; how many decisions that were."""
        with self._store.registry.read() as conn:
            found = [one for one in cases.find_incidents(conn, states=ACTIVE) if self._marked(conn, one)]
        return sum(self._tell(one, now) for one in found)

    def _marked(self, conn: Connection, incident: Incident) -> bool:
        """Whether its version of the procedures, which never changes, has such a step for its kind."""
        if incident.procedure not in self._steps:
            book = procedures.read_book(conn, incident.procedure)
            steps = () if book is None else book.steps
            self._steps[incident.procedure] = frozenset((one.kind, one.id) for one in steps if one.auto)
        return any(kind in (incident.kind, EVERY) for kind, _ in self._steps[incident.procedure])

    def _tell(self, incident: Incident, now: datetime) -> int:
        sent = 0
        with self._store.registry.write() as conn:
            subject = _around(conn, self._store, subject_of(incident), incident, frozenset())
            for key, request in self._requests(conn, incident).items():
                if key in self._refused or messages.read_telling(conn, key) is not None:
                    continue
                try:
                    tell_in(conn, self._store, SYSTEM, subject, request, self._desk, now)
                    sent += 1
                except InvalidInput:  # nobody in the book; the workspace goes on offering it
                    self._refused.add(key)
        return sent

    def _requests(self, conn: Connection, incident: Incident) -> Mapping[str, Request]:
        marked = self._steps[incident.procedure]
        found = {}
        for task in cases.read_tasks(conn, incident.id):
            ours = (incident.kind, task.step) in marked or (EVERY, task.step) in marked
            if not ours or not task.open or task.level > incident.level:
                continue
            parts = (Phase.FIRST, set(task.tell) - OUTER), (Phase.ADVISE, set(task.tell) & OUTER)
            for phase, groups in parts:
                key = f"auto-{incident.id}-{task.number}-{phase}"
                if groups:
                    found[key] = Request(
                        phase, incident.level, groups=frozenset(groups), key=key,
                        steps=frozenset({task.number}),
                    )  # fmt: skip
        return found
