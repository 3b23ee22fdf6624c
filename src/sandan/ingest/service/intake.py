"""The waiting room between sources and the commit: bounded, and fair to each source.

A source that is faster than the store finds its place full and waits: that is the back-pressure
which reaches the sender (MQTT's receive maximum, HTTP's open request). Memory never grows with load.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from sandan.ingest.model import Delivery, Receipt, Terms


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one delivery; `fate` has a code for each of its readings, in order."""

    receipt: Receipt
    fate: bytes


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery in the waiting room, and who wants to hear of it."""

    source: str
    terms: Terms
    delivery: Delivery
    done: asyncio.Future[Outcome] | None = None

    @property
    def rows(self) -> int:
        """Its weight: what could not be read counts too."""
        n: int = self.delivery.readings.num_rows
        return max(1, n + len(self.delivery.unreadable))


class Intake:
    """Deliveries waiting, a queue for each source, `room` rows each."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._queues: dict[str, deque[Waiting]] = {}
        self._rows: dict[str, int] = {}
        self._changed = asyncio.Condition()
        self._closed = False
        self._since = 0.0
        """When what waits longest came, by the loop's clock."""

    def waiting(self, source: str) -> int:
        """Rows of this source that wait."""
        return self._rows.get(source, 0)

    async def put(self, item: Waiting) -> None:
        """Wait for room, then for the commit's turn; one delivery larger than the room gets in alone."""
        async with self._changed:
            await self._changed.wait_for(
                lambda: (
                    self._rows.get(item.source, 0) == 0 or self._rows[item.source] + item.rows <= self._room
                )
            )
            if not self._queues:
                self._since = asyncio.get_running_loop().time()
            self._queues.setdefault(item.source, deque()).append(item)
            self._rows[item.source] = self._rows.get(item.source, 0) + item.rows
            self._changed.notify_all()

    async def take(self, most: int, linger: float) -> list[Waiting]:
        """Up to about `most` rows, gathered for at most `linger` seconds; empty once closed and drained.

        The seconds count from when the first of them came: what came during a commit has waited already.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: self._closed or self._total() > 0)
            if self._total() < most and not self._closed:
                try:
                    async with asyncio.timeout_at(self._since + linger):
                        await self._changed.wait_for(lambda: self._closed or self._total() >= most)
                except TimeoutError:
                    pass
            taken = self._gather(most)
            self._since = asyncio.get_running_loop().time()
            self._changed.notify_all()
            return taken

    async def close(self) -> None:
        """Let `take` return what is left and then nothing."""
        async with self._changed:
            self._closed = True
            self._changed.notify_all()

    def empty(self) -> list[Waiting]:
        """Everything that waits, taken out at once."""
        return self._gather(self._total() + 1)

    def _total(self) -> int:
        return sum(self._rows.values())

    def _gather(self, most: int) -> list[Waiting]:
        taken: list[Waiting] = []
        rows = 0
        while rows < most and self._queues:
            for source in list(self._queues):
                queue = self._queues[source]
                item = queue[0]
                if taken and rows + item.rows > most:
                    return taken
                queue.popleft()
                taken.append(item)
                rows += item.rows
                self._rows[source] -= item.rows
                if not queue:
                    # a source that has nothing waiting costs nothing: devices come and go by the thousand
                    del self._queues[source], self._rows[source]
        return taken
