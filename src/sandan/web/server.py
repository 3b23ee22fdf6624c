"""The web application, before any domain has mounted its routes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from mimetypes import add_type, guess_type
from typing import Any

from fastapi import FastAPI, Request
from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from sandan.web import errors
from sandan.web.guard import Guard
from sandan.web.live import STAFF, Live
from sandan.web.render import ASSETS, NavItem, Pages
from sandan.web.routes import PUBLIC, SIGNED_IN, Routes
from sandan.web.session import LANGUAGE_COOKIE, Authenticator, actor_of, language_of, local_path
from sandan.words import LANGUAGES

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
shell = Routes("web")
add_type("text/javascript", ".mjs")
add_type("text/javascript", ".js")
add_type("font/woff2", ".woff2")


class Assets(StaticFiles):
    """Built files: the hash of the content is in the name, and text lies ready compressed."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if "gzip" in Headers(scope=scope).get("accept-encoding", "") and (ASSETS / f"{path}.gz").is_file():
            response = await super().get_response(f"{path}.gz", scope)
            response.headers["content-encoding"] = "gzip"
            response.headers["content-type"] = guess_type(path)[0] or "application/octet-stream"
        else:
            response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        response.headers["vary"] = "accept-encoding"
        return response


@shell.page("/language/{language}", permission=PUBLIC)
def choose_language(language: str, request: Request, next: str = "/") -> Response:
    """Remember the reader's language and go back to the page."""
    response = RedirectResponse(local_path(next), 303)
    if language in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=31536000, samesite="lax", httponly=True)
    return response


@shell.page("/stream", permission=SIGNED_IN)
async def stream(request: Request) -> Response:
    """The one stream of events behind every open page."""
    live: Live = request.app.state.live
    return live.stream(actor_of(request).tenant or STAFF, language_of(request))


@shell.page("/stream/snapshot", permission=SIGNED_IN)
async def snapshot(request: Request) -> Response:
    """What a page that joins late must know before it follows the stream."""
    live: Live = request.app.state.live
    return live.snapshot(actor_of(request).tenant or STAFF, language_of(request))


@shell.page("/api/openapi.json", permission=SIGNED_IN)
def openapi(request: Request) -> Response:
    """The description of the API, for those who may use it."""
    return JSONResponse(request.app.openapi())


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
    live: Live,
    lifespan: Lifespan,
    demo: bool,
    complex_name: Callable[[], str],
    https: bool,
    max_body: int,
) -> FastAPI:
    """A FastAPI app with the shell, the guard and the error answers; `routes` are the domains'."""
    app = FastAPI(
        title="Sandan API",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.authenticator = authenticator
    app.state.pages = Pages(packages, nav, demo=demo, complex_name=complex_name)
    app.state.live = live
    app.add_middleware(Guard, max_body=max_body, https=https)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    errors.install(app)
    app.mount("/assets", Assets(directory=ASSETS), name="assets")
    for mounted in (shell, *routes):
        app.router.routes.extend(mounted.router.routes)
    return app


def declared_permission(route: Any) -> str | None:
    """The permission a route was declared with; `None` is a mistake the tests catch."""
    extra: dict[str, str] | None = getattr(route, "openapi_extra", None)
    return (extra or {}).get("x-permission")
