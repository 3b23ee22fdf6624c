"""The running control room: the board, the alarms, and the second that drives the open pages."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime

from sandan.access import SYSTEM, Actor, Role
from sandan.clock import milliseconds
from sandan.control.model.board import figure_rows
from sandan.control.records.alarms import change_mark
from sandan.control.service.alarms.desk import LONGEST_SHELF, AlarmDesk, open_desk
from sandan.control.service.alarms.layout import read_layout
from sandan.control.service.alarms.rules import rules_version
from sandan.control.service.alarms.watch import Watch, open_watch
from sandan.control.service.board import DERIVED, Board, open_board, read_plan, revision
from sandan.control.service.hazard.desk import HazardDesk, area_settings
from sandan.control.service.hazard.warming import warm_models
from sandan.domain import Figure, House, beside
from sandan.errors import SandanError
from sandan.web import STAFF
from sandan.words import Language

log = logging.getLogger(__name__)
STEP = 0.25
"""Seconds between looks at whether new samples have changed a state…"""
STEPS = 4
"""…of which every fourth also tells the figures, and notices who has fallen silent…"""
LOOK_EVERY = 40
"""…and every fortieth whether the registry or the rules have changed."""


def audience_of(actor: Actor) -> str:
    """Whose view of the board this actor has."""
    return actor.tenant or STAFF


def actor_of(audience: str) -> Actor:
    """Somebody who sees just what this audience sees."""
    return SYSTEM if audience == STAFF else Actor(audience, "", frozenset({Role.FIRM}), audience)


def gather_figures(house: House, actor: Actor, now: datetime) -> list[Figure]:
    """The key figures every domain offers, the control room's first."""
    offered = [domain.figures for domain in house.domains if domain.figures is not None]
    return [figure for offer in offered for figure in offer(house, actor, now)]


@asynccontextmanager
async def open_room(house: House) -> AsyncIterator[None]:
    """Watch the commits for alarms where readings come in, and keep the open pages up to date."""
    async with AsyncExitStack() as stack:
        bell = asyncio.Event()
        watch = None
        if "ingest" in house.roles:
            watch = await asyncio.to_thread(open_watch, house.store, house.clock.now(), bell.set)
            house.keep(watch)
            house.commits.listen(watch.follow)
            await stack.enter_async_context(beside(watch.run(house.clock)))
        if "web" in house.roles:
            room = await _open_screens(house, watch, bell)
            await stack.enter_async_context(beside(asyncio.to_thread(warm_models), room.beat(), room.hear()))
        elif watch is not None:
            await stack.enter_async_context(beside(_look_after(house, watch)))
        yield


async def _open_screens(house: House, watch: Watch | None, bell: asyncio.Event) -> Room:
    now = house.clock.now()
    board = await asyncio.to_thread(open_board, house.store, now)
    hours = float(house.settings.table("control").get("longest_shelf_hours", LONGEST_SHELF))
    layout = None if watch is None else watch.layout
    desk = await asyncio.to_thread(open_desk, house.store, now, hours, layout)
    house.keep(board)
    house.keep(desk)
    house.keep(HazardDesk(house.store, area_settings(house.settings.table("control"))))
    house.commits.listen(board.follow)
    return Room(house, board, desk, watch, bell)


async def _look_after(house: House, watch: Watch) -> None:
    """In a process without pages: go by a changed registry or changed rules."""
    seen = await asyncio.to_thread(_revision, house)
    while True:
        await asyncio.sleep(STEP * LOOK_EVERY)
        with suppress(SandanError):
            now = await asyncio.to_thread(_revision, house)
            if now != seen:
                watch.renew(await asyncio.to_thread(read_layout, house.store, house.clock.now()))
                seen = now


