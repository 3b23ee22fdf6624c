"""What a publication changed, in words a citizen reads: each thing, its fields, before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sandan.programme.engine import wording
from sandan.programme.model import vocabulary as words
from sandan.programme.model.plan import Fact, Measure, Milestone, Row, Table
from sandan.programme.model.statements import Statement
from sandan.programme.records.published import ChangedRow
from sandan.words import Text

Said = Text | str | date
_NOTHING = Text("없음", "none")
_FIELDS: Mapping[Table, Mapping[str, Text]] = {
    Table.PLAN: {
        "title": Text("이름", "Name"),
        "owner": Text("담당", "In charge"),
        "region": Text("지역", "Region"),
        "term_start": Text("시작", "Start"),
        "term_end": Text("끝", "End"),
    },
    Table.COMPLEX: {
        "name": Text("이름", "Name"),
        "role": Text("역할", "Role"),
        "industry": Text("업종", "Industry"),
        "function": Text("기능", "Function"),
    },
    Table.PROJECT: {
        "title": Text("이름", "Name"),
        "continuity": Text("사업구분", "Kind"),
        "start": Text("시작", "Start"),
        "end": Text("끝", "End"),
        "in_term": Text("임기 내 완료", "Within the term"),
        "budgeted": Text("예산 사업", "Budgeted"),
        "basis": Text("추진근거", "Basis"),
        "owner": Text("담당 부서", "Department"),
        "cooperating": Text("협조 부서", "Cooperating departments"),
        "standing": Text("단계", "Standing"),
    },
    Table.MEASURE: {
        "name": Text("이름", "Name"),
        "unit": Text("단위", "Unit"),
        "direction": Text("방향", "Direction"),
        "baseline": Text("기준값", "Baseline"),
    },
    Table.STATEMENT: {"value": Text("값", "Value")},
    Table.MILESTONE: {
        "title": Text("이름", "Name"),
        "start": Text("시작", "Start"),
        "end": Text("끝", "End"),
        "done": Text("마친 때", "Finished"),
    },
    Table.FACT: {"text": Text("내용", "Text"), "when": Text("때", "When")},
}
_WORDS: Mapping[str, Mapping[Any, Text]] = {
    "role": words.ROLE_NAMES,
    "continuity": words.CONTINUITY_NAMES,
    "standing": words.STANDING_NAMES,
    "direction": words.DIRECTION_NAMES,
}


@dataclass(frozen=True, slots=True)
class Restated:
    """One thing that changed: `fields` are (field, before, after); `project` leads to its card."""

    what: Text
    where: str
    project: str | None
    fields: Sequence[tuple[Text, Said, Said]]


def restate(changed: Sequence[ChangedRow], names: Mapping[str, str], projects: set[str]) -> list[Restated]:
    """Changes as citizens read them; what changed only inside the office is left out.

    `names` say what each subject is called.
    """
    found = []
    for one in changed:
        fields = _fields(one)
        row = one.now or one.was
        if fields and row is not None:
            subject = _subject(row)
            project = subject if subject in projects else None
            found.append(Restated(_what(one.table, row), names.get(subject, subject), project, fields))
    return found


def _fields(one: ChangedRow) -> list[tuple[Text, Said, Said]]:
    if one.was is None or one.now is None:
        return [
            (Text("새로 넣음", "Added"), _NOTHING, _main(one.now))
            if one.now is not None
            else (Text("뺌", "Taken out"), _main(one.was), _NOTHING)
        ]
    return [
        (name, _said(one.was, field), _said(one.now, field))
        for field, name in _FIELDS[one.table].items()
        if getattr(one.was, field) != getattr(one.now, field)
    ]


def _subject(row: Row) -> str:
    match row:
        case Statement() | Fact() | Measure():
            return row.subject
        case Milestone():
            return row.project
        case _:
            return row.id


def _what(table: Table, row: Row) -> Text:
    match row:
        case Statement():
            parts = [row.measure]
            kind = words.STAGE_NAMES[row.stage] if row.stage else words.KIND_NAMES[row.kind]
            ko, en = [*parts, kind.ko], [*parts, kind.en]
            if row.source is not None:
                ko.append(words.source_name(row.source).ko)
                en.append(words.source_name(row.source).en)
            if row.period is not None:
                ko.append(words.period_name(row.period).ko)
                en.append(words.period_name(row.period).en)
            return Text(" · ".join(ko), " · ".join(en))
        case Fact():
            return words.FACT_NAMES[row.kind]
        case Measure():
            return Text(f"확인지표 {row.name}", f"Measure {row.name}")
        case Milestone():
            return Text(f"일정 {row.title}", f"Milestone {row.title}")
        case _:
            return _TABLES[table]


_TABLES: Mapping[Table, Text] = {
    Table.PLAN: Text("계획", "Plan"),
    Table.COMPLEX: Text("산단", "Complex"),
    Table.PROJECT: Text("사업", "Project"),
}


def _main(row: Row | None) -> Said:
    assert row is not None
    match row:
        case Statement():
            return wording.said(row)
        case Fact():
            return row.text
        case _:
            return str(getattr(row, "title", "") or getattr(row, "name", ""))


def _said(row: Row, field: str) -> Said:
    value: Any = getattr(row, field)
    if isinstance(row, Statement):
        return wording.said(row)
    if value is None or value in ("", ()):
        return _NOTHING
    if isinstance(value, bool):
        return Text("예", "yes") if value else Text("아니요", "no")
    if field in _WORDS:
        return _WORDS[field][value]
    if isinstance(value, words.Quarter):
        return wording.quarter_name(value)
    if isinstance(value, date):
        return value
    return ", ".join(value) if isinstance(value, tuple) else str(value)
