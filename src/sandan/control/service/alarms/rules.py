"""The table of alarm rules: what is in force, what was before, and how a new version is made.

A version is kept as rows of text, as a spreadsheet would hold them; once there it never changes. Until
somebody makes a version of their own, the table Sandan comes with is in force.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

    `base` is the version its maker had before them. Raises `NotAllowed`, `InvalidInput` for a rule about
    a quantity or kind there is not, and `Conflict` when somebody else has made one since.
    """
    actor.require(DESIGN)
    if found := [finding for rule in rules for finding in _unknown(rule)]:
        raise InvalidInput(found)
    with store.registry.write() as conn:
        before = rules_in_force(store, conn, now)
        if before.version != base:
            raise Conflict(
                Text(
                    f"그사이 다른 사람이 {before.version}판을 만들었습니다. 새로 고친 뒤 다시 하십시오.",
                    f"Somebody has made version {before.version} meanwhile. Reload and try again.",
                )
            )
        new = RuleSet(base + 1, now.astimezone(SEOUL).date(), tuple(rules), actor.id, reason.strip())
        body = {"by": new.by, "reason": new.reason, "rules": rule_rows(new.rules)}
        store.rules.put(conn, Kept(NAME, f"{new.version:06}", new.effective, new.by, cast(Json, body)))
        store.events.append(
            conn,
            "AlarmRulesChanged",
            actor=actor,
            subject=NAME,
            payload={"version": new.version, "reason": new.reason, **_differences(before, new)},
            at=now,
        )
    return new


def _unknown(rule: Rule) -> list[Finding]:
    """A name misspelt would leave the rule watching nothing, and nobody would hear of it."""
    known = {"quantities": quantities().keys(), "kinds": kinds().keys()}
    return [
        Finding(
            f"{rule.id} · {column}",
            Text(f"'{name}'은(는) 없는 이름입니다.", f"there is no '{name}'."),
            Text(
                "설비 종류와 측정항목의 표에 있는 이름을 적으십시오.",
                "use a name of the tables of kinds and quantities.",
            ),
        )
        for column, names in known.items()
        for name in sorted(getattr(rule.scope, column) - names)
    ]


def _differences(before: RuleSet, after: RuleSet) -> dict[str, int]:
    was, now = ({rule.id: rule for rule in one.rules} for one in (before, after))
    return {
        "added": len(now.keys() - was.keys()),
        "changed": sum(was[id] != now[id] for id in was.keys() & now.keys()),
        "removed": len(was.keys() - now.keys()),
    }


def _rule_set(kept: Kept) -> RuleSet:
    body = cast(Mapping[str, Any], kept.body)
    rules = parse_rules(body["rules"])
    return RuleSet(int(kept.version), kept.effective_from, tuple(rules), body["by"], body["reason"])
