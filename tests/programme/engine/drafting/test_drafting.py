"""Documents become drafts: every figure once, nothing invented, nobody named."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest
from tests.shared import SEEDS

from sandan.clock import SEOUL
from sandan.programme.engine.conflicts import find_contradictions
from sandan.programme.engine.drafting import draft_plan
from sandan.programme.engine.edits import apply_edits
from sandan.programme.engine.figures import find_figures
from sandan.programme.engine.reading import read_document
from sandan.programme.model.documents import Document, Draft
from sandan.programme.model.plan import (
    Book,
    ChangeKind,
    Complex,
    Edit,
    Fact,
    Measure,
    Milestone,
    Plan,
    Project,
    Row,
    Table,
    Version,
)
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import ComplexRole, Continuity, FactKind, Kind, Quarter, Standing

CASES = Path(__file__).parents[3] / "cases" / "figures"
TEXTS = sorted(path for path in CASES.glob("*/document.*") if path.suffix in (".txt", ".md", ".html", ".csv"))
TABLES = {
    Plan: Table.PLAN,
    Complex: Table.COMPLEX,
    Project: Table.PROJECT,
    Measure: Table.MEASURE,
    Statement: Table.STATEMENT,
    Milestone: Table.MILESTONE,
    Fact: Table.FACT,
}


def seed(number: str) -> Draft:
    path = next(SEEDS.glob(f"{number}_*.txt"), None)
    if path is None:
        pytest.skip("the seed documents of ../shared are not here")
    return draft(read_document(path.name, path.read_bytes()))


def draft(document: Document) -> Draft:
    return draft_plan(document, find_figures(document).figures)


def case(path: Path) -> Document:
    return read_document(path.name, path.read_bytes())


def rows_of(draft: Draft, of: type[Row]) -> list[Row]:
    return [row for row in draft.rows if isinstance(row, of)]


def projects(draft: Draft) -> dict[str, Project]:
    return {row.title: row for row in draft.rows if isinstance(row, Project)}


def books(draft: Draft) -> list[Book]:
    """The plans that the rows make; an edit that cannot be raises."""
    plans = sorted((row for row in draft.rows if isinstance(row, Plan)), key=lambda one: -len(one.id))
    version = Version(
        number=1, kind=ChangeKind.IMPORT, reason="", by="", at=datetime(2026, 1, 1, tzinfo=SEOUL)
    )
    found = []
    for plan in plans:
        own = [row for row in draft.rows if row.id.startswith(plan.id)]
        found.append(
            apply_edits(
                Book(plan=plan, version=version), [Edit(TABLES[type(row)], row.id, row) for row in own]
            )
        )
    return found


@pytest.mark.parametrize("path", TEXTS, ids=[path.parent.name for path in TEXTS])
def test_every_figure_becomes_one_statement(path: Path) -> None:
    """The statements of a draft are the figures of its document, each once, in plans that hold together."""
    document = case(path)
    figures = find_figures(document).figures
    made = draft_plan(document, figures)
    statements = [row for row in made.rows if isinstance(row, Statement)]
    assert Counter((one.origin.line, one.kind, one.value, one.unit) for one in statements) == Counter(
        (one.line, one.kind, one.value, one.unit) for one in figures
    )
    assert len({row.id for row in made.rows}) == len(made.rows)
    assert sum(len(book.statements) for book in books(made)) == len(figures)


@pytest.mark.parametrize("path", TEXTS, ids=[path.parent.name for path in TEXTS])
def test_nobody_is_named(path: Path) -> None:
    """No row and no listed line has the name or the telephone number of a person."""
    made = draft(case(path))
    text = repr(made.rows) + repr(made.unplaced)
    assert "홍길동" not in text
    assert not re.search(r"\b000-0000", text)


@pytest.mark.parametrize("path", TEXTS, ids=[path.parent.name for path in TEXTS])
def test_a_second_reading_gives_the_same_ids(path: Path) -> None:
    """The same document read again changes nothing."""
    assert draft(case(path)).rows == draft(case(path)).rows


def test_a_card_is_a_project_with_its_fields() -> None:
    """Seed 000: code, period, owner and cooperating departments, new, after the term, non-budget."""
    made = seed("000")
    (project,) = projects(made).values()
    assert (project.code, project.start, project.end) == ("3-1", date(2022, 1, 1), date(2027, 12, 31))
    assert (project.continuity, project.in_term, project.budgeted) == (Continuity.NEW, False, False)
    assert project.owner == "전략사업과 스마트산업담당"
    assert len(project.cooperating) == 2
    steps = [row for row in made.rows if isinstance(row, Milestone)]
    assert [step.start for step in steps] == [Quarter(year, 1) for year in range(2022, 2027)]
    achieved = [row for row in made.rows if isinstance(row, Fact) and row.kind is FactKind.ACHIEVEMENT]
    assert {"2023-02", "2023-03~2023-08", "2024-07"} <= {one.when for one in achieved}
    assert made.dropped >= 3


def test_a_form_that_nobody_ticked_says_nothing() -> None:
    """Seed 001 prints both choices of each box: neither is taken, and the line is listed."""
    made = seed("001")
    main = projects(made)["노후산업단지의 스마트 제조단지로 탈바꿈"]
    assert (main.continuity, main.in_term, main.budgeted) == (None, None, None)
    assert 4 in {one.line for one in made.unplaced}
    parts = [one for one in projects(made).values() if one.parent == main.id]
    assert len(parts) == 6
    assert projects(made)["스마트제조 고급 인재 양성"].start == date(2021, 1, 1)


def test_parts_are_nested_by_their_sums() -> None:
    """Seed 002: 625억 is 465억 and 160억; what the list calls by other words is one project."""
    made = seed("002")
    found = projects(made)
    centre = found["스마트제조혁신센터 기반 구축 및 활성화"]
    assert {one.title for one in found.values() if one.parent == centre.id} == {
        "스마트제조혁신센터 설립",
        "산업 밸류체인 디지털전환(IVDX) 지원센터 조성",
    }
    zone = found["안산 강소연구개발특구 운영"]
    totals = {
        (one.measure, one.value)
        for one in made.rows
        if isinstance(one, Statement) and one.subject == zone.id and one.source == "계"
    }
    assert totals == {("사업비", 20_560_000_000), ("총사업비", 20_560_000_000)}


def test_each_region_of_a_summary_has_its_plan() -> None:
    """Seed 004: five plans, hubs and linked complexes, requested projects, and Busan's two goals."""
    made = seed("004")
    by_region = {book.plan.region: book for book in books(made) if book.plan.region}
    assert set(by_region) == {"경기도", "경상남도", "부산광역시", "울산광역시", "전라북도"}
    roles = Counter(one.role for book in by_region.values() for one in book.complexes)
    assert roles == {ComplexRole.HUB: 5, ComplexRole.LINKED: 13, ComplexRole.AREA: 3}
    asked = [one for one in by_region["울산광역시"].projects if one.standing is Standing.REQUESTED]
    assert "산단 지붕형태양광 가상발전소 설치" in {one.title for one in asked}
    (conflict,) = find_contradictions(by_region["부산광역시"])
    assert {one.value for one in conflict.statements} == {5_000_000_000_000, 1_300_000_000_000}
    assert {one.origin.line for one in conflict.statements} == {41, 156}


