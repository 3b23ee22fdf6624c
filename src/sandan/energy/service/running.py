"""What energy does while the house is open: forecasts each hour, plans each quarter-hour."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from sandan.domain import House, beside, forever
from sandan.energy.service.hindsight import judge_due, judge_yesterday
from sandan.energy.service.outlook import Outlook
from sandan.energy.service.planning import Planner
from sandan.energy.service.track import review, review_due
from sandan.energy.service.vpp.gates import hand_in_due
from sandan.errors import SandanError

log = logging.getLogger(__name__)
LOOK_EVERY = 20.0
"""Seconds between looks at whether something is due."""
SETTLES = 45.0
"""Seconds given to a house that has just opened before the first look."""


@asynccontextmanager
async def open_energy(house: House) -> AsyncIterator[None]:
    """Forecast where jobs run; a job that fails is logged, and tried again when next due."""
    if "jobs" not in house.roles:
        yield
        return
    worker = Worker(house)
    async with beside(worker.run(), after=worker.stop):
        yield


class Worker:
    """Does what is due, one thing after another, beside the event loop."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._outlook = Outlook(house.store)
        self._planner = Planner(house.store)
        self._failed = ""
        self._unsent = ""
        self._stopped = False
        self._busy = threading.Lock()

    def stop(self) -> None:
        """Wait for what is under way, and begin nothing more."""
        self._stopped = True
        with self._busy:
            pass

    async def run(self) -> None:
        await asyncio.sleep(SETTLES)
        await forever(self._look, LOOK_EVERY)

    async def _look(self) -> None:
        try:
            await asyncio.to_thread(self.work)
            if self._failed:
                log.info("forecasts and plans are made again")
            self._failed = ""
        except (SandanError, OSError, RuntimeError, ValueError) as error:
            if str(error) != self._failed:
                log.warning("forecasts and plans could not be made: %s", error)
            self._failed = str(error)

    def work(self) -> None:
        """Whatever is due now."""
        with self._busy:
            if not self._stopped:
                self._work()

    def _work(self) -> None:
        store, now = self._house.store, self._house.clock.now()
        if self._outlook.due(now):
            run = self._outlook.tell(now)
            if run.told:
                log.info("told %s forecasts, %s of them naive, %s silent", run.told, run.naive, run.silent)
                if review_due(store, now):
                    review(store, self._outlook, now)
        # Before what takes long: a gate does not wait.
        self._hand_in(now)
        if judge_due(store, now):
            judge_yesterday(store, now)
        if self._planner.due(now):
            made = self._planner.plan(now)
            log.info("planned %s sites, %s could not be", len(made.plans), len(made.unplanned))

    def _hand_in(self, now: datetime) -> None:
        """Hand in the pool's forecast where that is due; what keeps it from it keeps nothing else."""
        try:
            for one in hand_in_due(self._house.store, now):
                log.info("handed in the forecast for %s at the %s gate", one.day, one.gate)
            self._unsent = ""
        except SandanError as error:
            why = error.in_("en")
            if why != self._unsent:
                log.warning("the forecast due could not be handed in: %s", why)
            self._unsent = why
