"""What a domain is: the manifest it hands over, and the house it then lives in.

A domain is found through the entry point group `sandan.domains`, ours and a stranger's alike.
It contributes by filling in a `Domain`; nothing registers itself by being imported. Domains are
strangers to one another: what one must know of another crosses as data in the store.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import entry_points
from typing import Annotated, Any, Literal, Protocol, TypeVar

import click
import pyarrow as pa
from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, Response

from sandan.access import Actor, Permission
from sandan.clock import Clock, Period
from sandan.errors import Unavailable
from sandan.settings import Settings
from sandan.store import Store
from sandan.web import Authenticator, Live, NavItem, Pages, Routes
from sandan.web.render import page
from sandan.web.session import COOKIE, actor_of, csrf_token, language_of, read_form, set_session
from sandan.words import Language, Text

log = logging.getLogger(__name__)
Part = TypeVar("Part")
ProcessRole = Literal["web", "ingest", "jobs"]
ROLES: frozenset[ProcessRole] = frozenset({"web", "ingest", "jobs"})
"""What one process may do; on one machine it does everything."""


class Commits:
    """Tells whoever asked that a batch of samples is now durable.

    This is how the control room hears of a reading without knowing where it came from. Listeners
    run in the event loop and must be quick.
    """

    def __init__(self) -> None:
        self._listeners: list[Callable[[pa.Table], None]] = []

    def listen(self, listener: Callable[[pa.Table], None]) -> None:
        self._listeners.append(listener)

    def publish(self, batch: pa.Table) -> None:
        for listener in self._listeners:
            listener(batch)


@dataclass(slots=True)
class House:
    """What a running Sandan is made of, handed to every domain when it opens."""

    settings: Settings
    clock: Clock
    store: Store
    live: Live
    domains: tuple[Domain, ...] = ()
    roles: frozenset[ProcessRole] = ROLES
    commits: Commits = field(default_factory=Commits)
    _name: str = ""
    _parts: dict[type, object] = field(default_factory=dict)

    def complex_name(self) -> str:
        """The name of the complex for the head of every page; looked up once it is there."""
        if not self._name:
            with self.store.registry.read() as conn:
                found = self.store.things.find(conn, kind="complex", limit=1)
            self._name = found[0].name if found else ""
        return self._name or "산단"

    def keep(self, part: object) -> None:
        """Keep a running part of a domain (its pipeline, its board) for that domain's pages."""
        self._parts[type(part)] = part

    def part(self, of: type[Part]) -> Part:
        """The running part of this type; `Unavailable` in a process whose role does not run it."""
        found = self._parts.get(of)
        if found is None:
            raise Unavailable(
                Text(
                    f"이 프로세스에서는 {of.__name__}이(가) 실행되지 않습니다.",
                    f"{of.__name__} does not run in this process.",
                )
            )
        assert isinstance(found, of)
        return found


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure for the control room: a name, a value as of now, where it leads, and how urgent it is.

    Priority is 0 for a normal figure, else 1 (highest) to 4, as an alarm's.
    """

    id: str
    name: Text
    value: float | None
    unit: str
    href: str
    priority: int = 0
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Attention:
    """Something a person should look at, most urgent first; priority 1 (highest) to 4."""

    priority: int
    title: Text
    detail: Text
    since: datetime
    href: str
    tenant: str | None = None
    place: str | None = None
    """The thing on the map where it is."""
    id: str = ""
    """Stays the same while the matter does, so that a list brought up to date keeps the reader's place."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an indicator was computed from."""

    numerator: float
    denominator: float | None
    coverage: float
    inputs: Sequence[str]


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure a domain can prove: what it is, and how it is computed for a period as of a day."""

    id: str
    name: Text
    unit: str
    definition: Text
    compute: Callable[[Store, Period, datetime], Evidence]


class Runtime(Protocol):
    """What a domain's command is given (`click.pass_obj`); `cli` makes it."""

    @property
    def settings(self) -> Settings: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def actor(self) -> Actor: ...

    @property
    def language(self) -> Language: ...

    def store(self, *, create: bool = False) -> AbstractContextManager[Store]: ...

    def say(self, text: Text, *, err: bool = False) -> None: ...


