"""What of the permits somebody has to see at once: work that must stop or was stopped, requests that wait."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandan.access import SYSTEM, Actor
from sandan.control.engine.permits import permit_rules
from sandan.control.model.permits import Weight
from sandan.control.model.rights import OPERATE, PERMITS
from sandan.control.model.safety import LIVE, PermitState, WorkPermit
from sandan.control.records.safety import find_permits
from sandan.control.service.permits.checking import Checked, PermitDesk
from sandan.domain import Attention
from sandan.words import Text

OVERDUE = timedelta(days=1)
"""How long work whose time is over is still shown until somebody closes it."""


def permit_attention(desk: PermitDesk, actor: Actor, now: datetime) -> list[Attention]:
    """For operators work that must stop or was stopped by itself, requests to decide, work to close; for the
    people of a firm what stands against their own work."""
    operates = actor.tenant is None and actor.may(OPERATE)
    if not operates and (actor.tenant is None or not actor.may(PERMITS)):
        return []
    with desk.store.registry.read() as conn:
        works = find_permits(conn, states=LIVE, tenant=actor.tenant, ending_after=now - OVERDUE)
    if not works:
        return []
    granted = any(one.state is not PermitState.ASKED and now < one.end for one in works)
    checked = desk.check(actor, "ko", now) if granted else Checked({}, ())
    return [found for one in works if (found := _line(one, checked, operates, now)) is not None]


def _line(work: WorkPermit, checked: Checked, operates: bool, now: datetime) -> Attention | None:
    told = _told(work, checked, operates, now)
    if told is None:
        return None
    priority, head, detail = told
    name = permit_rules().kinds[work.kind].name
    place = f" · {work.place}" if work.place else ""
    return Attention(
        priority=priority,
        title=Text(f"{head.ko}: {name.ko}{place}", f"{head.en}: {name.en.lower()}{place}"),
        detail=detail,
        since=(work.asked_at if work.state is PermitState.ASKED else work.decided_at) or work.start,
        href=f"/control/permits/{work.id}",
        place=work.thing,
        id=work.id,
    )


def _told(work: WorkPermit, checked: Checked, operates: bool, now: datetime) -> tuple[int, Text, Text] | None:
    """How urgent it is, what it is and why; None for nothing."""
    against = checked.news(work)
    over = work.state is not PermitState.ASKED and work.end <= now
    if work.state is PermitState.STOPPED and not over:
        if operates and work.decided_by != SYSTEM.id:
            return None
        why = against[0].why if against and not work.word else Text(work.word, work.word)
        return (
            1,
            Text("작업 중지됨, 현장 확인", "Work stopped, check the place"),
            why if why.ko else _named(work),
        )
    if work.state is PermitState.ASKED:
        waits = operates and now < work.end
        return (4, Text("작업허가 신청", "Permit asked for"), _named(work)) if waits else None
    if over:
        close = Text(f"{work.name}: 현장을 확인하고 종료하십시오.", f"{work.name}: check and close it.")
        return 4, Text("작업 시간이 끝남", "Time of work over"), close
    stops = [one for one in against if one.weight is Weight.STOP and one.start <= now]
    if work.start <= now and stops:
        return 1, Text("작업 중지 필요", "Work must stop"), stops[0].why
    if against:
        return 3, Text("허가 뒤 바뀜", "Changed since it was granted"), against[0].why
    return None


def _named(work: WorkPermit) -> Text:
    return Text(work.name, work.name)
