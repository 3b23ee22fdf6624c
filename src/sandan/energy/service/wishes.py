"""Scenarios of the complex as they are asked, reckoned in the background and kept."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from math import isfinite

from sandan.access import Actor
from sandan.clock import SEOUL
from sandan.domain import House, beside, forever
from sandan.energy.engine.months import month_of, moved
from sandan.energy.model.rights import SEE
from sandan.energy.model.whatif import Outcome, Scenario, State, Wish
from sandan.energy.records.bills import month_text
from sandan.energy.records.scenarios import (
    find_scenario,
    finish_scenario,
    forget_scenarios,
    mark_progress,
    newest_scenarios,
    next_scenario,
    put_scenario,
    wait_again,
)
from sandan.energy.service.scenarios import run_scenario
from sandan.energy.service.tariffs import edition_in_force
from sandan.energy.service.whatif import Bases
from sandan.errors import Finding, InvalidInput, NotAllowed, NotFound, SandanError
from sandan.store import Store
from sandan.words import Text

log = logging.getLogger(__name__)
LOOK_EVERY = 1.0
"""Seconds between looks at whether somebody waits."""
KEPT, SHOWN = 200, 12
LIMITS = {
    "roofs": (0.0, 2000.0, Text("지붕 태양광(%)", "roofs [%]")),
    "batteries": (0.0, 10_000.0, Text("배터리(MWh)", "batteries [MWh]")),
    "hours": (0.25, 24.0, Text("배터리 지속시간(h)", "hours of a battery")),
}


class Stopped(Exception):
    """The house closes; what is under way is begun anew when it opens."""


def ask_scenario(store: Store, actor: Actor, wish: Wish, now: datetime) -> Scenario:
    """The scenario of a wish: the one that is kept or under way, else one that waits for its turn.

    What was asked on another day, or by other tariffs, is reckoned anew: readings may have come.
    """
    require_staff(actor)
    _check(wish)
    with store.registry.write() as conn:
        last = month_text(moved(month_of(now), -1))
        said = {
            **asdict(wish),
            "last": last,
            "day": now.astimezone(SEOUL).date().isoformat(),
            "edition": edition_in_force(store, conn).version,
        }
        id = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]
        kept = find_scenario(conn, id)
        if kept is not None and kept.state is not State.FAILED:
            return kept
        made = Scenario(id, wish, last, now, actor.id, State.WAITING)
        put_scenario(conn, made)
        forget_scenarios(conn, KEPT)
        store.events.append(
            conn,
            "ScenarioAsked",
            actor=actor,
            subject="energy.what_if",
            payload={"roofs": wish.roofs, "batteries": wish.batteries, "hours": wish.hours, "id": id},
            at=now,
        )
    return made


def scenario_of(store: Store, actor: Actor, id: str) -> Scenario:
    """One scenario; the complex as a whole is the staff's to see."""
    require_staff(actor)
    with store.registry.read() as conn:
        found = find_scenario(conn, id)
    if found is None:
        raise NotFound(Text("시나리오", "scenario"), id)
    return found


def scenarios_asked(store: Store, actor: Actor) -> list[Scenario]:
    """Those asked last, newest first."""
    require_staff(actor)
    with store.registry.read() as conn:
        return newest_scenarios(conn, SHOWN)


def require_staff(actor: Actor) -> None:
    """Raise `NotAllowed` for a firm: the sums would tell of its neighbours."""
    actor.require(SEE)
    if actor.tenant is not None:
        raise NotAllowed(
            Text(
                "단지 전체의 시나리오는 단지 담당자만 볼 수 있습니다.",
                "Scenarios of the whole complex are for its staff.",
            )
        )


def _check(wish: Wish) -> None:
    findings = [
        Finding(
            name,
            Text(f"{label.ko} 값이 {low:g}–{high:g} 밖입니다.", f"{label.en} is outside {low:g}–{high:g}."),
            Text("범위 안의 숫자를 적어 주십시오.", "Give a number within it."),
        )
        for name, (low, high, label) in LIMITS.items()
        if not (isfinite(given := getattr(wish, name)) and low <= given <= high)
    ]
    if not findings and wish.roofs == 0 and wish.batteries == 0:
        findings.append(
            Finding(
                "roofs",
                Text("늘릴 것이 없습니다.", "nothing is added."),
                Text("지붕이나 배터리를 0보다 크게 하십시오.", "Ask for roofs or batteries."),
            )
        )
    if findings:
        raise InvalidInput(findings)


class Reckoner:
    """Reckons the scenarios that wait, one after another, beside the event loop."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._stopped = False
        self._busy = threading.Lock()

    def stop(self) -> None:
        """Let go of what is under way, and begin nothing more."""
        self._stopped = True
        with self._busy:
            pass

    async def run(self) -> None:
        with self._house.store.registry.write() as conn:
            wait_again(conn)
        await forever(self._look, LOOK_EVERY)

    async def _look(self) -> None:
        await asyncio.to_thread(self.work)

    def work(self) -> None:
        """Whatever waits now."""
        with self._busy, suppress(Stopped):
            while not self._stopped:
                with self._house.store.registry.read() as conn:
                    waiting = next_scenario(conn)
                if waiting is None:
                    return
                self._reckon(waiting)

    def _reckon(self, one: Scenario) -> None:
        store, now = self._house.store, self._house.clock.now()

        def progress(done: int, whole: int) -> None:
            if self._stopped:
                raise Stopped
            with store.registry.write() as conn:
                mark_progress(conn, one.id, done, whole)

        try:
            outcome = run_scenario(store, one.wish, now, progress)
        except Stopped:
            raise
        except SandanError as error:
            self._finish(one, _said(error))
        except Exception:
            log.exception("a scenario could not be reckoned")
            self._finish(
                one,
                Text(
                    "계산하다가 예기치 않은 문제가 생겼습니다. 서버 기록을 확인하십시오.",
                    "It failed unexpectedly; see the server's log.",
                ),
            )
        else:
            self._finish(one, outcome)

    def _finish(self, one: Scenario, outcome: Outcome | Text) -> None:
        with self._house.store.registry.write() as conn:
            finish_scenario(conn, one.id, outcome, self._house.clock.now())


def _said(error: SandanError) -> Text:
    if not isinstance(error, InvalidInput):
        return error.text
    return Text(
        " ".join(f"{one.problem.ko} {one.remedy.ko}" for one in error.findings),
        " ".join(f"{one.problem.en} {one.remedy.en}" for one in error.findings),
    )


@asynccontextmanager
async def open_what_if(house: House) -> AsyncIterator[None]:
    """Years kept for whoever drags a slider; scenarios reckoned where jobs run."""
    house.keep(Bases())
    if "jobs" not in house.roles:
        yield
        return
    reckoner = Reckoner(house)
    async with beside(reckoner.run(), after=reckoner.stop):
        yield
