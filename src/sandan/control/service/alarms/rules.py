"""The table of alarm rules: what is in force, what was before, and how a new version is made.

A version is kept as rows of text, as a spreadsheet would hold them; once there it never changes. Until
somebody makes a version of their own, the table Sandan comes with is in force.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL
from sandan.control.engine.alarms.table import built_in_rules, parse_rules, rule_rows
from sandan.control.model.alarms import Rule, RuleSet
from sandan.control.model.rights import DESIGN
from sandan.errors import Conflict, Finding, InvalidInput
from sandan.store import Json, Store
from sandan.store import Rule as Kept
from sandan.twin.model import Thing
from sandan.twin.tables import kinds, quantities
from sandan.words import Text

NAME = "control.alarms"


def rules_in_force(store: Store, conn: Connection, now: datetime) -> RuleSet:
    """The rules of today: the newest version, or the table Sandan comes with."""
    kept = store.rules.versions(conn, NAME)
    return _rule_set(kept[-1]) if kept else built_in_rules()


def rule_versions(store: Store, conn: Connection) -> list[RuleSet]:
    """Every version there was, oldest first, beginning with the table Sandan comes with."""
    return [built_in_rules(), *(_rule_set(one) for one in store.rules.versions(conn, NAME))]


def rules_version(store: Store) -> int:
    """The number of the version in force; 0 for the table Sandan comes with."""
    with store.registry.read() as conn:
        return store.rules.count(conn, NAME)


def put_rules(
    store: Store, actor: Actor, base: int, rules: Sequence[Rule], reason: str, now: datetime
) -> RuleSet:
    """Make a new version of the whole table, in force from now on.

    `base` is the version its maker had before them. Raises `NotAllowed`, `InvalidInput` with what
    `faults_of` finds in the rules that are new or changed, and `Conflict` when somebody else has made
    a version since.
    """
    actor.require(DESIGN)
    with store.registry.write() as conn:
        before = rules_in_force(store, conn, now)
        if before.version != base:
            raise Conflict.of_version(before.version)
        if found := faults_of(store, conn, rules, before.rules):
            raise InvalidInput(found)
        new = RuleSet(base + 1, now.astimezone(SEOUL).date(), tuple(rules), actor.id, reason.strip())
        body = {"by": new.by, "reason": new.reason, "rules": rule_rows(new.rules)}
        store.rules.put(conn, Kept(NAME, f"{new.version:06}", new.effective, new.by, cast(Json, body)))
        changed = {name: len(ids) for name, ids in differences(before, new).items()}
        store.events.append(
            conn,
            "AlarmRulesChanged",
            actor=actor,
            subject=NAME,
            payload={"version": new.version, "reason": new.reason, **changed},
            at=now,
        )
    return new


def faults_of(
    store: Store, conn: Connection, rules: Sequence[Rule], before: Sequence[Rule] = ()
) -> list[Finding]:
    """What keeps rules from going live that a reader of one row cannot see; rules as `before` are left alone.

    A name misspelt would leave a rule watching nothing, and nobody would hear of it. An alarm without
    its response is a noise: ISA-18.2 asks for consequence, action and time of each (rationalisation).
    """
    fresh = [rule for rule in rules if rule not in before]
    if not fresh:
        return []
    known: dict[str, Collection[str]] = {
        "quantities": quantities().keys(),
        "kinds": kinds().keys(),
        "things": {thing.id for thing in store.things.all(conn)},
        "points": {point.id for point in store.points.all(conn)},
    }
    known["tenants"] = known["things"]
    return [one for rule in fresh for one in (*_unknown(rule, known), *_unanswered(rule))]


def _unknown(rule: Rule, known: Mapping[str, Collection[str]]) -> list[Finding]:
    return [
        Finding(
            f"{rule.id} · {column}",
            Text(f"'{name}'은(는) 없는 이름입니다.", f"there is no '{name}'."),
            Text(
                "목록에 있는 이름이나 식별자를 적으십시오.",
                "use a name or an id that is on the list.",
            ),
        )
        for column, names in known.items()
        for name in sorted(getattr(rule.scope, column) - set(names))
    ]


def _unanswered(rule: Rule) -> list[Finding]:
    missing = {
        "consequence": not rule.consequence.ko,
        "response": not rule.response.ko,
        "response_time": not rule.response_time,
    }
    return [
        Finding(
            f"{rule.id} · {column}",
            Text(
                "경보에는 그대로 두면 생길 일, 할 일, 대응 시한이 있어야 합니다.",
                "an alarm says what follows, what to do and by when.",
            ),
            Text("빈칸을 채우십시오.", "fill it in."),
        )
        for column, empty in missing.items()
        if rule.enabled and empty
    ]


def ids_of_names(things: Mapping[str, Thing], text: str) -> str:
    """Names or ids of things, parted by `;`, as ids; a name that several bear, or nobody, stays as it is."""
    parts = [part.strip() for part in text.split(";") if part.strip()]
    wanted = set(parts) - things.keys()
    bearers: dict[str, list[str]] = {}
    for thing in things.values():
        if thing.name in wanted:
            bearers.setdefault(thing.name, []).append(thing.id)
    return ";".join(bearers[one][0] if len(bearers.get(one, ())) == 1 else one for one in parts)


def differences(before: RuleSet, after: RuleSet) -> dict[str, list[Rule]]:
    """The rules that were added, changed (as they are after) and removed."""
    was, now = ({rule.id: rule for rule in one.rules} for one in (before, after))
    return {
        "added": [rule for id, rule in now.items() if id not in was],
        "changed": [rule for id, rule in now.items() if id in was and was[id] != rule],
        "removed": [rule for id, rule in was.items() if id not in now],
    }


def _rule_set(kept: Kept) -> RuleSet:
    body = cast(Mapping[str, Any], kept.body)
    rules = parse_rules(body["rules"])
    return RuleSet(int(kept.version), kept.effective_from, tuple(rules), body["by"], body["reason"])
