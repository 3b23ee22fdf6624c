"""Asking for a permit, and what becomes of it; a firm for itself, an operator for any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL, Period
from sandan.control.engine.permits import permit_rules
from sandan.control.model.incidents import Place
from sandan.control.model.permits import ENTRY, AirTest
from sandan.control.model.rights import OPERATE, PERMITS
from sandan.control.model.safety import PERMIT_STATES, PermitState, WorkPermit
from sandan.control.records import safety as records
from sandan.control.service.incidents.changing import AHEAD, checked_moment, checked_text
from sandan.control.service.incidents.places import found_place
from sandan.control.service.permits.checking import PermitDesk, matter_of, owns
from sandan.errors import Conflict, Finding, InvalidInput, NotFound
from sandan.store import Json, Store
from sandan.words import Language, Text

PERMIT = Text("작업허가", "work permit")
LONGEST_NAME = 200
MOST_POSTS = 10
FARTHEST = 1_000.0
"""Metres; who needs more names the thing."""
END = frozenset({PermitState.REFUSED, PermitState.CLOSED, PermitState.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form says of a work; times are None where they could not be read."""

    kind: str
    name: str
    start: datetime | None
    end: datetime | None
    place: Place
    radius: float = 0.0
    contractor: str = ""
    outdoors: bool = True
    provisions: Sequence[str] = ()
    watchers: Sequence[str] = ()
    tests: Sequence[AirTest] = ()


def ask_permit(store: Store, actor: Actor, asked: Asked, now: datetime) -> WorkPermit:
    """Ask for a permit; whose it is follows from who asks, or from the place when an operator does.

    `InvalidInput` has everything that is wrong.
    """
    actor.require(PERMITS)
    found = _faults(asked, now)
    if found:
        raise InvalidInput(found)
    assert asked.start is not None, "checked just now"
    assert asked.end is not None, "checked just now"
    day = now.astimezone(SEOUL).date()
    with store.registry.write() as conn:
        place, tenant = _place(store, conn, actor, asked.place)
        if place.lon is None or place.lat is None:
            raise InvalidInput([_nowhere()])
        number = records.next_permit(conn, day)
        new = WorkPermit(
            f"WP-{day:%Y%m%d}-{number:03d}",
            asked.kind,
            asked.name.strip(),
            tenant,
            asked.contractor.strip(),
            place.thing,
            place.words,
            place.lon,
            place.lat,
            asked.radius,
            asked.start,
            asked.end,
            asked.outdoors,
            tuple(sorted(set(asked.provisions))),
            tuple(dict.fromkeys(filter(None, (post.strip() for post in asked.watchers)))),
            tuple(asked.tests),
            PermitState.ASKED,
            now,
            actor.id,
        )
        records.add_permit(conn, new, day, number)
        _tell(store, conn, actor, new, "PermitAsked", {"name": new.name, "kind": new.kind}, now)
        return new


def _place(store: Store, conn: Connection, actor: Actor, given: Place) -> tuple[Place, str | None]:
    """The place as the twin knows it and the firm whose permit it is."""
    found = found_place(store, conn, given)
    owner = None if found.thing is None else store.things.get(conn, found.thing).tenant
    if not actor.sees(owner):  # another firm's installation is words to them, and no place
        return replace(given, words=given.words.strip(), thing=None), actor.tenant
    if found.thing is not None and None not in (given.lon, given.lat):
        found = replace(found, thing=None)  # a point is meant, and the thing only names it
    return found, actor.tenant if actor.tenant is not None else owner


