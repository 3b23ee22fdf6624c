"""A small complex with people, and the app with accounts and one probing domain mounted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from bs4 import BeautifulSoup
from fastapi import FastAPI

from sandan.access import SYSTEM, Permission, Role
from sandan.accounts.model import Draft
from sandan.accounts.plugin import domain as accounts
from sandan.accounts.service.people import add_user
from sandan.app import build_app
from sandan.domain import Domain, Here
from sandan.settings import Settings
from sandan.store import Store
from sandan.testing import FixedClock
from sandan.twin.model import Thing
from sandan.web import Routes, render, server
from sandan.words import Text

PASSWORD = "너른 들판의 소나무 셋"
READ = Permission("probe.read", Text("탐침 읽기", "Read probes"), frozenset({Role.OPERATOR, Role.FIRM}))
WRITE = Permission("probe.write", Text("탐침 쓰기", "Write probes"), frozenset({Role.OPERATOR}))
probe_routes = Routes("probe")


@probe_routes.api("/probe", permission=READ)
def read_probe(here: Here) -> dict[str, object]:
    return {"tenant": here.actor.tenant, "sees": here.actor.sees("firm-2")}


@probe_routes.api("/probe", permission=WRITE, method="POST")
def write_probe(here: Here) -> dict[str, object]:
    return {"by": here.actor.id}


PROBE = Domain("probe", Text("탐침", "Probe"), permissions=(READ, WRITE), routes=(probe_routes,))


@pytest.fixture
def people(store: Store, clock: FixedClock) -> Store:
    """A store with two firms, an administrator, an operator, a firm's person and a viewer."""
    with store.registry.write() as conn:
        store.things.put(
            conn,
            [
                Thing("firm-1", "firm", "새빛정밀", attributes={"employees": 12}),
                Thing("firm-2", "firm", "한결소재", tenant="firm-2", attributes={"employees": 80}),
                Thing("road-1", "road", "중앙로"),
            ],
        )
    for login, role, tenant in (
        ("boss", Role.ADMIN, None),
        ("watch", Role.OPERATOR, None),
        ("maker", Role.FIRM, "firm-1"),
        ("reader", Role.VIEWER, None),
    ):
        draft = Draft(login, f"{login} 이름", frozenset({role}), tenant)
        add_user(store, SYSTEM, draft, clock.now(), password=PASSWORD)
    return store


@pytest.fixture
def assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty set of built files: these tests read the pages' text, not their looks."""
    folder = tmp_path / "assets"
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({"files": {}}))
    monkeypatch.setattr(render, "ASSETS", folder)
    monkeypatch.setattr(server, "ASSETS", folder)


@pytest.fixture
def app(people: Store, clock: FixedClock, assets: None) -> FastAPI:
    return build_app(Settings(), people, clock, domains=(accounts, PROBE))


class Browser:
    """A person at a browser: keeps cookies, sends a page's forms with their token."""

    def __init__(self, app: FastAPI, host: str = "sandan.test", address: str = "10.0.0.1") -> None:
        transport = httpx.ASGITransport(app, client=(address, 50_000))
        accept = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
        self.http = httpx.AsyncClient(transport=transport, base_url=f"http://{host}", headers=accept)

    async def page(self, path: str, status: int = 200) -> BeautifulSoup:
        answer = await self.http.get(path)
        assert answer.status_code == status, answer.text
        return BeautifulSoup(answer.text, "html.parser")

    async def send(self, path: str, csrf_from: str | None = None, **fields: object) -> httpx.Response:
        """Post a form as the page at `csrf_from` (else the account page) would."""
        page = await self.page(csrf_from or "/account")
        token = page.select_one("meta[name=csrf]")["content"]
        return await self.http.post(path, data={"csrf": token, **fields})

    async def sign_in(self, login: str, password: str = PASSWORD, **fields: str) -> httpx.Response:
        page = await self.page("/sign-in?ask=1")
        token = page.select_one("form input[name=csrf]")["value"]
        data = {"csrf": token, "login": login, "password": password, **fields}
        return await self.http.post("/sign-in", data=data)

    @staticmethod
    def read(answer: httpx.Response) -> BeautifulSoup:
        return BeautifulSoup(answer.text, "html.parser")


@pytest.fixture
async def make_browser() -> AsyncIterator[Callable[..., Browser]]:
    """Another person at another browser."""
    opened: list[Browser] = []

    def make(app: FastAPI, **where: str) -> Browser:
        opened.append(Browser(app, **where))
        return opened[-1]

    yield make
    for browser in opened:
        await browser.http.aclose()


@pytest.fixture
def browser(app: FastAPI, make_browser: Callable[..., Browser]) -> Browser:
    return make_browser(app)