class Room:
    """Tells the open pages what is; belongs to the event loop."""

    def __init__(
        self, house: House, board: Board, desk: AlarmDesk, watch: Watch | None, bell: asyncio.Event
    ) -> None:
        self._house, self._board, self._desk, self._watch, self._bell = house, board, desk, watch, bell
        self._mark = -1
        self._colour()
        house.live.offer("states", self._all_states)
        house.live.offer("figures", lambda audience, _l: self._figures(audience, house.clock.now()))
        house.live.offer("wind", lambda _a, _l: board.wind())
        house.live.offer("alarms", self._news)

    async def beat(self) -> None:
        """States as samples come, figures each second, the registry now and then."""
        house, board = self._house, self._board
        seen = await asyncio.to_thread(_revision, house)
        count, samples = 0, 0
        while True:
            await asyncio.sleep(STEP - house.clock.now().timestamp() % STEP)
            count += 1
            try:
                if count % LOOK_EVERY == 0:
                    seen = await self._look(seen)
                if count % STEPS == 0:
                    if "ingest" not in house.roles:  # another process commits: ask the store
                        board.follow(await asyncio.to_thread(house.store.historian.latest, board.plan.points))
                    self._tell()
                elif board.samples != samples:
                    self._colour()
                    self._tell_states()
                samples = board.samples
            except SandanError:
                log.exception("the control room could not be brought up to date")

    async def hear(self) -> None:
        """Show alarms as soon as they change, whoever changed them."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(STEP):
                    await self._bell.wait()
            self._bell.clear()
            try:
                mark = await asyncio.to_thread(_mark, self._house)
                if mark == self._mark:
                    continue
                await asyncio.to_thread(self._desk.reload, self._house.clock.now())
            except SandanError:
                log.exception("the alarms could not be read")
                continue
            self._mark = mark
            self._colour()
            self._tell_states()
            self._house.live.publish("alarms", self._news)

    async def _look(self, seen: tuple[int, ...]) -> tuple[int, ...]:
        house, board = self._house, self._board
        now = await asyncio.to_thread(_revision, house)
        if now != seen:
            board.replace(await asyncio.to_thread(read_plan, house.store))
            board.follow(await asyncio.to_thread(house.store.historian.latest, board.plan.points))
            layout = await asyncio.to_thread(read_layout, house.store, house.clock.now())
            if self._watch is not None:
                self._watch.renew(layout)
            await asyncio.to_thread(self._desk.reload, house.clock.now(), layout)
        return now

    def _colour(self) -> None:
        board = self._board
        board.alert(self._desk.list.priorities(board.plan.index, len(board.plan.points)))
        board.assess(self._house.clock.now())

    def _tell(self) -> None:
        live, board, now = self._house.live, self._board, self._house.clock.now()
        board.forget(live.audiences())
        for audience in live.audiences() | {STAFF}:
            board.view(audience)
        self._colour()
        board.tick(now)
        ms = milliseconds(now)
        live.publish("clock", lambda _a, _l: {"now": ms})
        self._tell_states()
        live.publish("figures", lambda audience, _l: self._figures(audience, now))
        live.publish("sample", lambda audience, _l: self._samples(audience))
        wind = board.wind()
        if wind is not None:
            live.publish("wind", lambda _a, _l: wind)

    def _tell_states(self) -> None:
        self._house.live.publish("states", lambda audience, _l: self._board.view(audience).delta or None)

    def _all_states(self, audience: str, _language: Language) -> list[tuple[int, int]]:
        view = self._board.view(audience)
        return [(f + 1, int(state)) for f, state in enumerate(view.states) if state]

    def _news(self, audience: str, _language: Language) -> dict[str, int]:
        return self._desk.list.news(actor_of(audience))

    def _figures(self, audience: str, now: datetime) -> dict[str, object]:
        return {
            figure.id: {"value": figure.value, "state": figure.priority}
            for figure in gather_figures(self._house, actor_of(audience), now)
        }

    def _samples(self, audience: str) -> list[tuple[int, int, float | None]]:
        trends = self._board.view(audience).trends
        return [
            (DERIVED + i, *trends[row.id][-1])
            for i, row in enumerate(figure_rows())
            if row.trend and trends.get(row.id)
        ]


def _mark(house: House) -> int:
    with house.store.registry.read() as conn:
        return change_mark(conn)


def _revision(house: House) -> tuple[int, ...]:
    return (*revision(house.store), rules_version(house.store))
