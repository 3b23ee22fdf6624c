"""What people do with readings that were held back: look, mend, release, discard.

Each sees and decides on what is theirs. A release goes through the same checks again, marked as let in
by a person; what still fails stays where it was. Every decision is an event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import pyarrow as pa

from sandan.access import Actor
from sandan.errors import Conflict, Finding
from sandan.ingest.engine import Catalogue, screen
from sandan.ingest.model import CODES, INGEST_READ, QUARANTINE, REASONS, Delivery, Reason, Receipt, Terms
from sandan.ingest.records import Held, State, all_bindings, count_held, decide_held, find_held, get_held
from sandan.ingest.service.pipeline import Pipeline
from sandan.store import Json, Store
from sandan.twin.samples import READINGS, Stream
from sandan.words import Text

AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Mend:
    """What a person corrects before letting a reading in; `None` leaves it as it was."""

    address: str | None = None
    start: datetime | None = None
    value: float | None = None
    unit: str | None = None

    def apply(self, held: Held) -> Held:
        """The reading as it should have been sent."""
        said = {name: getattr(self, name) for name in ("address", "start", "value", "unit")}
        return replace(held, **{name: value for name, value in said.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Decision:
    """How many were let in or thrown away, and why others still cannot be let in."""

    done: int = 0
    findings: tuple[Finding, ...] = ()
    receipt: Receipt = field(default_factory=Receipt)

    def __add__(self, other: Decision) -> Decision:
        return Decision(self.done + other.done, self.findings + other.findings, self.receipt + other.receipt)


def list_quarantine(
    store: Store,
    actor: Actor,
    *,
    state: State | None = State.OPEN,
    reason: Reason | None = None,
    source: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Held]:
    """Held readings this actor may see, newest first; `before` is the last number of the page before."""
    actor.require(INGEST_READ)
    with store.registry.read() as conn:
        return find_held(conn, actor, state=state, reason=reason, source=source, before=before, limit=limit)


def count_quarantine(
    store: Store, actor: Actor, *, state: State = State.OPEN
) -> dict[tuple[str, Reason], int]:
    """How many this actor may see, by source and reason."""
    actor.require(INGEST_READ)
    with store.registry.read() as conn:
        return count_held(conn, actor, state=state)


async def release(
    store: Store, pipeline: Pipeline, actor: Actor, ids: Sequence[int], *, mend: Mend | None = None
) -> Decision:
    """Let readings in, mended or as they are; what still fails a check is named and stays."""
    actor.require(QUARANTINE)
    with store.registry.read() as conn:
        held = _open(get_held(conn, actor, ids))
        catalogue = Catalogue.of(store.points.all(conn), all_bindings(conn))
    groups: dict[tuple[str, Stream, datetime | None, str | None], list[Held]] = {}
    for one in held:
        groups.setdefault((one.source, one.stream, one.known_at, one.tenant), []).append(one)
    decision = Decision()
    for (source, stream, known_at, tenant), rows in groups.items():
        # staff may put a stranger's reading where it belongs; a firm's people reach their own points
        terms = Terms(stream, max_age=None, tenant=tenant if actor.tenant else None, released=True)
        if stream is not Stream.ACTUAL:
            terms = replace(terms, tolerance=None)
        mended = [(mend or Mend()).apply(one) for one in rows]
        good, findings = _tried(mended, catalogue, source, terms, pipeline.clock.now())
        decision += Decision(findings=findings)
        if not good:
            continue
        delivery = Delivery(_readings([mended[i] for i in good]), pipeline.clock.now(), known_at)
        outcome = await pipeline.submit(source, delivery, kind="", terms=terms)
        now = pipeline.clock.now()
        with store.registry.write() as conn:
            payload: dict[str, Json] = {"readings": len(good), "kept": outcome.receipt.kept, **_said(mend)}
            payload["reasons"] = dict(_reasons([rows[i] for i in good]))
            event = store.events.append(
                conn, "ReadingsReleased", actor=actor, subject=source, payload=payload, at=now, tenant=tenant
            )
            decide_held(
                conn, [rows[i].id for i in good], State.RELEASED, actor=actor, at=now, event=event.seq
            )
        decision += Decision(len(good), receipt=outcome.receipt)
    return decision


def discard(store: Store, actor: Actor, ids: Sequence[int], now: datetime) -> Decision:
    """Throw readings away; they stay in the record as discarded."""
    actor.require(QUARANTINE)
    with store.registry.write() as conn:
        held = _open(get_held(conn, actor, ids))
        for source, tenant in sorted({(h.source, h.tenant) for h in held}, key=str):
            rows = [h for h in held if (h.source, h.tenant) == (source, tenant)]
            payload: dict[str, Json] = {"readings": len(rows), "reasons": dict(_reasons(rows))}
            event = store.events.append(
                conn, "ReadingsDiscarded", actor=actor, subject=source, payload=payload, at=now, tenant=tenant
            )
            decide_held(conn, [h.id for h in rows], State.DISCARDED, actor=actor, at=now, event=event.seq)
    return Decision(len(held))


async def release_all(
    store: Store, pipeline: Pipeline, actor: Actor, reason: Reason, *, source: str | None = None
) -> Decision:
    """Let in everything held for one reason that passes now: after a point was registered, a clock set."""
    decision, before = Decision(), None
    while rows := list_quarantine(store, actor, reason=reason, source=source, before=before, limit=AT_ONCE):
        part = await release(store, pipeline, actor, [h.id for h in rows])
        decision += replace(part, findings=part.findings[: max(0, 100 - len(decision.findings))])
        before = rows[-1].id
    return decision


def discard_all(
    store: Store, actor: Actor, reason: Reason, now: datetime, *, source: str | None = None
) -> Decision:
    """Throw away everything held for one reason."""
    decision = Decision()
    while rows := list_quarantine(store, actor, reason=reason, source=source, limit=AT_ONCE):
        decision += discard(store, actor, [h.id for h in rows], now)
    return decision


def _open(held: list[Held]) -> list[Held]:
    decided = [h.id for h in held if h.state is not State.OPEN]
    if decided:
        raise Conflict(
            Text(
                f"{decided[0]}번 등 {len(decided)}건은 이미 처리되었습니다. 목록을 새로 고치십시오.",
                f"{len(decided)} of these, {decided[0]} first, are decided already. Look at the list again.",
            )
        )
    return held


def _tried(
    held: list[Held], catalogue: Catalogue, source: str, terms: Terms, now: datetime
) -> tuple[list[int], tuple[Finding, ...]]:
    """Which would pass the checks, and why the others would not."""
    reason = screen(_readings(held), catalogue, source, terms, now).reason
    findings = tuple(
        Finding(
            f"{held[i].id}: {held[i].address}",
            REASONS[CODES[reason[i] - 1]].problem,
            REASONS[CODES[reason[i] - 1]].remedy,
        )
        for i in np.flatnonzero(reason)
    )
    return np.flatnonzero(reason == 0).tolist(), findings


def _readings(held: Sequence[Held]) -> pa.Table:
    return pa.table(
        [pa.array([getattr(h, field.name) for h in held], field.type) for field in READINGS], schema=READINGS
    )


def _reasons(held: Sequence[Held]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in held:
        counts[one.reason.value] = counts.get(one.reason.value, 0) + 1
    return counts


def _said(mend: Mend | None) -> dict[str, Json]:
    if mend is None:
        return {}
    start = None if mend.start is None else mend.start.isoformat()
    said: dict[str, Json] = {"address": mend.address, "start": start, "value": mend.value, "unit": mend.unit}
    return {"mended": {name: value for name, value in said.items() if value is not None}}