def test_two_cards_of_one_book_are_two_projects() -> None:
    """A book of cards becomes one plan; each card keeps its own fields and figures."""
    text = "\n".join(
        [
            "물빛시 공약 이행계획",
            "1. 산단 물류센터 조성",
            "○ 사업기간 : 2023년 ~ 2025년",
            "○ 추진부서 : 물류과",
            "○ 총사업비 : 120억원(국 60, 시 60)",
            "2. 공장 지붕 태양광 보급",
            "○ 사업기간 : 2024년 ~ 2026년",
            "○ 추진부서 : 에너지과",
            "○ 총사업비 : 80억원(국 40, 민 40)",
        ]
    )
    made = draft(read_document("book.txt", text.encode()))
    (plan,) = (row for row in made.rows if isinstance(row, Plan))
    found = projects(made)
    assert plan.title == "물빛시 공약 이행계획"
    assert [(one.code, one.owner) for one in found.values()] == [("1", "물류과"), ("2", "에너지과")]
    money = {one.subject: one.value for one in made.rows if isinstance(one, Statement) and one.source == "계"}
    assert money == {found["산단 물류센터 조성"].id: 12 * 10**9, found["공장 지붕 태양광 보급"].id: 8 * 10**9}
    assert {one.kind for one in made.rows if isinstance(one, Statement)} == {Kind.BUDGET}


def test_a_newer_copy_changes_only_what_changed() -> None:
    """A card printed again with another amount keeps every id; one statement differs."""
    card = "5. 빛길 조성\n○ 사업기간 : 2023년 ~ 2025년\n○ 추진부서 : 도로과\n○ 총사업비 : {}억원\n"
    first = draft(read_document("card.txt", card.format(120).encode()))
    second = draft(read_document("card.txt", card.format(150).encode()))
    assert [row.id for row in first.rows] == [row.id for row in second.rows]
    values = [[one.value for one in made.rows if isinstance(one, Statement)] for made in (first, second)]
    assert values == [[12 * 10**9], [15 * 10**9]]
