"""The one place that knows everything: settings → store → domains → web → jobs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from sandan.clock import Clock
from sandan.domain import ROLES, Domain, House, ProcessRole, beside, forever, installed_domains
from sandan.errors import InvalidInput, SandanError
from sandan.settings import Settings
from sandan.store import Limits, Retention, Store, open_store
from sandan.web import Authenticator, Live, build_server
from sandan.words import Text

DAY_SECONDS = 86_400.0
log = logging.getLogger(__name__)


def open_stores(settings: Settings, *, create: bool = True) -> Store:
    """The store the settings name."""
    given = settings.store
    actual, ahead = given.keep_months or None, given.keep_forecast_months or None
    return open_store(
        *store_addresses(settings),
        create=create,
        retention=Retention(actual, ahead, ahead, given.leave_hours),
        limits=Limits(given.read_rows, given.read_memory_mb << 20),
    )


def store_addresses(settings: Settings) -> tuple[str, str]:
    """Registry and historian; relative paths are relative to the settings file."""
    return (
        _placed(settings.store.registry, "sqlite:///", settings.folder),
        _placed(settings.store.historian, "chdb:///", settings.folder),
    )


def _placed(url: str, scheme: str, folder: Path) -> str:
    if not url.startswith(scheme):
        return url
    path = folder / url.removeprefix(scheme)
    path.parent.mkdir(parents=True, exist_ok=True)
    return scheme + str(path)


def build_app(
    settings: Settings,
    store: Store,
    clock: Clock,
    *,
    roles: frozenset[ProcessRole] = ROLES,
    domains: tuple[Domain, ...] | None = None,
) -> FastAPI:
    """The application: every installed domain mounted, and its jobs run while it serves."""
    domains = installed_domains() if domains is None else domains
    house = House(settings, clock, store, Live(), domains, roles)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for domain in domains:
                if domain.open is not None:
                    await stack.enter_async_context(domain.open(house))
            if "jobs" in roles:
                await stack.enter_async_context(_keeping_house(house))
            yield

    app = build_server(
        packages={domain.name: domain.package for domain in domains if domain.package},
        routes=[routes for domain in domains for routes in domain.routes],
        nav=tuple(item for domain in domains for item in domain.nav),
        authenticator=_authenticator(house),
        live=house.live,
        lifespan=lifespan,
        demo=settings.demo,
        complex_name=house.complex_name,
        https=settings.web.https,
        max_body=settings.web.max_body_mb * 1_000_000,
    )
    app.state.house = house
    return app


@asynccontextmanager
async def _keeping_house(house: House) -> AsyncIterator[None]:
    async def retain() -> None:
        try:
            await asyncio.to_thread(house.store.historian.retain, house.clock.now())
        except SandanError:
            log.exception("old samples could not be forgotten; tried again tomorrow")

    async with beside(forever(retain, DAY_SECONDS)):
        yield


def _authenticator(house: House) -> Authenticator:
    offered = [domain for domain in house.domains if domain.authenticator is not None]
    if len(offered) != 1 or offered[0].authenticator is None:
        names = ", ".join(domain.name for domain in offered) or "–"
        raise InvalidInput.because(
            "sandan.domains",
            Text(
                f"로그인을 맡은 도메인이 하나여야 합니다 ({names}).",
                f"exactly one domain must sign people in ({names}).",
            ),
            Text("설치한 확장을 확인하십시오.", "check the installed extensions."),
        )
    return offered[0].authenticator(house)
