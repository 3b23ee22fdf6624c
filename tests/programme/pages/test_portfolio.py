"""The portfolio as an officer and a viewer see it."""

from datetime import datetime, timedelta

import pytest

from sandan.access import Actor, Role
from sandan.clock import SEOUL
from sandan.programme.model.plan import Complex, Plan, Project
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import ComplexRole, Kind, PlanKind, PledgeState, Quarter, Stage
from sandan.programme.service.checks import open_quarter
from sandan.programme.service.states import set_state
from sandan.programme.service.summary import summarise

pytestmark = pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)
NOW = datetime(2026, 3, 4, 9, tzinfo=SEOUL)
EOK = 100_000_000
OFFICER = Actor("officer", "담당자", frozenset({Role.OFFICER}))


def money(id, subject, won, source="국비", period="2024", stage=Stage.PLANNED, measure="재정투자"):
    return Statement(
        id=id,
        subject=subject,
        kind=Kind.BUDGET,
        measure=measure,
        value=won * EOK,
        unit="원",
        source=source,
        period=period,
        stage=stage,
    )


ROWS = [
    Plan(id="plan", kind=PlanKind.INNOVATION_PLAN, title="시범 산단 대개조", owner="산업과"),
    Complex(id="hub", name="가람산단", role=ComplexRole.HUB),
    Complex(id="link", name="나래산단", role=ComplexRole.LINKED),
    Project(id="a", title="통합관제센터", code="1", complex="hub", owner="산업과"),
    Project(id="b", title="물류센터", code="2", complex="link", owner="물류과"),
    money("1", "a", 100),
    money("2", "a", 60, stage=Stage.SECURED),
    money("3", "b", 40),
]


def text(tag):
    return " ".join(tag.get_text(" ").split())


def test_without_plans_the_way_in_is_a_document(browse):
    """The empty page leads to where documents are uploaded; a viewer may not upload."""
    page = browse().soup("/programme")
    assert page.select_one(".empty a")["href"] == "/programme/documents"
    assert browse("viewer").soup("/programme").select_one(".empty a") is None


def test_money_rates_and_complexes_of_all_plans(store, write, browse):
    """Figures carry their unit; hub and linked stand side by side, drawn and in a table."""
    write("plan", ROWS)
    set_state(store, OFFICER, "plan", "a", PledgeState.COMPLETED, "준공 검사", NOW)
    page = browse().soup("/programme")
    figures = {text(one.dt): text(one.dd) for one in page.select("dl.figures .figure")}
    assert figures["총사업비(계획)"] == "140억 원"
    assert figures["확보"] == "60억 원"
    assert figures["이행완료율"] == "50.0 %"
    assert figures["재원 확보율"] == "42.9 %"
    assert len(page.select("svg.schematic circle")) == 2
    assert [text(one) for one in page.select("section[aria-labelledby=map1] tbody tr")] == [
        "거점 1 1 100억 원 60억 원 40억 원 – –",
        "연계 1 1 40억 원 – – – –",
    ]
    english = browse(language="en").soup("/programme")
    assert "Completion" in text(english.select_one("dl.figures + .card, #rates").parent.parent)


def test_projects_are_searched_and_filtered(store, write, browse):
    """By words of the title, state, department and complex."""
    write("plan", ROWS)
    set_state(store, OFFICER, "plan", "a", PledgeState.COMPLETED, "준공 검사", NOW)

    def found(query):
        rows = browse().soup(f"/programme?{query}").select("section[aria-labelledby=projects] tbody tr a")
        return [text(one) for one in rows]

    assert found("") == ["통합관제센터", "물류센터"]
    assert found("q=물류") == ["물류센터"]
    assert found("state=완료") == ["통합관제센터"]
    assert found("state=unset") == ["물류센터"]
    assert found("owner=물류과") == ["물류센터"]
    assert found("complex=hub") == ["통합관제센터"]
    assert found("q=없는+사업") == []


def test_a_long_list_is_read_by_pages(store, write, browse):
    """Fifty a page; a page past the end is the last one."""
    many = [Project(id=f"p{i:03}", title=f"사업 {i:03}", code=f"{i:03}") for i in range(120)]
    write("plan", [ROWS[0], *many])
    page = browse().soup("/programme?page=9")
    assert len(page.select("section[aria-labelledby=projects] tbody tr")) == 20
    assert page.select_one("a[rel=next]") is None
    assert "page=2" in page.select_one("a[rel=prev]")["href"]


def test_what_is_due_is_listed(store, write, browse):
    """Checks nobody has filled, with their day; overdue ones are marked."""
    write("plan", ROWS)
    open_quarter(store, OFFICER, "plan", Quarter(2025, 4), NOW)
    (line,) = browse().soup("/programme").select("section[aria-labelledby=due] li")
    assert "기한 지남" in text(line)
    assert "작성 대기 2건" in text(line)


def test_a_change_is_seen_at_once_and_only_its_plan_is_read_again(store, write):
    """What is kept between two requests never outlives a version, a state or a settlement."""
    other = [
        Plan(id="other", kind=PlanKind.PLEDGE_BOOK, title="다른 공약", owner="기획과"),
        Project(id="o", title="도서관"),
    ]
    write("plan", ROWS)
    write("other", other)
    first = summarise(store, OFFICER, NOW)
    assert summarise(store, OFFICER, NOW).portfolio is first.portfolio
    write("plan", [money("4", "b", 10, source="시비")], NOW + timedelta(hours=1))
    second = summarise(store, OFFICER, NOW)
    assert (first.portfolio.money.planned, second.portfolio.money.planned) == (140 * EOK, 150 * EOK)
    assert second.plans[0] is first.plans[0]
    set_state(store, OFFICER, "other", "o", PledgeState.HELD, "회의", NOW)
    assert summarise(store, OFFICER, NOW).portfolio.states[PledgeState.HELD] == 1
