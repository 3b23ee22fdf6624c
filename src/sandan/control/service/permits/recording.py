"""What is written on a permit while it runs: tests of the air, provisions made, signatures."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.control.engine.permits import permit_rules
from sandan.control.model.permits import ANY, AirTest
from sandan.control.model.rights import PERMITS
from sandan.control.model.safety import LIVE, WorkPermit
from sandan.control.records import safety as records
from sandan.control.service.incidents.changing import checked_moment
from sandan.control.service.permits.asking import LONGEST_NAME, provisions_of, strange
from sandan.control.service.permits.keeping import need, tell
from sandan.errors import Finding, InvalidInput
from sandan.store import Json, Store
from sandan.words import LANGUAGES, Text


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
        old = need(conn, actor, id, *LIVE)
        new = (AirTest(quantity, value, at) for quantity, value in values.items())
        tests = (*new, *old.tests)  # of two at the same time the first counts
        changed = replace(old, tests=tests)
        records.put_permit(conn, changed)
        names = {rule.quantity: rule for rule in permit_rules().air}
        ko, en = (
            ", ".join(
                f"{names[quantity].name.in_(language)} {value:g} {names[quantity].unit}"
                for quantity, value in values.items()
                if quantity in names
            )
            for language in LANGUAGES
        )
        told = ", ".join(f"{quantity} {value:g}" for quantity, value in values.items())
        said: dict[str, Json] = {"values": told, "ko": ko, "en": en, "tested": at.isoformat()}
        tell(store, conn, actor, changed, "AirTested", said, now)
        return changed


def record_provisions(
    store: Store, actor: Actor, id: str, provisions: Collection[str], now: datetime
) -> WorkPermit:
    """Say which provisions are made now, in place of what was said before."""
    actor.require(PERMITS)
    with store.registry.write() as conn:
        old = need(conn, actor, id, *LIVE)
        unknown = sorted(set(provisions) - provisions_of(old.kind).keys())
        if unknown:
            raise InvalidInput([strange(unknown)])
        changed = replace(old, provisions=tuple(sorted(set(provisions))))
        records.put_permit(conn, changed)
        said: dict[str, Json] = {"provisions": list(changed.provisions), "before": list(old.provisions)}
        tell(store, conn, actor, changed, "PermitProvided", said, now)
        return changed


def signs_of(kind: str) -> Mapping[str, Text]:
    """Who signs a permit of this kind besides who asks and who grants."""
    return {one.id: one.name for one in permit_rules().signs if one.kind in (kind, ANY)}


def sign(store: Store, actor: Actor, id: str, role: str, post: str, now: datetime) -> None:
    """Sign a permit in a role of its kind, as a post and without a name; the event is the signature."""
    actor.require(PERMITS)
    with store.registry.write() as conn:
        sign_in(store, conn, actor, need(conn, actor, id, *LIVE), role, post, now)


def sign_in(
    store: Store, conn: Connection, actor: Actor, permit: WorkPermit, role: str, post: str, now: datetime
) -> None:
    """The same in a transaction that is open; the caller has checked the right."""
    names, found = signs_of(permit.kind), list[Finding]()
    if role not in names:
        problem = Text("이 작업에 없는 서명란입니다.", "is no signature of this kind of work.")
        found.append(Finding("role", problem, Text("목록에서 고르십시오.", "choose one of the list.")))
    found += post_faults(post)
    if found:
        raise InvalidInput(found)
    said: dict[str, Json] = {
        "role": role,
        "ko": names[role].ko,
        "en": names[role].en,
        "post": post.strip(),
    }
    tell(store, conn, actor, permit, "PermitSigned", said, now)


def post_faults(post: str) -> list[Finding]:
    """What is wrong with a post somebody signs as."""
    if post.strip() and len(post) <= LONGEST_NAME:
        return []
    problem = Text("직책이 비었거나 너무 깁니다.", "is empty or too long.")
    return [Finding("post", problem, Text("예: 한빛기공 현장소장", "for example site manager, Hanbit"))]
