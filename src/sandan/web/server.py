"""The web application, before any domain has mounted its routes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI, Request
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from sandan.web import errors
from sandan.web.guard import Guard
from sandan.web.live import Live
from sandan.web.render import ASSETS, NavItem, Pages
from sandan.web.routes import PUBLIC, Routes
from sandan.web.session import LANGUAGE_COOKIE, Authenticator
from sandan.words import LANGUAGES

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
shell = Routes("web")


class Assets(StaticFiles):
    """Built files carry their hash in the name and never change."""

    def file_response(
        self, full_path: Any, stat_result: Any, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


@shell.page("/language/{language}", permission=PUBLIC)
def choose_language(language: str, request: Request, next: str = "/") -> Response:
    """Remember the reader's language and go back to the page."""
    target = next if next.startswith("/") and not next.startswith(("//", "/\\")) else "/"
    response = RedirectResponse(target, 303)
    if language in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=31536000, samesite="lax", httponly=True)
    return response


@shell.api("/ping", permission=PUBLIC)
def ping() -> dict[str, bool]:
    """Whether the server answers."""
    return {"ok": True}


def build_server(
    *,
    packages: Mapping[str, str],
    routes: Iterable[Routes],
    nav: tuple[NavItem, ...],
    authenticator: Authenticator,
    lifespan: Lifespan,
    demo: bool,
    https: bool,
    max_body: int,
) -> FastAPI:
    """A FastAPI app with the shell, the guard and the error answers; `routes` are the domains'."""
    app = FastAPI(
        title="Sandan API",
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.authenticator = authenticator
    app.state.pages = Pages(packages, nav, demo=demo)
    app.state.live = Live()
    app.add_middleware(Guard, max_body=max_body, https=https)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    errors.install(app)
    app.mount("/assets", Assets(directory=ASSETS), name="assets")
    for mounted in (shell, *routes):
        app.include_router(mounted.router)
    return app


def declared_permission(route: Any) -> str | None:
    """The permission a route was declared with; `None` is a mistake the tests catch."""
    extra: dict[str, str] | None = getattr(route, "openapi_extra", None)
    return (extra or {}).get("x-permission")
