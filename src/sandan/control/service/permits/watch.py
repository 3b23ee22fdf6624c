"""Permits that were fine when they were granted and are not now: their holders are told, work is stopped.

A gas alarm, a fire, wind over its limit, air that is not fit: such work that is going on stops by itself, and
only a person lets it go on. What lies ahead, and works that come into each other's way, is told and left to
people. Each matter is told once.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import SYSTEM, Actor, Role
from sandan.clock import Clock
from sandan.control.engine.permits import permit_rules
from sandan.control.model.contacts import Circle
from sandan.control.model.notices import Phase, Request, Subject
from sandan.control.model.permits import Conflict, Weight
from sandan.control.model.safety import PermitState, WorkPermit
from sandan.control.records import safety as records
from sandan.control.records.notices import contact_book
from sandan.control.service.notices.desk import Desk
from sandan.control.service.notices.telling import tell_in
from sandan.control.service.permits.checking import PermitDesk, matter_of
from sandan.control.service.permits.keeping import tell
from sandan.errors import InvalidInput, SandanError
from sandan.store import Json
from sandan.words import LANGUAGES, Language

log = logging.getLogger(__name__)
LOOK_EVERY = 5.0
LEVEL = 2
"""Of what holders are told: it does not wait for the end of quiet hours."""
NOTE = 300
"""Letters of a reason that fit into a message."""
KIND = "work_permit"
"""The kind whose texts are sent."""


class PermitWatch:
    """Looks whether what was granted may still be done."""

    def __init__(self, desk: PermitDesk, telling: Desk) -> None:
        self._desk, self._telling = desk, telling

    async def run(self, clock: Clock) -> None:
        """Look every few seconds until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await asyncio.to_thread(self.step, clock.now())
            except SandanError:
                log.exception("the permits could not be looked at")

    def step(self, now: datetime) -> int:
        """Stop what must stop and tell whom it concerns; how many permits that were."""
        with self._desk.store.registry.read() as conn:
            works = records.find_permits(conn, states={PermitState.GRANTED}, ending_after=now)
        if not works:
            return 0
        checked = self._desk.check(SYSTEM, "ko", now)
        return sum(self._look_at(one, checked.news(one), now) for one in works if checked.news(one))

    def _look_at(self, work: WorkPermit, against: Sequence[Conflict], now: datetime) -> bool:
        stop = [one for one in against if _stops(work, one, now)]
        matters = {matter_of(one) for one in stop or against}
        store = self._desk.store
        if not stop:
            with store.registry.read() as conn:
                if matters <= self._told(conn, work):
                    return False
        whys = self._whys(work, matters, now)
        with store.registry.write() as conn:  # the stop and its messages: both, or neither
            newest = records.read_permit(conn, work.id)
            if newest is None or newest.state is not PermitState.GRANTED:
                return False  # somebody was quicker
            if not stop and matters <= self._told(conn, work):
                return False
            first = (stop or against)[0]
            said: dict[str, Json] = {"ko": first.why.ko, "en": first.why.en, "matters": sorted(matters)}
            if stop:
                changed = replace(newest, state=PermitState.STOPPED, decided_at=now, decided_by=SYSTEM.id)
                records.put_permit(conn, replace(changed, word=""))
            kind, phase = ("PermitSuspended", Phase.FIRST) if stop else ("PermitEndangered", Phase.UPDATE)
            tell(store, conn, SYSTEM, work, kind, said, now)
            for language, why in whys.items():
                self._tell_holder(conn, work, phase, language, why, now)
        return True

    def _told(self, conn: Connection, work: WorkPermit) -> set[str]:
        events = self._desk.store.events.find(conn, subject=work.id, kind="PermitEndangered")
        return {str(one) for event in events for one in _listed(event.payload.get("matters"))}

    def _whys(self, work: WorkPermit, matters: set[str], now: datetime) -> dict[Language, str]:
        """Why, in each language and in words the firm may read; nothing for the complex's own work, which the
        control room sees on its list."""
        if work.tenant is None:
            return {}
        viewer = Actor(work.tenant, "", frozenset({Role.FIRM}), work.tenant)
        found = {}
        for language in LANGUAGES:
            standing = self._desk.check(viewer, language, now).of(work.id)
            why = next((one.conflict.why for one in standing if matter_of(one.conflict) in matters), None)
            found[language] = "" if why is None else why.in_(language)[:NOTE]
        return found

    def _tell_holder(
        self, conn: Connection, work: WorkPermit, phase: Phase, language: Language, why: str, now: datetime
    ) -> None:
        """Send the firm's own contacts of this language why."""
        assert work.tenant is not None, "nobody else is given reasons"
        chosen = _holders(conn, work.tenant, language)
        if not chosen:
            return
        kind_name = permit_rules().kinds[work.kind].name
        whose = frozenset({work.tenant})
        subject = Subject(work.id, KIND, kind_name, LEVEL, work.name, work.place, now, tenants=whose)
        key = hashlib.sha256(f"{work.id} {now.isoformat()} {language}".encode()).hexdigest()[:32]
        request = Request(phase, LEVEL, chosen, note=why, key=key)
        try:
            tell_in(conn, self._desk.store, SYSTEM, subject, request, self._telling, now)
        except InvalidInput as error:  # nothing was written of it; the work is stopped all the same
            log.warning("the holder of %s could not be told: %s", work.id, error)


def _stops(work: WorkPermit, conflict: Conflict, now: datetime) -> bool:
    """Whether work that is going on stops by itself: for a danger that is there now, not for another work."""
    going = work.start <= now < work.end and conflict.start <= now < conflict.end
    return going and conflict.weight is Weight.STOP and len(conflict.permits) == 1


def _holders(conn: Connection, tenant: str, language: Language) -> frozenset[str]:
    """The first of each of the firm's organisations in the book, of those who read this language."""
    first: dict[str, tuple[str, str]] = {}
    for one in sorted(contact_book.read_contacts(conn), key=lambda one: (one.order, one.id)):
        if one.active and one.circle is Circle.FIRM and one.tenant == tenant:
            first.setdefault(one.organisation, (one.id, one.language))
    return frozenset(id for id, reads in first.values() if reads == language)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