def _faults(asked: Asked, now: datetime) -> list[Finding]:
    rules, found = permit_rules(), list[Finding]()
    if asked.kind not in rules.kinds:
        problem = Text("작업 종류를 고르지 않았습니다.", "is not chosen.")
        found.append(Finding("kind", problem, Text("목록에서 고르십시오.", "choose one of the list.")))
    for where, text, needed in (
        ("name", asked.name, True),
        ("contractor", asked.contractor, asked.kind == ENTRY),
    ):
        if len(text) > LONGEST_NAME or (needed and not text.strip()):
            problem = Text(
                f"비었거나 {LONGEST_NAME}자를 넘습니다.",
                f"is empty or longer than {LONGEST_NAME} characters.",
            )
            found.append(Finding(where, problem, Text("짧게 적으십시오.", "write a few words.")))
    if asked.start is None or asked.end is None or asked.end <= asked.start or asked.end <= now:
        problem = Text(
            "시각이 없거나, 끝이 시작보다 늦지 않거나, 이미 지났습니다.",
            "are missing, end before they begin, or are over already.",
        )
        found.append(Finding("start · end", problem, Text("시각을 확인하십시오.", "check the times.")))
    unknown = sorted(set(asked.provisions) - provisions_of(asked.kind).keys())
    if unknown and asked.kind in rules.kinds:
        problem = Text(
            f"이 작업에 없는 조치입니다: {', '.join(unknown)}", f"do not belong to it: {', '.join(unknown)}"
        )
        found.append(Finding("provisions", problem, Text("목록에서 고르십시오.", "choose from the list.")))
    if not 0 <= asked.radius <= FARTHEST:
        problem = Text(f"0에서 {FARTHEST:g} m 사이가 아닙니다.", f"is not between 0 and {FARTHEST:g} m.")
        found.append(Finding("radius", problem, Text("예: 5", "for example 5")))
    if len(asked.watchers) > MOST_POSTS or any(len(post) > LONGEST_NAME for post in asked.watchers):
        problem = Text(f"{MOST_POSTS}곳을 넘거나 너무 깁니다.", f"are more than {MOST_POSTS}, or too long.")
        found.append(Finding("watchers", problem, Text("직책만 적으십시오.", "name posts only.")))
    if not asked.place.words.strip() and asked.place.lon is None:
        found.append(_nowhere())
    if any(test.at > now + AHEAD for test in asked.tests):
        problem = Text("앞으로의 시각입니다.", "lies ahead.")
        found.append(
            Finding("tested", problem, Text("측정한 시각을 적으십시오.", "write when it was measured."))
        )
    return found


def _nowhere() -> Finding:
    return Finding(
        "place",
        Text("작업 장소를 지도에서 찾지 못했습니다.", "cannot be found on the map."),
        Text(
            "목록의 이름을 고르거나 경도·위도를 적으십시오.", "choose a name of the list, or write a point."
        ),
    )


def provisions_of(kind: str) -> Mapping[str, Text]:
    """What a permit of this kind may promise, by the rules that ask for it."""
    rules = permit_rules()
    found = {one.provision: one.name for one in rules.needs if one.kind == kind}
    for rule in rules.surroundings:
        if rule.kind == kind:
            found.setdefault(rule.unless, PROVISIONS.get(rule.unless, Text(rule.unless, rule.unless)))
    return found


PROVISIONS: Mapping[str, Text] = {
    "hand_digging": Text("인력 굴착", "Digging by hand"),
    "excavation_notice": Text("굴착공사정보지원센터 확인", "Notice of the one-call centre"),
    "shielding": Text("불티 비산방지와 가스 측정", "Shielding of sparks, test for gas"),
}
"""Names of provisions that no rule of needs names."""


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
        old = _need(conn, actor, id, PermitState.ASKED, PermitState.STOPPED)
        if old.end <= now:
            raise Conflict(Text("작업 시간이 이미 지났습니다.", "The time of the work is over."))
        asked = replace(old, state=PermitState.ASKED)
        records.put_permit(conn, asked)  # what was stopped counts again while it is judged
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
            asked,
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
            _tell(store, conn, actor, changed, "PermitGrantedDespite", said, now)
        else:
            _tell(store, conn, actor, changed, "PermitGranted", {}, now)
        return changed


