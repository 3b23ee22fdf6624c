"""Asking for a permit: a firm for itself, an operator for any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL
from sandan.control.engine.permits import permit_rules
from sandan.control.model.incidents import Place
from sandan.control.model.permits import ANY, ENTRY, AirTest
from sandan.control.model.rights import PERMITS
from sandan.control.model.safety import PermitState, WorkPermit
from sandan.control.records import safety as records
from sandan.control.service.incidents.changing import AHEAD
from sandan.control.service.incidents.places import found_place
from sandan.control.service.permits.keeping import tell
from sandan.errors import Finding, InvalidInput
from sandan.store import Store
from sandan.words import Text

LONGEST_NAME = 200
MOST_POSTS = 10
FARTHEST = 1_000.0
"""Metres; who needs more names the thing."""


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
        tell(store, conn, actor, new, "PermitAsked", {"name": new.name, "kind": new.kind}, now)
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
        found.append(strange(unknown))
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


def strange(provisions: Sequence[str]) -> Finding:
    """That a kind of work has no such provisions."""
    named = ", ".join(provisions)
    problem = Text(f"이 작업에 없는 조치입니다: {named}", f"do not belong to it: {named}")
    return Finding("provisions", problem, Text("목록에서 고르십시오.", "choose from the list."))


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
    found = {one.provision: one.name for one in rules.needs if one.kind in (kind, ANY)}
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
