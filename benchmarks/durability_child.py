"""The Sandan that is killed: the whole application on its store, with a clock that can be set wrong.

Run as `python -m benchmarks.durability_child FOLDER PORT`. Everything is as `sandan serve` makes it; only the
clock adds what `FOLDER/clock` says, and what the pipeline does is written to `FOLDER/status` for the sender.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import uvicorn

from sandan.app import build_app, open_stores
from sandan.clock import SystemClock
from sandan.domain import House
from sandan.ingest import Pipeline
from sandan.settings import Settings, StoreSettings


class SetClock:
    """The machine's clock as somebody set it: so many seconds off."""

    def __init__(self, file: Path) -> None:
        self._file, self._clock = file, SystemClock()

    def now(self) -> datetime:
        try:
            offset = float(self._file.read_text())
        except (OSError, ValueError):
            offset = 0.0
        return self._clock.now() + timedelta(seconds=offset)


def settings_of(data: Path) -> Settings:
    """A store on the disk that `data` lies on."""
    return replace(Settings(), folder=data, store=StoreSettings("sqlite:///registry.db", "chdb:///historian"))


async def report(house: House, file: Path) -> None:
    """Say what the pipeline does, ten times a second."""
    while True:
        pipeline = house.part(Pipeline)
        said = {
            "pid": os.getpid(),
            "blocked": pipeline.blocked.en if pipeline.blocked else None,
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "sources": {
                s.id: {
                    "health": s.health.value,
                    "received": s.total.received,
                    "duplicates": s.total.duplicates,
                    "quarantined": s.total.quarantined,
                    "in_flight": s.in_flight,
                    "newest": s.newest.timestamp() if s.newest else 0,
                }
                for s in pipeline.statistics()
            },
        }
        temporary = file.with_suffix(".new")
        temporary.write_text(json.dumps(said))
        temporary.replace(file)
        await asyncio.sleep(0.1)


async def serve(folder: Path, port: int) -> None:
    """Serve until told to stop."""
    settings = settings_of(folder / "data")
    with open_stores(settings, create=True) as store:
        app = build_app(settings, store, SetClock(folder / "clock"))
        server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)
        )
        serving = asyncio.create_task(server.serve())
        while not server.started and not serving.done():
            await asyncio.sleep(0.02)
        reporting = asyncio.create_task(report(app.state.house, folder / "status"))
        await serving
        reporting.cancel()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
