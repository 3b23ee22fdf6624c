"""Rules as data: tariffs, limits, thresholds, each with version, effective date and source.

A computation for a past day asks for the rules of that day, so that a bill can be restated as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.errors import Conflict, NotFound
from sandan.store.events import Json
from sandan.store.schema import rule
from sandan.words import Text


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a set of rules; `source` names the decree, page and line it comes from."""

    name: str
    version: str
    effective_from: date
    source: str
    body: Json


class Rules:
    """A version, once put, never changes; what changes is a new version."""

    def put(self, conn: Connection, new: Rule) -> bool:
        """Keep a version; whether it was new. `Conflict` when that version says something else."""
        same = (rule.c.name == new.name) & (rule.c.version == new.version)
        row = conn.execute(sa.select(rule).where(same)).one_or_none()
        if row is None:
            values = {f: getattr(new, f) for f in ("name", "version", "effective_from", "source", "body")}
            conn.execute(sa.insert(rule).values(values))
            return True
        if Rule(*row) != new:
            raise Conflict(
                Text(
                    f"규칙 '{new.name}' {new.version}판은 내용이 다릅니다. 새 판으로 넣으십시오.",
                    f"version {new.version} of rules '{new.name}' says something else. Use a new one.",
                )
            )
        return False

    def get(self, conn: Connection, name: str, as_of: date) -> Rule:
        """The rules in force on that day, or `NotFound`; of two from one day, the later version."""
        row = conn.execute(
            sa.select(rule)
            .where(rule.c.name == name, rule.c.effective_from <= as_of)
            .order_by(rule.c.effective_from.desc(), rule.c.version.desc())
            .limit(1)
        ).one_or_none()
        if row is None:
            raise NotFound(Text("규칙", "rules"), f"{name} @ {as_of}")
        return Rule(*row)

    def versions(self, conn: Connection, name: str) -> list[Rule]:
        """Every version of these rules, oldest first."""
        return [
            Rule(*row)
            for row in conn.execute(sa.select(rule).where(rule.c.name == name).order_by(rule.c.version))
        ]

    def newest(self, conn: Connection, name: str) -> Rule | None:
        """The last version of these rules, whatever its effective date; None without any."""
        query = sa.select(rule).where(rule.c.name == name).order_by(rule.c.version.desc()).limit(1)
        row = conn.execute(query).one_or_none()
        return None if row is None else Rule(*row)

    def count(self, conn: Connection, name: str) -> int:
        """How many versions there are."""
        asked = sa.select(sa.func.count()).select_from(rule).where(rule.c.name == name)
        return int(conn.scalar(asked) or 0)
