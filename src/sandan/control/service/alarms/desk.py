"""The alarms of a running centre: the open ones kept at hand, and what people do to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sandan.access import Actor
from sandan.control.model.alarms import Alarm
from sandan.control.records.alarms import open_alarms, told_since
from sandan.control.service.alarms.layout import Layout, read_layout
from sandan.control.service.alarms.lists import AlarmList, Told
from sandan.control.service.alarms.steps import Asked, Steps, handle
from sandan.store import Store

LATELY = timedelta(hours=1)
LONGEST_SHELF = 12.0
"""Hours an alarm may stay on the shelf unless the settings say otherwise: one long shift."""


class AlarmDesk:
    """Where pages ask for alarms; what it holds is read again after every change."""

    def __init__(self, store: Store, layout: Layout, now: datetime, longest_shelf: float) -> None:
        self._store = store
        self.longest_shelf = longest_shelf
        self.list = AlarmList(layout, *self._read(now), now)

    def reload(self, now: datetime, layout: Layout | None = None) -> None:
        """Read the open alarms again, over a changed layout when there is one."""
        self.list.refresh(layout or self.list.layout, *self._read(now), now)

    def act(self, actor: Actor, asked: Sequence[Asked], now: datetime) -> Steps:
        """Do what a person asked for, then show it."""
        steps = handle(self._store, actor, asked, now, self.longest_shelf)
        self.reload(now)
        return steps

    def _read(self, now: datetime) -> tuple[list[Alarm], Told]:
        with self._store.registry.read() as conn:
            return open_alarms(conn), Told(told_since(conn, now - LATELY))


def open_desk(
    store: Store, now: datetime, longest_shelf: float = LONGEST_SHELF, layout: Layout | None = None
) -> AlarmDesk:
    """A desk with the alarms that are open; `layout` when the watch of this process has read it."""
    return AlarmDesk(store, layout or read_layout(store, now), now, longest_shelf)