STEPS: Mapping[str, tuple[frozenset[PermitState], PermitState, str]] = {
    "refuse": (frozenset({PermitState.ASKED}), PermitState.REFUSED, "PermitRefused"),
    "stop": (frozenset({PermitState.GRANTED}), PermitState.STOPPED, "PermitStopped"),
    "close": (frozenset({PermitState.GRANTED, PermitState.STOPPED}), PermitState.CLOSED, "PermitClosed"),
    "withdraw": (frozenset({PermitState.ASKED}), PermitState.WITHDRAWN, "PermitWithdrawn"),
}
"""From which state a step leads to which, and the event it leaves."""


def take_step(store: Store, actor: Actor, step: str, id: str, reason: str, now: datetime) -> WorkPermit:
    """Refuse, stop or close (an operator), or withdraw (who asked); with a reason."""
    actor.require(PERMITS if step == "withdraw" else OPERATE)
    reason = checked_text("reason", reason)
    before, after, kind = STEPS[step]
    with store.registry.write() as conn:
        old = _need(conn, actor, id, *before)
        changed = replace(old, state=after, decided_at=now, decided_by=actor.id, word=reason)
        records.put_permit(conn, changed)
        _tell(store, conn, actor, changed, kind, {"reason": reason}, now)
        return changed


def record_air(
    store: Store, actor: Actor, id: str, values: Mapping[str, float], at: datetime | None, now: datetime
) -> WorkPermit:
    """Keep what was measured in the air of the place of work; the newest of each quantity counts."""
    actor.require(PERMITS)
    at = checked_moment("tested", at, now)
    if not values:
        raise InvalidInput.because(
            "air",
            Text("측정값이 없습니다.", "has no value."),
            Text("하나라도 적으십시오.", "write at least one."),
        )
    with store.registry.write() as conn:
        old = _need(conn, actor, id, *(frozenset(PermitState) - END))
        new = (AirTest(quantity, value, at) for quantity, value in values.items())
        tests = (*new, *old.tests)  # of two at the same time the first counts
        changed = replace(old, tests=tests)
        records.put_permit(conn, changed)
        told = ", ".join(f"{quantity} {value:g}" for quantity, value in values.items())
        _tell(store, conn, actor, changed, "AirTested", {"values": told, "tested": at.isoformat()}, now)
        return changed


def read_permit(store: Store, actor: Actor, id: str) -> WorkPermit:
    """One permit; another firm's is not there."""
    actor.require(PERMITS)
    with store.registry.read() as conn:
        return _need(conn, actor, id)


def list_permits(store: Store, actor: Actor, period: Period, now: datetime) -> list[WorkPermit]:
    """Permits of a period, and whenever it is what waits for a decision; of a firm only its own."""
    actor.require(PERMITS)
    with store.registry.read() as conn:
        found = records.find_permits(conn, tenant=actor.tenant, during=period)
        waiting = records.find_permits(
            conn, tenant=actor.tenant, states={PermitState.ASKED}, ending_after=now
        )
    known = {one.id for one in found}
    every = [*found, *(one for one in waiting if one.id not in known)]
    return sorted(every, key=lambda one: (one.start, one.id))


def _need(conn: Connection, actor: Actor, id: str, *states: PermitState) -> WorkPermit:
    found = records.read_permit(conn, id)
    if found is None or not owns(actor, found):
        raise NotFound(PERMIT, id)
    if states and found.state not in states:
        name = PERMIT_STATES[found.state]
        raise Conflict(
            Text(
                f"작업허가 {id}은(는) 지금 '{name.ko}' 상태입니다.",
                f"Permit {id} is now '{name.en.lower()}'.",
            )
        )
    return found


def _tell(
    store: Store,
    conn: Connection,
    actor: Actor,
    permit: WorkPermit,
    kind: str,
    said: Mapping[str, Json],
    now: datetime,
) -> None:
    store.events.append(
        conn, kind, actor=actor, subject=permit.id, payload=said, at=now, tenant=permit.tenant
    )
