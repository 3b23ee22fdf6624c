"""One stream of events to every open page.

A publisher hands over an event once per audience and language; every viewer of the two gets the
same bytes. A viewer that cannot keep up is never allowed to hold memory: its stream ends, and it
comes back. A page that joins late, or comes back, first reads a snapshot and then drops the events
that are older than it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import orjson
from starlette.responses import Response, StreamingResponse

from sandan.words import Language

STAFF = ""
"""The audience that sees every firm; any other audience is the id of one firm."""
BACKLOG = 256
HEARTBEAT_SECONDS = 10.0
LIFE_SECONDS = 900.0
"""After this the page connects again, and whoever may no longer watch is no longer told."""
Make = Callable[[str, Language], object | None]
"""Gives an event's data for an audience and a language; None when there is nothing to tell."""


def _json(data: object) -> bytes:
    return orjson.dumps(data, option=orjson.OPT_SERIALIZE_NUMPY)


@dataclass(slots=True, eq=False)
class _Viewer:
    audience: str
    language: Language
    waiting: deque[bytes] = field(default_factory=deque)
    behind: bool = False
    bell: asyncio.Event = field(default_factory=asyncio.Event)


class Live:
    """Who is watching, and what they are told; belongs to the event loop."""

    def __init__(self) -> None:
        self._viewers: set[_Viewer] = set()
        self._snapshots: dict[str, Make] = {}
        self._id = 0

    @property
    def viewers(self) -> int:
        return len(self._viewers)

    def audiences(self) -> set[str]:
        """Those with at least one open page: nothing need be made for the others."""
        return {viewer.audience for viewer in self._viewers}

    def offer(self, event: str, make: Make) -> None:
        """Say what a page that joins late is told of `event`."""
        self._snapshots[event] = make

    def publish(self, event: str, make: Make) -> None:
        """Tell everyone who is watching."""
        self._id += 1
        encoded: dict[tuple[str, Language], bytes | None] = {}
        for viewer in tuple(self._viewers):
            key = (viewer.audience, viewer.language)
            if key not in encoded:
                data = make(*key)
                encoded[key] = (
                    None
                    if data is None
                    else b"id: %d\nevent: %s\ndata: %s\n\n" % (self._id, event.encode(), _json(data))
                )
            message = encoded[key]
            if message is not None:
                viewer.behind = viewer.behind or len(viewer.waiting) >= BACKLOG
                if not viewer.behind:  # a page that missed one change would show it wrong for good
                    viewer.waiting.append(message)
                viewer.bell.set()

    def snapshot(self, audience: str, language: Language) -> Response:
        """The state as of the newest event, as the stream's readers expect it."""
        made = {event: make(audience, language) for event, make in self._snapshots.items()}
        events = {event: data for event, data in made.items() if data is not None}
        return Response(
            _json({"id": self._id, "events": events}),
            media_type="application/json",
            headers={"cache-control": "no-store"},
        )

    async def _bytes(self, audience: str, language: Language) -> AsyncIterator[bytes]:
        viewer = _Viewer(audience, language)
        self._viewers.add(viewer)
        try:
            yield b"retry: 2000\n\n"
            end = asyncio.get_running_loop().time() + LIFE_SECONDS
            while asyncio.get_running_loop().time() < end:
                try:
                    await asyncio.wait_for(viewer.bell.wait(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if viewer.behind:
                    return
                viewer.bell.clear()
                messages = b"".join(viewer.waiting)
                viewer.waiting.clear()
                yield messages
        finally:
            self._viewers.discard(viewer)

    def stream(self, audience: str, language: Language) -> StreamingResponse:
        """The stream of one viewer, until it goes away."""
        return StreamingResponse(
            self._bytes(audience, language),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )
