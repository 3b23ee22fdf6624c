"""Keeping the connections that are set up and the sources that run the same, while both change."""

from __future__ import annotations

import asyncio
import logging

from sandan.errors import InvalidInput, SandanError
from sandan.ingest.model import Terms
from sandan.ingest.records import Wire, all_wires
from sandan.ingest.service.pipeline import Pipeline
from sandan.ingest.sources import build_source
from sandan.store import Store
from sandan.twin.samples import Stream
from sandan.words import Text

log = logging.getLogger("sandan.ingest")

LOOK_EVERY = 5.0
"""Seconds between two looks at what is set up."""


class Connections:
    """Starts, stops and restarts sources as connections are added, changed and removed."""

    def __init__(self, store: Store, pipeline: Pipeline) -> None:
        self._store, self._pipeline = store, pipeline
        self._running: dict[str, Wire] = {}

    async def follow(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.settle()
            except SandanError as error:
                log.debug("connections cannot be read: %s", error.text.en)
            await asyncio.sleep(LOOK_EVERY)

    async def settle(self) -> None:
        """Make what runs agree with what is set up, now."""
        wires = {wire.id: wire for wire in await asyncio.to_thread(self._wires) if wire.enabled}
        for id, wire in list(self._running.items()):
            if wires.get(id) != wire:
                del self._running[id]
                await self._pipeline.remove(id)
        for id, wire in wires.items():
            if id in self._running:
                continue
            terms = Terms(wire.stream, tenant=wire.tenant)
            if wire.stream is not Stream.ACTUAL:
                terms = Terms(wire.stream, tolerance=None, tenant=wire.tenant)
            self._running[id] = wire
            try:
                source = build_source(wire, self._pipeline.clock)
            except InvalidInput as error:
                first = error.findings[0]
                problem = Text(first.in_("ko"), first.in_("en"))
                self._pipeline.refuse_source(id, wire.kind, terms, problem)
                continue
            self._pipeline.add(source, kind=wire.kind, terms=terms)

    def _wires(self) -> list[Wire]:
        with self._store.registry.read() as conn:
            return all_wires(conn)
