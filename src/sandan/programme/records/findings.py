"""Findings as they were last found, and those that are gone since.

A finding stays in its row while its matter does; what is gone is kept, so that a correction can be seen
to have closed it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.programme.model.audit import Answer, AuditFinding, AuditRun, Input, Matter, Severity
from sandan.programme.records import tables
from sandan.programme.records.answers import answers
from sandan.programme.records.codec import origin_from_json, row_to_json
from sandan.store import batches
from sandan.words import Text

LAST = "last"
GONE_SHOWN = 500
"""So many findings that are gone are read back."""


def mark(conn: Connection, day: date, told: str) -> str:
    """Something that changes whenever a check could find something else; `told` are its settings."""
    book, state, settled, document = tables.book, tables.state_set, tables.settlement, tables.document
    facts: list[Any] = [day.isoformat(), told]
    facts += [list(row) for row in conn.execute(sa.select(book.c.id, book.c.version).order_by(book.c.id))]
    for query in (
        sa.select(sa.func.max(state.c.id)),
        sa.select(sa.func.count(), sa.func.max(settled.c.at)).select_from(settled),
        sa.select(sa.func.count()).select_from(document),
    ):
        facts.append([str(one) for one in conn.execute(query).one()])
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def last_run(conn: Connection) -> AuditRun | None:
    """The last check; None when there was none."""
    row = conn.execute(sa.select(tables.audit).where(tables.audit.c.id == LAST)).one_or_none()
    if row is None:
        return None
    return AuditRun(
        mark=row.mark,
        day=row.day,
        checked_at=row.checked_at,
        plans=row.plans,
        projects=row.projects,
        statements=row.statements,
        documents=row.documents,
    )


def remember(
    conn: Connection,
    run: AuditRun,
    found: Sequence[AuditFinding],
    titles: Mapping[tuple[str, str], tuple[str, bool]],
) -> None:
    """Keep what a check found and mark what it found no more.

    `titles` say what a (plan, subject) is called and whether it is a project.
    """
    table = tables.finding
    before = {row.id: row for row in conn.execute(sa.select(table))}
    fresh = []
    for one in found:
        title, project = titles.get((one.plan, one.subject), (one.subject, False))
        made = {
            "plan": one.plan,
            "severity": one.severity.value,
            "title": title,
            "project": project,
            "finding": finding_to_json(one),
        }
        known = before.get(one.id)
        if known is None:
            fresh.append({"id": one.id, **made, "since": run.checked_at, "gone_at": None})
        elif known.gone_at is not None:
            _update(conn, one.id, {**made, "since": run.checked_at, "gone_at": None})
        elif any(getattr(known, name) != value for name, value in made.items()):
            _update(conn, one.id, made)
    if fresh:
        conn.execute(sa.insert(table), fresh)
    held = {one.id for one in found}
    gone = [id for id, row in before.items() if row.gone_at is None and id not in held]
    for ids in batches(gone):
        conn.execute(sa.update(table).where(table.c.id.in_(ids)).values(gone_at=run.checked_at))
    conn.execute(sa.delete(tables.audit).where(tables.audit.c.id == LAST))
    conn.execute(
        sa.insert(tables.audit).values(
            id=LAST,
            mark=run.mark,
            day=run.day,
            checked_at=run.checked_at,
            plans=run.plans,
            projects=run.projects,
            statements=run.statements,
            documents=run.documents,
        )
    )


def _update(conn: Connection, id: str, values: Mapping[str, Any]) -> None:
    conn.execute(sa.update(tables.finding).where(tables.finding.c.id == id).values(**values))


def matters(conn: Connection, plan: str | None = None) -> list[Matter]:
    """Findings that hold, the gravest first; then those that are gone, the newest first."""
    table = tables.finding
    query = sa.select(table)
    if plan is not None:
        query = query.where(table.c.plan == plan)
    said = answers(conn)
    holding = [_matter(row, said) for row in conn.execute(query.where(table.c.gone_at.is_(None)))]
    order = {severity: at for at, severity in enumerate(Severity)}
    holding.sort(
        key=lambda one: (
            order[one.finding.severity],
            one.finding.plan,
            one.finding.subject,
            one.finding.rule,
            one.finding.id,
        )
    )
    gone = query.where(table.c.gone_at.is_not(None)).order_by(table.c.gone_at.desc(), table.c.id)
    return holding + [_matter(row, said) for row in conn.execute(gone.limit(GONE_SHOWN))]


def read_matter(conn: Connection, id: str) -> Matter | None:
    """One finding, whether it holds or is gone."""
    row = conn.execute(sa.select(tables.finding).where(tables.finding.c.id == id)).one_or_none()
    return None if row is None else _matter(row, answers(conn))


def count_open(conn: Connection, plans: Collection[str]) -> dict[str, dict[Severity, int]]:
    """How many findings of each severity nobody has dealt with, for each plan; zero is left out."""
    table, said = tables.finding, tables.answer
    query = (
        sa.select(table.c.plan, table.c.severity, sa.func.count().label("n"))
        .outerjoin(said, (said.c.finding == table.c.id) & (said.c.at >= table.c.since))
        .where(table.c.gone_at.is_(None), said.c.finding.is_(None))
        .group_by(table.c.plan, table.c.severity)
    )
    counts: dict[str, dict[Severity, int]] = {plan: {} for plan in plans}
    for row in conn.execute(query):
        counts.setdefault(row.plan, {})[Severity(row.severity)] = int(row.n)
    return counts


def _matter(row: sa.Row[Any], said: Mapping[str, Answer]) -> Matter:
    return Matter(
        finding=finding_from_json(row.finding),
        title=row.title,
        project=row.project,
        since=row.since,
        gone_at=row.gone_at,
        answer=said.get(row.id),
    )


def finding_to_json(finding: AuditFinding) -> dict[str, Any]:
    """A finding as JSON."""
    return {
        "id": finding.id,
        "rule": finding.rule,
        "severity": finding.severity.value,
        "plan": finding.plan,
        "subject": finding.subject,
        "sentence": _both(finding.sentence),
        "inputs": [[_both(one.name), one.value, one.unit, row_to_json(one.origin)] for one in finding.inputs],
        "remedy": _both(finding.remedy),
        "who": finding.who,
        "origin": row_to_json(finding.origin),
    }


def _both(text: Text) -> list[str]:
    return [text.ko, text.en]


def finding_from_json(given: Mapping[str, Any]) -> AuditFinding:
    """The finding that `finding_to_json` wrote."""
    return AuditFinding(
        id=given["id"],
        rule=given["rule"],
        severity=Severity(given["severity"]),
        plan=given["plan"],
        subject=given["subject"],
        sentence=Text(*given["sentence"]),
        inputs=tuple(
            Input(Text(*name), value, unit, origin_from_json(origin))
            for name, value, unit, origin in given["inputs"]
        ),
        remedy=Text(*given["remedy"]),
        who=given["who"],
        origin=origin_from_json(given["origin"]),
    )
