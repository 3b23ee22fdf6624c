"""Edits on a plan: checked, applied, compared, taken back. Pure, so that a preview is what will happen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sandan.errors import Finding, InvalidInput
from sandan.programme.model.plan import (
    ROW_TYPES,
    Book,
    Complex,
    Edit,
    Fact,
    Measure,
    Milestone,
    Plan,
    Project,
    Row,
    Table,
)
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import WON
from sandan.words import Text

_LISTS: Mapping[Table, str] = {
    Table.COMPLEX: "complexes",
    Table.PROJECT: "projects",
    Table.MEASURE: "measures",
    Table.STATEMENT: "statements",
    Table.MILESTONE: "milestones",
    Table.FACT: "facts",
}


def rows_of(book: Book) -> dict[tuple[Table, str], Row]:
    """Every row of a plan by its table and id."""
    found: dict[tuple[Table, str], Row] = {(Table.PLAN, book.plan.id): book.plan}
    for table, name in _LISTS.items():
        for row in getattr(book, name):
            found[table, row.id] = row
    return found


def apply_edits(book: Book, edits: Iterable[Edit]) -> Book:
    """The plan as it would be after `edits`; `InvalidInput` names every edit that cannot be."""
    edits = list(edits)
    rows = rows_of(book)
    for edit in edits:
        if edit.row is None:
            rows.pop((edit.table, edit.id), None)
        else:
            rows[edit.table, edit.id] = edit.row
    after = _book(book, rows)
    faults = check_edits(edits) + check_book(after)
    if faults:
        raise InvalidInput(faults)
    return after


def edits_between(before: Book, after: Book) -> list[Edit]:
    """The edits that make `after` of `before`: what changed between two versions, or what undoes it."""
    old, new = rows_of(before), rows_of(after)
    gone = [Edit(table, id, None) for table, id in old if (table, id) not in new]
    put = [Edit(table, id, row) for (table, id), row in new.items() if old.get((table, id)) != row]
    return put + gone


def check_edits(edits: Sequence[Edit]) -> list[Finding]:
    """Edits whose row is of another table or another id than they say, or that drop the plan itself."""
    found = []
    for edit in edits:
        if edit.row is None:
            if edit.table is Table.PLAN:
                found.append(
                    Finding(
                        edit.id,
                        Text("계획 자체는 지울 수 없습니다.", "a plan cannot be taken away."),
                        Text("사업을 하나씩 폐기하십시오.", "drop its projects one by one."),
                    )
                )
        elif not isinstance(edit.row, ROW_TYPES[edit.table]) or edit.row.id != edit.id:
            found.append(
                Finding(
                    edit.id,
                    Text("표와 행이 맞지 않습니다.", "the row does not belong to the table or id named."),
                    Text("같은 표와 식별자를 쓰십시오.", "use the same table and id."),
                )
            )
    return found


def check_book(book: Book) -> list[Finding]:
    """References to rows that are not there, money that is not whole won, periods that end early."""
    projects = {project.id for project in book.projects}
    complexes = {one.id for one in book.complexes}
    subjects = projects | complexes | {book.plan.id}
    found: list[Finding] = []
    for project in book.projects:
        found += _missing(project.id, "parent", project.parent, projects)
        found += _missing(project.id, "complex", project.complex, complexes)
        if project.start and project.end and project.end < project.start:
            found.append(_ends_early(project.title))
    found += _circles(book.projects)
    about: Sequence[Measure | Statement | Fact] = (*book.measures, *book.statements, *book.facts)
    for row in about:
        found += _missing(row.id, "subject", row.subject, subjects)
    for milestone in book.milestones:
        found += _missing(milestone.id, "project", milestone.project, projects)
        if milestone.end < milestone.start:
            found.append(_ends_early(milestone.title))
    found += [_not_won(row) for row in book.statements if row.unit == WON and isinstance(row.value, float)]
    return found


def _missing(where: str, field: str, id: str | None, known: Iterable[str]) -> list[Finding]:
    if id is None or id in known:
        return []
    return [
        Finding(
            f"{where} · {field}",
            Text(f"'{id}'이(가) 계획에 없습니다.", f"'{id}' is not in the plan."),
            Text("먼저 그 행을 넣거나 이 칸을 비우십시오.", "put that row in first, or leave this empty."),
        )
    ]


def _circles(projects: Sequence[Project]) -> list[Finding]:
    parent = {project.id: project.parent for project in projects}
    found = []
    for project in projects:
        seen, at = {project.id}, project.parent
        while at is not None and at not in seen:
            seen.add(at)
            at = parent.get(at)
        if at == project.id:
            found.append(
                Finding(
                    project.title,
                    Text("상위 사업이 자기 자신으로 돌아옵니다.", "its parents lead back to itself."),
                    Text("상위 사업을 고치십시오.", "mend its parent."),
                )
            )
    return found


def _ends_early(where: str) -> Finding:
    return Finding(
        where,
        Text("끝이 시작보다 빠릅니다.", "it ends before it starts."),
        Text("기간을 고치십시오.", "mend the period."),
    )


def _not_won(row: Statement) -> Finding:
    return Finding(
        row.id,
        Text(f"금액 {row.value}이(가) 원 단위 정수가 아닙니다.", f"the amount {row.value} is not whole won."),
        Text("원 단위 정수로 적으십시오.", "write it in whole won."),
    )


def _book(book: Book, rows: Mapping[tuple[Table, str], Row]) -> Book:
    lists: dict[str, list[Any]] = {name: [] for name in _LISTS.values()}
    plan = book.plan
    for (table, _), row in rows.items():
        if isinstance(row, Plan):
            plan = row
        else:
            lists[_LISTS[table]].append(row)
    return replace(
        book,
        plan=plan,
        complexes=lists["complexes"],
        projects=lists["projects"],
        measures=lists["measures"],
        statements=lists["statements"],
        milestones=lists["milestones"],
        facts=lists["facts"],
    )


def subject_name(book: Book, subject: str) -> str:
    """What a subject is called: the plan, a complex or a project."""
    named: Sequence[Plan | Complex | Project] = (book.plan, *book.complexes, *book.projects)
    for row in named:
        if row.id == subject:
            return row.name if isinstance(row, Complex) else row.title
    return subject


def row_name(book: Book, row: Row) -> str:
    """What a row is called in a list of changes."""
    match row:
        case Complex() | Measure():
            return row.name
        case Project() | Milestone() | Plan():
            return row.title
        case Statement():
            return f"{subject_name(book, row.subject)} · {row.measure}"
        case Fact():
            return f"{subject_name(book, row.subject)} · {row.text[:40]}"
