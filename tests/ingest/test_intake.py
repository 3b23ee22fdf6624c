"""What waits for its commit."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from sandan.ingest.model import Delivery, Terms
from sandan.ingest.service.intake import Intake, Waiting
from sandan.ingest.sources.payload import Columns

LINGER = 0.02


async def test_what_came_during_a_commit_has_waited_already():
    """The time a batch gathers counts from its first delivery, not from when somebody asks for it."""
    intake = Intake(10)
    delivery = Delivery(Columns().table(), datetime(2026, 11, 21, tzinfo=UTC))
    await intake.put(Waiting("mqtt", Terms(), delivery))
    await asyncio.sleep(LINGER)  # the commit before it
    taking = asyncio.create_task(intake.take(5, LINGER))
    for _ in range(10):
        await asyncio.sleep(0)
    assert taking.done()
    assert [one.source for one in taking.result()] == ["mqtt"]
