"""What the control centre contributes, and the second that drives it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from sandan.access import SYSTEM, Actor, Role
from sandan.control.engine.board import State
from sandan.control.model.board import figure_rows
from sandan.control.model.rights import CASES, DESIGN, OPERATE, PERMITS, WATCH
from sandan.control.pages.room import audience_of, gather_figures, routes
from sandan.control.service.board import DERIVED, Board, open_board, read_plan, revision
from sandan.domain import Attention, Domain, Figure, House
from sandan.errors import SandanError
from sandan.web import STAFF, NavItem
from sandan.words import Language, Text

log = logging.getLogger(__name__)
STEP = 0.25
"""Seconds between looks at whether new samples have changed a state…"""
STEPS = 4
"""…of which every fourth also tells the figures, and notices who has fallen silent…"""
LOOK_EVERY = 40
"""…and every fortieth whether the registry has changed."""


def figures(house: House, actor: Actor, now: datetime) -> Sequence[Figure]:
    """The board's figures."""
    del now
    return house.part(Board).figures(audience_of(actor))


def attention(house: House, actor: Actor, now: datetime) -> Sequence[Attention]:
    """What the board finds abnormal or silent."""
    del now
    return house.part(Board).attention(audience_of(actor))


@asynccontextmanager
async def open_room(house: House) -> AsyncIterator[None]:
    """Fill the board, follow the commits, tell the open pages once a second."""
    if "web" not in house.roles:
        yield
        return
    board = await asyncio.to_thread(open_board, house.store, house.clock.now())
    house.keep(board)
    house.commits.listen(board.follow)
    _offer(house, board)
    beat = asyncio.create_task(_beat(house, board))
    try:
        yield
    finally:
        beat.cancel()
        with suppress(asyncio.CancelledError):
            await beat


async def _beat(house: House, board: Board) -> None:
    seen = await asyncio.to_thread(revision, house.store)
    known: dict[str, tuple[object, ...]] = {}
    count, samples = 0, 0
    while True:
        await asyncio.sleep(STEP - house.clock.now().timestamp() % STEP)
        count += 1
        try:
            if count % LOOK_EVERY == 0:
                seen = await _look(house, board, seen)
            if count % STEPS == 0:
                if "ingest" not in house.roles:  # another process commits: ask the store
                    board.follow(await asyncio.to_thread(house.store.historian.latest, board.plan.points))
                known = _tell(house, board, known)
            elif board.samples != samples:
                board.assess(house.clock.now())
                _tell_states(house, board)
            samples = board.samples
        except SandanError:
            log.exception("the control room could not be brought up to date")


async def _look(house: House, board: Board, seen: tuple[int, ...]) -> tuple[int, ...]:
    now = await asyncio.to_thread(revision, house.store)
    if now != seen:
        board.replace(await asyncio.to_thread(read_plan, house.store))
        board.follow(await asyncio.to_thread(house.store.historian.latest, board.plan.points))
    return now


def _tell(house: House, board: Board, known: dict[str, tuple[object, ...]]) -> dict[str, tuple[object, ...]]:
    live, now = house.live, house.clock.now()
    board.forget(live.audiences())
    for audience in live.audiences() | {STAFF}:
        board.view(audience)
    board.tick(now)
    ms = int(now.timestamp() * 1000)
    live.publish("clock", lambda _a, _l: {"now": ms})
    _tell_states(house, board)
    live.publish("figures", lambda audience, _l: _figures(house, audience, now))
    live.publish("sample", lambda audience, _l: _samples(board, audience))
    wind = board.wind()
    if wind is not None:
        live.publish("wind", lambda _a, _l: wind)
    told: dict[str, tuple[object, ...]] = {
        audience: board.view(audience).attention for audience in live.audiences()
    }

    def news(audience: str, _language: Language) -> dict[str, int] | None:
        return None if known.get(audience) == told[audience] else {"at": ms}

    live.publish("attention", news)
    return told


def _tell_states(house: House, board: Board) -> None:
    house.live.publish("states", lambda audience, _l: board.view(audience).delta or None)


def _figures(house: House, audience: str, now: datetime) -> dict[str, object]:
    actor = SYSTEM if audience == STAFF else Actor(audience, "", frozenset({Role.FIRM}), audience)
    return {
        figure.id: {"value": figure.value, "state": int(State.MEDIUM) if figure.abnormal else 0}
        for figure in gather_figures(house, actor, now)
    }


def _samples(board: Board, audience: str) -> list[tuple[int, int, float | None]]:
    trends = board.view(audience).trends
    return [
        (DERIVED + i, *trends[row.id][-1])
        for i, row in enumerate(figure_rows())
        if row.trend and trends.get(row.id)
    ]


def _offer(house: House, board: Board) -> None:
    def states(audience: str, _language: Language) -> list[tuple[int, int]]:
        view = board.view(audience)
        return [(f + 1, int(state)) for f, state in enumerate(view.states) if state]

    house.live.offer("states", states)
    house.live.offer("figures", lambda audience, _l: _figures(house, audience, house.clock.now()))
    house.live.offer("wind", lambda _a, _l: board.wind())


domain = Domain(
    name="control",
    title=Text("통합관제", "Control room"),
    package="sandan.control",
    permissions=(WATCH, CASES, OPERATE, DESIGN, PERMITS),
    routes=(routes,),
    nav=(NavItem(Text("관제", "Control room"), "/control", WATCH, order=10, key="g c"),),
    figures=figures,
    attention=attention,
    open=open_room,
)
