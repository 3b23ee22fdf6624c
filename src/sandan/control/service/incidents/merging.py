"""Two incidents that are one are joined, and parted again where that was a mistake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.control.engine.incidents.rules import why_not_merge
from sandan.control.model.incidents import ClockKind, Incident, IncidentState, RunningClock
from sandan.control.model.rights import OPERATE
from sandan.control.records.incidents import cases
from sandan.control.records.notices import calls, messages
from sandan.control.service.incidents.changing import checked_text, need, need_active, put, tell
from sandan.control.service.notices.steps import tick_told
from sandan.errors import Conflict
from sandan.store import Store
from sandan.words import Text


def merge_incidents(
    store: Store, actor: Actor, id: str, into: str, now: datetime, seen: int | None = None
) -> Incident:
    """Merge `id` into another incident, which takes over its alarms, firms, legal clocks and notices.

    The earlier detection counts, so that merging never gains time. Whoever has not answered goes on being
    waited for, under the incident that stays; a split leaves what was told where it is.
    """
    actor.require(OPERATE)
    with store.registry.write() as conn:
        one, target = need_active(conn, id, seen), need(conn, into)
        refused = why_not_merge(one, target)
        if refused is not None:
            raise Conflict(refused)
        earlier = one if one.detected_at < target.detected_at else target
        before = {
            "detected": target.detected_at.isoformat(),
            "by": target.detected_by.value,
            "raised": None if target.raised_at is None else target.raised_at.isoformat(),
            "tenants": list(target.tenants),
            "clocks": [one.clock for one in cases.read_clocks(conn, [into]).get(into, ())],
        }
        _merge_clocks(conn, one, target)
        changed = put(
            conn,
            target,
            alarms=tuple(dict.fromkeys((*target.alarms, *one.alarms))),
            tenants=tuple(sorted({*target.tenants, *one.tenants})),
            detected_at=earlier.detected_at,
            detected_by=earlier.detected_by,
            raised_at=min((at for at in (one.raised_at, target.raised_at) if at), default=None),
        )
        gone = put(conn, one, state=IncidentState.MERGED, merged_into=into, alarms=())
        cases.settle_handovers(conn, id, now)
        tell(store, conn, actor, gone, "IncidentMerged", {"into": into, "alarms": list(one.alarms)}, now)
        tell(store, conn, actor, changed, "IncidentJoined", {"other": id, "before": before}, now)
        notices, waiting = messages.move_messages(conn, id, into)
        rung = calls.move_calls(conn, id, into)
        if notices or rung:
            moved = {"other": id, "notices": notices, "waiting": waiting, "calls": rung}
            tell(store, conn, actor, changed, "NoticesMoved", moved, now)
            tick_told(store, conn, into, now)
        return changed


def part_incidents(store: Store, actor: Actor, id: str, reason: str, now: datetime) -> Incident:
    """Undo a merger: both stand on their own again, each with its alarms, firms and first detection.

    What was told meanwhile stays where it is, as nobody can be untold; a legal report made meanwhile answers
    the clock of both. Gives the incident that had been merged away.
    """
    actor.require(OPERATE)
    reason = checked_text("reason", reason)
    with store.registry.write() as conn:
        one = need(conn, id)
        if one.state is not IncidentState.MERGED or one.merged_into is None:
            raise Conflict(Text("병합된 사건만 되돌립니다.", "Only a merged incident can be parted again."))
        target = need_active(conn, one.merged_into)
        gone = store.events.find(conn, subject=id, kind="IncidentMerged", limit=1)[0]
        joins = store.events.find(conn, subject=target.id, kind="IncidentJoined", limit=1_000)
        join = next(event for event in joins if event.payload.get("other") == id)
        alarms = [str(a) for a in _listed(gone.payload.get("alarms")) if a in target.alarms]
        kept = {
            "alarms": tuple(alarm for alarm in target.alarms if alarm not in alarms),
            **_before(join.payload.get("before"), one, target),
        }
        left = put(conn, target, **kept)
        state = IncidentState.OPEN if one.contained_at is None else IncidentState.CONTAINED
        back = put(conn, one, state=state, merged_into=None, alarms=tuple(alarms))
        _part_clocks(conn, back, left, join.payload.get("before"), reason, actor, now)
        tell(store, conn, actor, back, "IncidentParted", {"other": target.id, "reason": reason}, now)
        tell(store, conn, actor, left, "IncidentParted", {"other": id, "reason": reason}, now)
        return back


def _listed(said: Any) -> Sequence[Any]:
    return said if isinstance(said, list) else ()


def _before(said: Any, one: Incident, target: Incident) -> dict[str, Any]:
    """What of the incident that stayed the merger had changed, as it was; mergers of old did not keep it."""
    if not isinstance(said, Mapping):
        return {}
    brought = set(one.tenants) - set(said["tenants"])
    raised = said["raised"]
    return {
        "detected_at": datetime.fromisoformat(said["detected"]),
        "detected_by": ClockKind(said["by"]),
        "raised_at": None if raised is None else datetime.fromisoformat(raised),
        "tenants": tuple(tenant for tenant in target.tenants if tenant not in brought),
    }


def _part_clocks(
    conn: Connection, back: Incident, left: Incident, before: Any, reason: str, actor: Actor, now: datetime
) -> None:
    """Each clock runs from its own first detection again; one that only the other brought ends here."""
    running = cases.read_clocks(conn, [back.id, left.id])
    own = {clock.clock: clock for clock in running.get(back.id, ())}
    there = running.get(left.id, ())
    was = _listed(before.get("clocks")) if isinstance(before, Mapping) else [one.clock for one in there]
    for clock in there:
        answer = {
            name: getattr(clock, name)
            for name in ("answered_at", "written_at", "answered_by", "note", "exempt")
        }
        mine = own.get(clock.clock)
        if mine is not None and mine.answered_at is None and clock.answered_at is not None:
            cases.put_clock(conn, back.id, replace(mine, **answer))
        if clock.clock in was:
            due = left.detected_at + (clock.due_at - clock.started_at)
            cases.put_clock(conn, left.id, replace(clock, started_at=left.detected_at, due_at=due))
        elif clock.answered_at is None:
            ended = replace(clock, answered_at=now, written_at=now, answered_by=actor.id, exempt=True)
            cases.put_clock(conn, left.id, replace(ended, note=f"{back.id}: {reason}"))


def _merge_clocks(conn: Connection, one: Incident, target: Incident) -> None:
    """Each legal clock of both runs on from the earlier start; what either has answered stays answered."""
    running = cases.read_clocks(conn, [one.id, target.id])
    there = {clock.clock: clock for clock in running.get(target.id, ())}
    for clock in running.get(one.id, ()):
        other = there.get(clock.clock)
        if other is None:
            cases.add_clocks(conn, target.id, [clock])
            continue
        earlier = min(clock, other, key=lambda running: running.started_at)
        answer = min((c for c in (other, clock) if c.answered_at), key=_answered, default=other)
        merged = replace(answer, started_at=earlier.started_at, due_at=earlier.due_at)
        cases.put_clock(conn, target.id, merged)


def _answered(clock: RunningClock) -> datetime:
    assert clock.answered_at is not None, "only answered ones are compared"
    return clock.answered_at
