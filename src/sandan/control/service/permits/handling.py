"""What becomes of a permit that was asked for: granted, extended, stopped, closed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from sandan.access import Actor
from sandan.control.engine.permits import permit_rules
from sandan.control.model.permits import ANY
from sandan.control.model.rights import OPERATE, PERMITS
from sandan.control.model.safety import PermitState, WorkPermit
from sandan.control.records import safety as records
from sandan.control.service.incidents.changing import checked_text
from sandan.control.service.permits.checking import PermitDesk, matter_of
from sandan.control.service.permits.keeping import need, tell
from sandan.errors import Conflict, Finding, InvalidInput
from sandan.store import Json, Store
from sandan.words import Language, Text

END = frozenset({PermitState.REFUSED, PermitState.CLOSED, PermitState.WITHDRAWN})


def grant(
    desk: PermitDesk, actor: Actor, id: str, reason: str, language: Language, now: datetime
) -> WorkPermit:
    """Let the work be done. Against conflicts only with a reason, which the event keeps with them.

    What stands against it is looked at in the transaction that grants: two operators cannot grant two
    works that exclude each other. `Conflict` names the first that stands in the way.
    """
    actor.require(OPERATE)
    reason = checked_text("reason", reason, needed=False)
    store, around = desk.store, desk.around(actor, language, now)
    with store.registry.write() as conn:
        old = need(conn, actor, id, PermitState.ASKED, PermitState.STOPPED)
        if old.end <= now:
            raise Conflict(Text("작업 시간이 이미 지났습니다.", "The time of the work is over."))
        against = desk.check_in(conn, around, actor, language, now).blocking(id)
        if against and not reason:
            first, more = against[0].why, len(against) - 1
            ko, en = (f" (외 {more}건)", f" ({more} more)") if more else ("", "")
            raise Conflict(
                Text(
                    f"{first.ko}{ko} 그래도 허가하려면 까닭을 적으십시오.",
                    f"{first.en}{en} To grant it all the same, say why.",
                )
            )
        changed = replace(
            old,
            state=PermitState.GRANTED,
            decided_at=now,
            decided_by=actor.id,
            overridden=reason if against else "",
            accepted=tuple(sorted({matter_of(one) for one in against})),
            word="",
        )
        records.put_permit(conn, changed)
        if against:
            said: dict[str, Json] = {
                "reason": reason,
                "conflicts": len(against),
                "rules": [one.rule for one in against],
            }
            tell(store, conn, actor, changed, "PermitGrantedDespite", said, now)
        else:
            tell(store, conn, actor, changed, "PermitGranted", {}, now)
        return changed


STEPS: Mapping[str, tuple[frozenset[PermitState], PermitState, str]] = {
    "refuse": (frozenset({PermitState.ASKED}), PermitState.REFUSED, "PermitRefused"),
    "stop": (frozenset({PermitState.GRANTED}), PermitState.STOPPED, "PermitStopped"),
    "close": (frozenset({PermitState.GRANTED, PermitState.STOPPED}), PermitState.CLOSED, "PermitClosed"),
    "withdraw": (frozenset({PermitState.ASKED}), PermitState.WITHDRAWN, "PermitWithdrawn"),
}
"""From which state a step leads to which, and the event it leaves."""


def take_step(
    store: Store,
    actor: Actor,
    step: str,
    id: str,
    reason: str,
    now: datetime,
    checks: Collection[str] = (),
) -> WorkPermit:
    """Refuse, stop or close (an operator), or withdraw (who asked); with a reason.

    Work that has begun is closed with all the `checks` of its kind (`closing_of`).
    """
    actor.require(PERMITS if step == "withdraw" else OPERATE)
    reason = checked_text("reason", reason)
    before, after, kind = STEPS[step]
    with store.registry.write() as conn:
        old = need(conn, actor, id, *before)
        said: dict[str, Json] = {"reason": reason}
        if step == "close" and old.start <= now:
            missing = [name for check, name in closing_of(old.kind).items() if check not in checks]
            if missing:
                raise InvalidInput([_unchecked(name) for name in missing])
            said["checks"] = sorted(closing_of(old.kind))
        changed = replace(old, state=after, decided_at=now, decided_by=actor.id, word=reason)
        records.put_permit(conn, changed)
        tell(store, conn, actor, changed, kind, said, now)
        return changed


def closing_of(kind: str) -> Mapping[str, Text]:
    """What somebody has to have looked at before work of this kind is closed."""
    return {one.id: one.name for one in permit_rules().closing if one.kind in (kind, ANY)}


def _unchecked(name: Text) -> Finding:
    remedy = Text("현장에서 확인하고 표시하십시오.", "look at the place and tick it.")
    return Finding("check", Text(f"확인하지 않음: {name.ko}", f"not checked: {name.en}"), remedy)


def extend(
    desk: PermitDesk,
    actor: Actor,
    id: str,
    until: datetime | None,
    reason: str,
    language: Language,
    now: datetime,
) -> WorkPermit:
    """Let work that goes on go on longer, unless something stands against the longer time.

    `Conflict` names what does: then a new permit is asked for and decided.
    """
    actor.require(OPERATE)
    reason = checked_text("reason", reason)
    store, around = desk.store, desk.around(actor, language, now)
    with store.registry.write() as conn:
        old = need(conn, actor, id, PermitState.GRANTED)
        if until is None or until <= old.end or old.end <= now:
            problem = Text(
                "지금의 끝 시각보다 늦지 않거나, 작업 시간이 이미 끝났습니다.",
                "is not later than now agreed, or the time of the work is over.",
            )
            raise InvalidInput.because("end", problem, Text("시각을 확인하십시오.", "check the time."))
        changed = replace(old, end=until)
        records.put_permit(conn, changed)
        against = desk.check_in(conn, around, actor, language, now).news(changed)
        if against:
            why = against[0].why
            raise Conflict(
                Text(f"{why.ko} 새 허가를 신청하십시오.", f"{why.en} Ask for a new permit instead.")
            )
        said: dict[str, Json] = {"reason": reason, "before": old.end.isoformat(), "until": until.isoformat()}
        tell(store, conn, actor, changed, "PermitExtended", said, now)
        return changed
