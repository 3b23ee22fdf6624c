"""One stream of events to every open page.

A publisher hands over an event once per audience and language; every viewer of the two gets the
same bytes. A viewer that cannot keep up loses its oldest *state* (the next one replaces it), and
is never allowed to hold memory.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import orjson
from starlette.responses import StreamingResponse

from sandan.words import LANGUAGES, Language

STAFF = ""
"""The audience that sees every firm; any other audience is the id of one firm."""
BACKLOG = 64
HEARTBEAT_SECONDS = 15.0


def encode(event: str, data: object) -> bytes:
    """One server-sent event."""
    body = orjson.dumps(data, option=orjson.OPT_SERIALIZE_NUMPY)
    return b"event: " + event.encode() + b"\ndata: " + body + b"\n\n"


@dataclass(slots=True, eq=False)
class _Viewer:
    audience: str
    language: Language
    waiting: deque[bytes] = field(default_factory=lambda: deque(maxlen=BACKLOG))
    bell: asyncio.Event = field(default_factory=asyncio.Event)


class Live:
    """Who is watching, and what they are told."""

    def __init__(self) -> None:
        self._viewers: set[_Viewer] = set()

    @property
    def viewers(self) -> int:
        return len(self._viewers)

    def audiences(self) -> set[str]:
        """Those with at least one open page: nothing need be made for the others."""
        return {viewer.audience for viewer in self._viewers}

    def publish(self, event: str, make: Callable[[str, Language], object | None]) -> None:
        """Tell everyone; `make(audience, language)` gives the data, or None for nothing to tell."""
        encoded: dict[tuple[str, Language], bytes | None] = {}
        for viewer in tuple(self._viewers):
            key = (viewer.audience, viewer.language)
            if key not in encoded:
                data = make(*key)
                encoded[key] = None if data is None else encode(event, data)
            message = encoded[key]
            if message is not None:
                viewer.waiting.append(message)
                viewer.bell.set()

    async def stream(self, audience: str, language: Language) -> AsyncIterator[bytes]:
        """The bytes of one viewer's stream, until it goes away."""
        assert language in LANGUAGES
        viewer = _Viewer(audience, language)
        self._viewers.add(viewer)
        try:
            yield encode("hello", {"language": language})
            while True:
                try:
                    await asyncio.wait_for(viewer.bell.wait(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                viewer.bell.clear()
                message = b"".join(viewer.waiting)
                viewer.waiting.clear()
                yield message
        finally:
            self._viewers.discard(viewer)

    def response(self, audience: str, language: Language) -> StreamingResponse:
        """The stream as an answer."""
        return StreamingResponse(
            self.stream(audience, language),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )
