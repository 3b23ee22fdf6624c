"""What of the permits the control room has to see at once: work that must stop, requests that wait."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandan.access import Actor
from sandan.control.engine.permits import permit_rules
from sandan.control.model.permits import Weight
from sandan.control.model.rights import OPERATE
from sandan.control.model.safety import LIVE, PermitState, WorkPermit
from sandan.control.records.safety import find_permits
from sandan.control.service.permits.checking import Checked, PermitDesk, matter_of
from sandan.domain import Attention
from sandan.words import Text

OVERDUE = timedelta(days=1)
"""How long work whose time is over is still shown until somebody closes it."""


def permit_attention(desk: PermitDesk, actor: Actor, now: datetime) -> list[Attention]:
    """Work going on that must stop, requests to decide, work to close; for those who may."""
    if actor.tenant is not None or not actor.may(OPERATE):
        return []
    with desk.store.registry.read() as conn:
        works = find_permits(conn, states=LIVE, ending_after=now - OVERDUE)
    if not works:
        return []
    going = any(one.state is PermitState.GRANTED and one.start <= now < one.end for one in works)
    checked = desk.check(actor, "ko", now) if going else Checked({}, ())
    return [found for one in works if (found := _line(one, checked, now)) is not None]


def _line(work: WorkPermit, checked: Checked, now: datetime) -> Attention | None:
    name = permit_rules().kinds[work.kind].name
    stop = next(
        (
            one.conflict
            for one in checked.of(work.id)
            if one.blocks
            and one.conflict.weight is Weight.STOP
            and one.conflict.start <= now
            and matter_of(one.conflict) not in work.accepted
        ),
        None,
    )
    if work.state is PermitState.ASKED:
        if work.end <= now:
            return None
        priority, head, detail = 4, Text("작업허가 신청", "Permit asked for"), Text(work.name, work.name)
    elif work.end <= now:
        priority, head = 4, Text("작업 시간이 끝남", "Time of work over")
        detail = Text(f"{work.name}: 현장을 확인하고 종료하십시오.", f"{work.name}: check and close it.")
    elif work.start <= now and stop is not None:
        priority, head, detail = 1, Text("작업 중지 필요", "Work must stop"), stop.why
    else:
        return None
    place = f" · {work.place}" if work.place else ""
    return Attention(
        priority=priority,
        title=Text(f"{head.ko}: {name.ko}{place}", f"{head.en}: {name.en.lower()}{place}"),
        detail=detail,
        since=work.asked_at if work.state is PermitState.ASKED else work.start,
        href=f"/control/permits/{work.id}",
        place=work.thing,
        id=work.id,
    )