@dataclass(frozen=True, slots=True)
class Domain:
    """All that a domain contributes; every field but the first two may be empty."""

    name: str
    title: Text
    package: str = ""
    """The package whose `templates/` folder is reached as `name/…`; empty when it has no pages."""
    permissions: tuple[Permission, ...] = ()
    routes: tuple[Routes, ...] = ()
    nav: tuple[NavItem, ...] = ()
    commands: tuple[click.Command, ...] = ()
    imports: tuple[click.Command, ...] = ()
    """Mounted under `sandan import`."""
    exports: tuple[click.Command, ...] = ()
    """Mounted under `sandan export`."""
    figures: Callable[[House, Actor, datetime], Sequence[Figure]] | None = None
    attention: Callable[[House, Actor, datetime], Sequence[Attention]] | None = None
    indicators: tuple[Indicator, ...] = ()
    authenticator: Callable[[House], Authenticator] | None = None
    """Exactly one domain of an installation says who people are."""
    first_run: Callable[[Store, datetime, Mapping[str, str]], Sequence[Text]] | None = None
    """Called by `sandan init` on a store that has just been made; gives what to say to whoever runs it."""
    open: Callable[[House], AbstractAsyncContextManager[None]] | None = None
    """Runs while the house is open; keeps its parts with `House.keep`."""


def installed_domains() -> tuple[Domain, ...]:
    """Every domain found through its entry point, in order of name."""
    found = sorted(entry_points(group="sandan.domains"), key=lambda point: point.name)
    domains = tuple(point.load() for point in found)
    assert all(isinstance(domain, Domain) for domain in domains)
    return domains


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, as a handler sees it: who, when, in which language, and the house."""

    request: Request
    house: House
    actor: Actor
    now: datetime
    language: Language

    @property
    def store(self) -> Store:
        return self.house.store

    def render(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """A page for this visitor."""
        pages: Pages = self.request.app.state.pages
        return page(pages.html(self.request, template, self.now, context), status)

    def render_form(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """The same with the `csrf` of a form for somebody without an account, who gets a session for it."""
        session = self.request.cookies.get(COOKIE) or secrets.token_urlsafe(32)
        response = self.render(template, status=status, csrf=csrf_token(session), **context)
        if COOKIE not in self.request.cookies:
            set_session(response, session, https=self.house.settings.web.https, hours=None)
        return response

    def unchanged(self, tag: str) -> Response | None:
        """304 when the visitor already has what `tag` names; set `etag` on the answer otherwise."""
        if self.request.headers.get("if-none-match") == f'"{tag}"':
            return Response(status_code=304, headers={"etag": f'"{tag}"'})
        return None


def visit(request: Request) -> Visit:
    """The dependency behind `Here`."""
    house: House = request.app.state.house
    return Visit(request, house, actor_of(request), house.clock.now(), language_of(request))


Here = Annotated[Visit, Depends(visit)]


async def written(request: Request) -> FormData:
    """The dependency behind `Written`: read before the page's function, which then runs beside the loop."""
    return await read_form(request)


Written = Annotated[FormData, Depends(written)]
"""What a form says; for forms whose fields are not known beforehand."""


def whole(said: object) -> int:
    """A number that a form carries, such as the edition it was filled from; 0 for anything else."""
    text = str(said or "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


@asynccontextmanager
async def beside(
    *jobs: Coroutine[Any, Any, None], after: Callable[[], None] | None = None
) -> AsyncIterator[None]:
    """Run jobs beside the pages until the house closes; a job that failed is told of then.

    `after` waits for what the jobs' threads still do: the store must not close under them.
    """
    tasks = [asyncio.create_task(job) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        if after is not None:
            await asyncio.to_thread(after)
        for error in ended:
            if isinstance(error, Exception):
                log.error("a job beside the pages had failed", exc_info=error)


async def forever(job: Callable[[], Awaitable[None]], every: float) -> None:
    """Run `job` every so many seconds until cancelled."""
    while True:
        await job()
        await asyncio.sleep(every)
