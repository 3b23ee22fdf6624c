"""The programme's pages alone, with a store behind them, and people who read them."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import httpx
import pytest
from bs4 import BeautifulSoup

from sandan.access import SYSTEM, Actor, Role
from sandan.app import build_app
from sandan.clock import SEOUL
from sandan.domain import Domain
from sandan.programme.model.plan import ChangeKind, Complex, Edit, Plan, Project, Table
from sandan.programme.model.statements import Statement
from sandan.programme.plugin import domain as programme_domain
from sandan.programme.service.changes import write_version
from sandan.settings import Settings
from sandan.words import Text

NOW = datetime(2026, 3, 4, 9, tzinfo=SEOUL)
PEOPLE = {
    "officer": Actor("officer", "담당자", frozenset({Role.OFFICER})),
    "viewer": Actor("viewer", "열람자", frozenset({Role.VIEWER})),
}
TABLES = {Plan: Table.PLAN, Project: Table.PROJECT, Statement: Table.STATEMENT, Complex: Table.COMPLEX}


class Badges:
    """Lets in whoever says a name as a bearer token."""

    def of_session(self, token):
        return PEOPLE.get(token)

    of_bearer = of_session


@dataclass(frozen=True)
class Browser:
    """One person's way into the app."""

    app: object
    person: str
    language: str

    def get(self, path):
        async def asking():
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(self.app),
                base_url="http://sandan.test",
                headers={"authorization": f"Bearer {self.person}"},
                cookies={"language": self.language},
            ) as client:
                return await client.get(path)

        return asyncio.run(asking())

    def soup(self, path):
        answer = self.get(path)
        assert answer.status_code == 200, answer.text[:2000]
        return BeautifulSoup(answer.text, "html.parser")


@pytest.fixture
def browse(store, clock, bare_assets):
    """A browser of the person named; the built assets are not needed to read the pages."""
    badges = Domain("badges", Text("출입", "Badges"), authenticator=lambda _house: Badges())
    app = build_app(Settings(), store, clock, domains=(programme_domain, badges))
    return lambda person="officer", language="ko": Browser(app, person, language)


@pytest.fixture
def write(store):
    """Writes rows into a plan as its next version."""

    def writing(plan, rows, at=NOW):
        edits = [Edit(TABLES[type(row)], row.id, row) for row in rows]
        with store.registry.write() as conn:
            write_version(
                store, conn, plan, edits, kind=ChangeKind.IMPORT, reason="반영", actor=SYSTEM, at=at
            )

    return writing
