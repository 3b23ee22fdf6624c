"""How many works of each kind were asked for, granted, stopped and closed: the last thirty days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sandan.access import Actor
from sandan.clock import Period
from sandan.control.engine.permits import permit_rules
from sandan.control.model.rights import PERMITS
from sandan.control.records import safety as records
from sandan.store import Store
from sandan.words import Text

DAYS = 30
STEPS = (
    "PermitAsked", "PermitGranted", "PermitGrantedDespite", "PermitRefused", "PermitSuspended",
    "PermitStopped", "PermitClosed",
)  # fmt: skip
MOST = 10_000


@dataclass(frozen=True, slots=True)
class KindFigures:
    """What happened to the works of a kind; `counts` are in the order of `STEPS`."""

    kind: Text
    counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts by kind, and how long a decision took in the middle."""

    kinds: Sequence[KindFigures]
    decided: timedelta | None


def permit_figures(store: Store, actor: Actor, now: datetime) -> Figures:
    """The last thirty days by what is on record; of a firm only its own."""
    actor.require(PERMITS)
    period = Period(now - timedelta(days=DAYS), now + timedelta(seconds=1))
    with store.registry.read() as conn:
        events = [
            one
            for kind in STEPS
            for one in store.events.find(conn, kind=kind, period=period, limit=MOST)
            if actor.tenant in (None, one.tenant)
        ]
        works = {id: records.read_permit(conn, id) for id in {one.subject for one in events}}
    counts = Counter((work.kind, one.kind) for one in events if (work := works.get(one.subject)) is not None)
    asked = {one.subject: one.at for one in events if one.kind == STEPS[0]}
    waits = [
        (one.at - asked[one.subject]).total_seconds()
        for one in events
        if one.kind in STEPS[1:4] and one.subject in asked
    ]
    return Figures(
        [
            KindFigures(kind.name, [counts[id, step] for step in STEPS])
            for id, kind in permit_rules().kinds.items()
            if any(counts[id, step] for step in STEPS)
        ],
        timedelta(seconds=median(waits)) if waits else None,
    )
