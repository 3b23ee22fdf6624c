"""Who is asking: a cookie for people, a bearer token for programs.

`web` knows no accounts: the app hands it an `Authenticator`. A session's cookie holds a random
token of which the store keeps only a hash; the CSRF token is derived from it, so there is no
server secret to lose.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Protocol
from urllib.parse import urlsplit

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from sandan.access import OUTSIDER, Actor
from sandan.errors import NotAllowed
from sandan.words import LANGUAGES, Language, Text

COOKIE = "sandan"
MOST_FIELDS = 25_000
LANGUAGE_COOKIE = "language"
NOBODY = Actor("nobody", "", frozenset(), OUTSIDER)


class Authenticator(Protocol):
    """Finds the actor behind a session cookie or a bearer token; `None` when there is none."""

    def of_session(self, token: str) -> Actor | None: ...

    def of_bearer(self, token: str) -> Actor | None: ...


def csrf_token(session: str) -> str:
    """The token a page of this session carries in its forms."""
    return hmac.new(session.encode(), b"csrf", hashlib.sha256).hexdigest()


def actor_of(request: Request) -> Actor:
    """The actor of this request, `NOBODY` when not signed in; found once a request."""
    found: Actor | None = getattr(request.state, "actor", None)
    if found is None:
        found = _find(request) or NOBODY
        request.state.actor = found
    return found


def _find(request: Request) -> Actor | None:
    authenticator: Authenticator = request.app.state.authenticator
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer:
        request.state.bearer = True
        return authenticator.of_bearer(bearer.strip())
    token = request.cookies.get(COOKIE)
    return authenticator.of_session(token) if token else None


async def read_form(request: Request) -> FormData:
    """What a form says, whose size the guard has bounded: an evacuation ticks thousands of contacts."""
    return await request.form(max_fields=MOST_FIELDS)


async def check_csrf(request: Request) -> None:
    """Refuse a form that did not come from a page of this session; programs with a token need none."""
    actor_of(request)
    if getattr(request.state, "bearer", False):
        return
    session = request.cookies.get(COOKIE, "")
    given = request.headers.get("x-csrf-token") or str((await read_form(request)).get("csrf", ""))
    if not session or not hmac.compare_digest(given.encode(errors="replace"), csrf_token(session).encode()):
        raise NotAllowed(
            Text(
                "이 양식은 만료되었습니다. 화면을 새로 고친 뒤 다시 보내십시오.",
                "This form has expired. Reload the page and send it again.",
            )
        )


def language_of(request: Request) -> Language:
    """Korean unless the reader chose English (the cookie) or is a program asking for it."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    if "text/html" not in request.headers.get("accept", "") and request.headers.get(
        "accept-language", ""
    ).startswith("en"):
        return "en"
    return "ko"


def set_session(response: Response, token: str, *, https: bool, hours: int | None) -> None:
    """Give the browser its session; out of reach of scripts and of other sites.

    Without `hours` the cookie goes when the browser closes.
    """
    age = None if hours is None else hours * 3600
    response.set_cookie(COOKIE, token, max_age=age, httponly=True, samesite="lax", secure=https, path="/")


def end_session(response: Response, *, https: bool) -> None:
    """Take the session from the browser."""
    response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=https, path="/")


def local_path(target: str, otherwise: str = "/") -> str:
    """`target` when it is a path on this server, else `otherwise`: nobody is sent to a foreign site.

    Browsers read a backslash as a slash and drop control characters, so that `/\\host` and
    `/<tab>/host` lead away; both are refused.
    """
    if not target.startswith("/") or target.startswith("//"):
        return otherwise
    if "\\" in target or any(ord(character) < 32 or ord(character) == 127 for character in target):
        return otherwise
    try:
        parts = urlsplit(target)
    except ValueError:
        return otherwise
    return otherwise if parts.scheme or parts.netloc else target
