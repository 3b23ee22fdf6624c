"""What stands between the network and a handler: size, pace, origin and headers.

The page's own scripts and styles come from `/assets` only; the content policy says so to the
browser, and nothing in a template may be inline code.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(self), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Pace:
    """Counts requests a key may make; a moving window kept in memory."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._rates: dict[str, RateLimitItem] = {}

    def allows(self, rate: str, *key: str) -> bool:
        """Count one request against `rate` ("5 per minute") for `key`; False when it is used up."""
        item = self._rates.setdefault(rate, parse(rate))
        return self._limiter.hit(item, *key)


class Guard:
    """ASGI middleware: refuses oversized bodies and foreign origins, adds the security headers."""

    def __init__(self, app: ASGIApp, *, max_body: int, https: bool) -> None:
        self.app = app
        self.max_body = max_body
        self.https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > self.max_body:
            await PlainTextResponse("body too large", 413)(scope, receive, send)
            return
        if scope["method"] in UNSAFE and not same_origin(headers):
            await PlainTextResponse("foreign origin", 403)(scope, receive, send)
            return
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._add_headers(message)
            await send(message)

        try:
            await self.app(scope, self._bounded(receive), sending)
        except _TooLarge:
            if not begun:
                await PlainTextResponse("body too large", 413)(scope, receive, sending)

    def _bounded(self, receive: Receive) -> Receive:
        seen = 0

        async def bounded() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.max_body:  # a chunked body, which announced no length
                raise _TooLarge
            return message

        return bounded

    def _add_headers(self, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        if self.https:
            headers.setdefault("strict-transport-security", "max-age=31536000")


class _TooLarge(BaseException):
    """Passes through whatever handler was reading; not an error anybody may swallow."""


def same_origin(headers: Headers) -> bool:
    """A browser's unsafe request must come from our own page; programs send no origin at all."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")
