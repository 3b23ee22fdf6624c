"""What ingest contributes, and the pipeline that runs while the house is open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from sandan.access import Actor
from sandan.domain import Attention, Domain, Figure, House, beside
from sandan.ingest.commands import readings
from sandan.ingest.model import CONNECT, INGEST_READ, QUARANTINE
from sandan.ingest.pages import routes
from sandan.ingest.service import Pipeline, PipelineParams
from sandan.ingest.service.connections import Connections
from sandan.ingest.service.simulation import SIMULATED, resume_from
from sandan.ingest.sources.simulator import SIMULATOR, SimulatorSource, simulated
from sandan.twin.demo import DemoParams
from sandan.web import NavItem
from sandan.words import Text

ACCIDENT_SUBSTANCE = "암모니아"
"""What leaks in the demo's planned accident."""


def figures(house: House, actor: Actor, now: datetime) -> Sequence[Figure]:
    """How many samples a second come in, for those who watch the whole complex."""
    del now
    if actor.tenant is not None or "ingest" not in house.roles:
        return ()
    rate = sum(status.rate for status in house.part(Pipeline).statistics())
    return (Figure("samples", Text("초당 시료", "Samples a second"), round(rate, 1), "1", "/ingest"),)


def attention(house: House, actor: Actor, now: datetime) -> Sequence[Attention]:
    """That nothing can be kept, when nothing can."""
    blocked = house.part(Pipeline).blocked if "ingest" in house.roles else None
    if blocked is None or actor.tenant is not None:
        return ()
    return (Attention(1, Text("저장하지 못하고 있습니다", "Nothing can be kept"), blocked, now, "/ingest"),)


@asynccontextmanager
async def open_pipeline(house: House) -> AsyncIterator[None]:
    """Run the pipeline with its sources; every commit is told to the house."""
    if "ingest" not in house.roles:
        yield
        return
    alone = house.settings.store.historian.startswith("chdb:")
    async with Pipeline(house.store, house.clock, PipelineParams(alone=alone)) as pipeline:
        house.keep(pipeline)
        pipeline.on_commit(house.commits.publish)
        if house.settings.demo:
            await _simulate(house, pipeline)
        async with beside(Connections(house.store, pipeline).follow()):
            yield


async def _simulate(house: House, pipeline: Pipeline) -> None:
    table = dict(house.settings.table(SIMULATOR))
    accident = table.pop("accident", None)
    behaviour = await asyncio.to_thread(simulated, DemoParams(**table))
    house.keep(behaviour)
    if accident is not None:
        start = house.clock.now() + timedelta(seconds=float(accident))
        behaviour.plan_leak(ACCIDENT_SUBSTANCE, start)
    since = await asyncio.to_thread(
        resume_from, house.store, behaviour, house.clock.now() - timedelta(days=1)
    )
    source = SimulatorSource(behaviour, house.clock, since)
    pipeline.add(source, kind=SIMULATOR, terms=SIMULATED)


domain = Domain(
    name="ingest",
    title=Text("수집", "Ingest"),
    package="sandan.ingest",
    permissions=(INGEST_READ, QUARANTINE, CONNECT),
    routes=(routes,),
    nav=(NavItem(Text("수집", "Ingest"), "/ingest", INGEST_READ, 40, "g i"),),
    imports=(readings,),
    figures=figures,
    attention=attention,
    open=open_pipeline,
)
