"""A plan's overview: rates, money, grades, complexes and projects."""

from datetime import datetime

import pytest

from sandan.access import Actor, Role
from sandan.clock import SEOUL
from sandan.programme.model.plan import Complex, Plan, Project
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import ComplexRole, Kind, PlanKind, PledgeState, Stage
from sandan.programme.service.states import set_state

pytestmark = pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)
NOW = datetime(2026, 3, 4, 9, tzinfo=SEOUL)
OFFICER = Actor("officer", "담당자", frozenset({Role.OFFICER}))


def said(id, kind, value, unit, subject="a", measure="추진율", period=None, **more):
    return Statement(
        id=id, subject=subject, kind=kind, measure=measure, value=value, unit=unit, period=period, **more
    )


ROWS = [
    Plan(id="plan", kind=PlanKind.PLEDGE_BOOK, title="시범 공약", owner="기획과"),
    Complex(id="hub", name="가람산단", role=ComplexRole.HUB),
    Project(id="a", title="통합관제센터", code="1", complex="hub", owner="산업과"),
    Project(id="b", title="세부사업", code="1-1", parent="a"),
    said("t", Kind.TARGET, 80, "%", period="2025"),
    said("p", Kind.PROGRESS, 50, "%", period="2025-Q4"),
    said("g", Kind.TARGET, 5000, "명", "plan", "일자리", "2027"),
    said("h", Kind.BASE, 7200, "개사", "hub", "입주기업", "2025"),
    said(
        "m",
        Kind.BUDGET,
        3_000_000_000,
        "원",
        measure="재정투자",
        source="국비",
        period="2025",
        stage=Stage.PLANNED,
    ),
]


def text(tag):
    return " ".join(tag.get_text(" ").split())


def test_a_plan_at_a_glance(store, write, browse):
    """Goals, base figures, rates with what they divide, projects with progress against the plan."""
    write("plan", ROWS)
    set_state(store, OFFICER, "plan", "a", PledgeState.COMPLETED, "준공 검사", NOW)
    page = browse("viewer").soup("/programme/plans/plan")
    figures = {text(one.dt): text(one) for one in page.select("dl.figures .figure")}
    assert figures["이행완료율"] == "이행완료율 100.0 % 1 / 1건"
    assert figures["평균 추진율"].startswith("평균 추진율 50.0 % 1건 보고 · 사업 2건 가운데 1건은")
    assert figures["재원 확보율"].startswith("재원 확보율 –")
    assert "5,000명" in text(page.select_one("section[aria-labelledby=goals]"))
    assert "7,200개사" in text(page.select_one("section[aria-labelledby=complexes]"))
    rows = [text(one) for one in page.select("section[aria-labelledby=projects] tbody tr")]
    assert rows[0] == "1 통합관제센터 산업과 완료 50.0 % 계획보다 늦음 80.0 % 30억 원 – – – –"
    assert rows[1].startswith("1-1 └ 세부사업")


def test_a_score_has_the_grade_of_its_year(write, browse):
    """The cut-offs stand with their source; an unknown grade says why, a bad score is refused."""
    write("plan", ROWS)
    assert "SA" in text(browse().soup("/programme/plans/plan?score=66&year=2020").select_one(".note b"))
    assert "등급 모름" in text(browse().soup("/programme/plans/plan?score=66&year=2021").select_one(".note"))
    assert browse().get("/programme/plans/plan?score=166&year=2021").status_code == 422
    assert browse().soup("/programme/plans/plan").select("#grades tbody a[href^=http]")


def test_an_old_version_has_its_own_money(write, browse):
    """A later version changes nothing in an earlier one."""
    write("plan", ROWS)
    write("plan", [Project(id="c", title="새 사업", code="2")])
    old = browse().soup("/programme/plans/plan?version=1")
    assert "1판의 모습" in text(old.select_one(".note.warn"))
    assert len(old.select("section[aria-labelledby=projects] tbody tr")) == 2
    assert (
        len(browse().soup("/programme/plans/plan").select("section[aria-labelledby=projects] tbody tr")) == 3
    )
    assert browse().get("/programme/plans/plan?version=9").status_code == 404


def test_many_projects_are_read_by_pages(write, browse):
    """A hundred a page, and the next ones a link away."""
    write("plan", [ROWS[0], *(Project(id=f"p{i:03}", title=f"사업 {i}", code=f"{i:03}") for i in range(150))])
    page = browse().soup("/programme/plans/plan")
    assert len(page.select("section[aria-labelledby=projects] tbody tr")) == 100
    after = page.select_one("a[rel=next]")["href"].split("#")[0]
    assert len(browse().soup(after).select("section[aria-labelledby=projects] tbody tr")) == 50
