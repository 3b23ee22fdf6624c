"""Every route of the whole application: who may use it, and whose data it shows.

Real accounts and real sessions: those of a demo, one person for each role.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Mount

from sandan.access import Actor, Role
from sandan.accounts import demo_accounts
from sandan.app import build_app
from sandan.clock import SystemClock
from sandan.domain import installed_domains
from sandan.ingest import backfill
from sandan.settings import Settings
from sandan.store import Store
from sandan.twin.demo import DemoParams, behave, generate
from sandan.web import declared_permission
from sandan.web.session import COOKIE, csrf_token

DOMAINS = installed_domains()
PERMISSIONS = {p.id: p for domain in DOMAINS for p in domain.permissions}
OPEN = {"public", "signed-in", "device-token"}
STREAM = "/stream"
ADDRESS = "http://127.0.0.1:8000"
FIRMS = DemoParams(firms=50)


@dataclass(frozen=True)
class Place:
    """A small complex that is open, and the accounts one may come in with."""

    app: FastAPI
    store: Store
    people: dict[Role, Actor]

    @property
    def routes(self) -> list[APIRoute]:
        return [route for route in self.app.routes if isinstance(route, APIRoute)]

    @asynccontextmanager
    async def visit(self, role: Role | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """A browser, signed in as the demo's person of this role."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            if role is not None:
                await client.get("/sign-in")
                form = {"login": f"{role.value}-demo", "csrf": csrf_token(client.cookies[COOKIE])}
                assert (await client.post("/demo/role", data=form)).status_code == 303
                client.headers["x-csrf-token"] = csrf_token(client.cookies[COOKIE])
            yield client


@pytest.fixture
async def place(sqlite_store: Store) -> AsyncIterator[Place]:
    """Fifty firms, an hour of readings, one person for each role."""
    clock = SystemClock()
    behaviour = behave(generate(FIRMS))
    with sqlite_store.registry.write() as conn:
        sqlite_store.things.put(conn, behaviour.complex.things)
        sqlite_store.points.put(conn, behaviour.complex.points)
    people = {next(iter(a.roles)): a.actor() for a in demo_accounts(sqlite_store, clock.now())}
    await backfill(sqlite_store, behaviour, clock.now() - timedelta(hours=1), clock, lambda _: None)
    settings = replace(Settings(demo=True), rest={"simulator": {"firms": FIRMS.firms, "seed": FIRMS.seed}})
    app = build_app(settings, sqlite_store, clock, domains=DOMAINS)
    async with app.router.lifespan_context(app):
        yield Place(app, sqlite_store, people)


def filled(path: str, id: str) -> str:
    """The path with every parameter taken to be `id`."""
    return "/".join(id if part.startswith("{") else part for part in path.split("/"))


def calls(place: Place, id: str) -> Iterator[tuple[APIRoute, str, str]]:
    for route in place.routes:
        for method in sorted(route.methods):
            yield route, method, filled(route.path, id)


async def test_every_route_declares_a_permission_that_its_domain_declared(sqlite_store):
    """Nothing is reachable because somebody forgot."""
    app = build_app(Settings(), sqlite_store, SystemClock(), domains=DOMAINS)
    others = [route for route in app.routes if not isinstance(route, APIRoute)]
    assert [(type(route), route.path) for route in others] == [(Mount, "/assets")]
    for route in app.routes:
        if isinstance(route, APIRoute):
            assert declared_permission(route) in OPEN | PERMISSIONS.keys(), route.path


async def test_nobody_gets_past_a_door_that_is_not_public(place):
    """Without signing in every other route answers 401, or sends a reader to the sign-in page."""
    async with place.visit() as client:
        for route, method, path in calls(place, "firm-0001"):
            if declared_permission(route) == "public":
                continue
            answer = await client.request(method, path, headers={"accept": "application/json"})
            assert answer.status_code == 401, (method, path, answer.status_code)
            page = await client.request(method, path, headers={"accept": "text/html"})
            assert page.status_code in (401, 303), (method, path)
            assert page.headers.get("location", "/sign-in").startswith("/sign-in")


async def test_a_role_without_the_permission_is_refused(place):
    """Reading and acting alike, whatever else the request says."""
    for role in set(Role) - {Role.ADMIN}:
        async with place.visit(role) as client:
            for route, method, path in calls(place, "firm-0001"):
                permission = PERMISSIONS.get(declared_permission(route) or "")
                if permission is None or place.people[role].may(permission):
                    continue
                answer = await client.request(method, path)
                assert answer.status_code == 403, (role, method, path, answer.status_code)


@pytest.mark.parametrize("role", [Role.FIRM, Role.VIEWER])
async def test_no_page_shows_another_firms_data(place, role):
    """Every page and API answer, visited as another firm and as a guest, with and without their ids."""
    mine = place.people[role].tenant
    with place.store.registry.read() as conn:
        points = [p for p in place.store.points.all(conn) if p.tenant not in (None, mine)]
        theirs = points[0].tenant
        things = [thing for thing in place.store.things.all(conn) if thing.tenant == theirs]
    ids = [point.id for point in points if point.tenant == theirs]
    # A firm's name is on its building, for all to read; what one asked for may be said back.
    marks = [thing.name for thing in things if thing.kind != "firm"] + ids[1:]
    assert len(ids) > 3
    query = {"points": ids[0], "point": ids[0], "thing": theirs, "tenant": theirs, "text": theirs}
    async with place.visit(role) as client:
        for route in place.routes:
            if "GET" not in route.methods or route.path == STREAM:
                continue
            for id in (theirs, ids[0], "building-0001"):
                for asked in ({}, query):
                    answer = await client.get(filled(route.path, id), params=asked)
                    assert answer.status_code < 500, (route.path, id, answer.text[:500])
                    if answer.status_code < 400:
                        shown = [mark for mark in marks if mark in answer.text]
                        assert not shown, (route.path, id, asked, shown)
