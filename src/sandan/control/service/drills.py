"""Drills: a script runs as an incident that says everywhere that it is none, and is scored at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import SYSTEM, Actor
from sandan.control.engine.drills import Result, due_injects, judge, score_of
from sandan.control.engine.incidents.procedures import first_told
from sandan.control.engine.notices.asking import participants
from sandan.control.model.drills import INJECT_NAMES, DrillRun, Inject, scripts
from sandan.control.model.incidents import BOTH, Closing, Incident, IncidentState, Place
from sandan.control.model.incidents.procedures import groups
from sandan.control.model.rights import CASES, OPERATE
from sandan.control.records.incidents import drills as records
from sandan.control.records.incidents import procedures
from sandan.control.service.drill_places import scripted_place
from sandan.control.service.incidents.changing import need, put, tell
from sandan.control.service.incidents.clocks import note_missed
from sandan.control.service.incidents.live import offer_incidents, say_changed
from sandan.control.service.incidents.opening import open_in
from sandan.control.service.incidents.reading import case_in
from sandan.domain import House, beside
from sandan.errors import Conflict, NotFound, SandanError
from sandan.store import Store
from sandan.words import Text

log = logging.getLogger(__name__)
BEAT = 1.0
DRILL = Text("훈련", "drill")


@dataclass(frozen=True, slots=True)
class DrillView:
    """A drill as it stands: what was expected and what was made of it; `score` once it has ended."""

    run: DrillRun
    results: Sequence[Result]
    score: float | None


def drill_participants(store: Store, actor: Actor, kind: str) -> tuple[str, ...]:
    """The groups that take part in a drill of a kind unless it is said otherwise when it is started."""
    actor.require(CASES)
    with store.registry.read() as conn:
        return participants(first_told(procedures.current_book(conn), kind))


def start_drill(
    store: Store,
    actor: Actor,
    script: str,
    now: datetime,
    place: Place | None = None,
    taking_part: Collection[str] | None = None,
) -> Incident:
    """Start a drill: an incident marked as one, at `place` or at the first place its script fits.

    `InvalidInput` when nothing holds the script's substance and no place is given.
    Only the groups `taking_part` can be told of it; None means those of `drill_participants`.
    """
    actor.require(OPERATE)
    chosen = scripts().get(script)
    if chosen is None:
        raise NotFound(Text("훈련 각본", "script of a drill"), script)
    with store.registry.write() as conn:
        if place is None or not (place.thing or place.words.strip()):
            place = scripted_place(store, conn, chosen)
        incident = open_in(
            store,
            conn,
            actor,
            chosen.kind,
            now,
            source=chosen.source,
            title=f"{chosen.name.ko}{BOTH}{chosen.name.en}",
            level=1,
            place=place,
            alarms=(),
            detected=None,
            drill=True,
        )
        records.add_drill(conn, incident.id, chosen, actor.id, now)
        usual = participants(first_told(procedures.current_book(conn), chosen.kind))
        said = {
            "script": {"ko": chosen.name.ko, "en": chosen.name.en},
            "id": chosen.id,
            "participants": [
                group for group in groups() if group in (usual if taking_part is None else taking_part)
            ],
        }
        tell(store, conn, actor, incident, "DrillStarted", said, now)
        _advance(store, conn, incident, records.read_drill(conn, incident.id), now)
    return incident


def advance_drills(store: Store, now: datetime) -> list[str]:
    """Give what is due in every drill under way; end those that were closed or whose time is over.

    Gives the incidents that have changed.
    """
    with store.registry.read() as conn:
        running = records.find_drills(conn, running=True)
        waiting = [
            one.incident for one in running if _is_due(one, now) or not need(conn, one.incident).active
        ]
    changed = []
    for id in waiting:
        with store.registry.write() as conn:
            run = records.read_drill(conn, id)
            if run is None or run.ended_at is not None:
                continue
            incident = need(conn, id)
            if _advance(store, conn, incident, run, now):
                changed.append(id)
            if not incident.active or now - run.started_at >= run.script.length:
                _end(store, conn, SYSTEM, incident, run, now)
                changed.append(id)
    return list(dict.fromkeys(changed))


def _is_due(run: DrillRun, now: datetime) -> bool:
    elapsed = now - run.started_at
    return bool(due_injects(run.script, run.injected, elapsed)) or elapsed >= run.script.length


def _advance(store: Store, conn: Connection, incident: Incident, run: DrillRun | None, now: datetime) -> bool:
    assert run is not None, "a drill that has been started is kept"
    due = due_injects(run.script, run.injected, now - run.started_at)
    for one in due:
        tell(store, conn, SYSTEM, incident, "DrillInjected", _said(one), now)
    if due:
        records.put_injected(conn, incident.id, run.injected + len(due))
    return bool(due)


def _said(inject: Inject) -> dict[str, str]:
    name = INJECT_NAMES[inject.kind]
    return {
        "medium": inject.kind.value,
        "ko": f"{name.ko} · {inject.who.ko}: {inject.text.ko}",
        "en": f"{name.en}, {inject.who.en}: {inject.text.en}",
    }


def end_drill(store: Store, actor: Actor, id: str, now: datetime) -> float:
    """End a drill and score it; its incident is closed with it. Gives the score of 100."""
    actor.require(OPERATE)
    with store.registry.write() as conn:
        run = records.read_drill(conn, id)
        if run is None:
            raise NotFound(Text("훈련", "drill"), id)
        if run.ended_at is not None:
            raise Conflict(Text("이미 마친 훈련입니다.", "This drill has ended already."))
        return _end(store, conn, actor, need(conn, id), run, now)


def _end(
    store: Store, conn: Connection, actor: Actor, incident: Incident, run: DrillRun, now: datetime
) -> float:
    timeline = case_in(store, conn, incident.id).timeline
    score = score_of(judge(run.script, run.started_at, timeline, now, now))
    records.end_drill(conn, incident.id, now, score)
    if incident.active:
        closing = Closing(DRILL.ko, f"{DRILL.ko} {score:g} / 100")
        incident = put(
            conn, incident, state=IncidentState.CLOSED, closed_at=now, closed_by=actor.id, closing=closing
        )
    tell(store, conn, actor, incident, "DrillEnded", {"score": score, "script": run.script.id}, now)
    return score


def read_drill(store: Store, actor: Actor, id: str, now: datetime) -> DrillView | None:
    """The drill behind an incident, judged as of `now`; None for a real incident."""
    actor.require(CASES)
    with store.registry.read() as conn:
        run = records.read_drill(conn, id)
        if run is None:
            return None
        timeline = case_in(store, conn, id).timeline
    return DrillView(run, judge(run.script, run.started_at, timeline, now, run.ended_at), run.score)


def list_drills(store: Store, actor: Actor) -> list[DrillRun]:
    """Drills that were started, newest first."""
    actor.require(CASES)
    with store.registry.read() as conn:
        return records.find_drills(conn)


@asynccontextmanager
async def open_drills(house: House) -> AsyncIterator[None]:
    """Let the drills and the legal clocks under way go on while the house is open."""
    if "web" not in house.roles:
        yield
        return
    offer_incidents(house)
    async with beside(_beat(house)):
        yield


async def _beat(house: House) -> None:
    while True:
        try:
            for job in (advance_drills, note_missed):
                for id in await asyncio.to_thread(job, house.store, house.clock.now()):
                    say_changed(house, id)
        except SandanError:
            log.exception("the drills and legal clocks could not go on")
        await asyncio.sleep(BEAT)
