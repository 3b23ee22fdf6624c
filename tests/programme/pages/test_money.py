"""The money of a plan as people read it."""

import json

import pytest

from sandan.programme.model.plan import Complex, Plan, Project
from sandan.programme.model.statements import Origin, Statement
from sandan.programme.model.vocabulary import ComplexRole, Kind, Nature, PlanKind, Stage

pytestmark = pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)
EOK = 100_000_000


def money(id, subject, won, source="국비", period="2024", stage=Stage.PLANNED, measure="재정투자", **more):
    return Statement(
        id=id,
        subject=subject,
        kind=Kind.BUDGET,
        measure=measure,
        value=round(won * EOK),
        unit="원",
        source=source,
        period=period,
        stage=stage,
        origin=Origin(document=more.pop("document", None), line=more.pop("line", None)),
        **more,
    )


ROWS = [
    Plan(id="plan", kind=PlanKind.INNOVATION_PLAN, title="시범 산단 대개조", owner="산업과"),
    Complex(id="hub", name="가람산단", role=ComplexRole.HUB),
    Complex(id="link", name="나래산단", role=ComplexRole.LINKED),
    Project(id="a", title="통합관제센터", complex="hub"),
    Project(id="b", title="물류센터", complex="link"),
    money("t1", "a", 442, period="계", measure="총사업비"),
    money("t2", "a", 146, "시비", "계", measure="총사업비"),
    money("1", "a", 100, document="d" * 64, line=113, nature=Nature.CAPITAL),
    money("2", "a", 50, "시비", "2023"),
    money("3", "a", 60, stage=Stage.SECURED),
    money("4", "a", 20, stage=Stage.EXECUTED),
    money("5", "b", 40, "민자", "임기후"),
]


def text(tag):
    return " ".join(tag.get_text(" ").split())


def table(page, id):
    return [text(row) for row in page.select(f"section[aria-labelledby={id}] tr")]


def test_a_plan_without_money_says_where_it_comes_from(write, browse):
    """The empty page leads to the documents."""
    write("plan", ROWS[:1])
    assert (
        browse().soup("/programme/plans/plan/money").select_one(".empty a")["href"] == "/programme/documents"
    )
    assert browse().get("/programme/plans/none/money").status_code == 404


def test_sources_and_years_of_each_stage(write, browse):
    """Planned, secured, unsecured and executed stand in tables of their own with their sums."""
    write("plan", ROWS)
    page = browse("viewer").soup("/programme/plans/plan/money")
    assert table(page, "g1") == [
        "재원 2023년 2024년 임기후 합계",
        "국비 – 100억 원 – 100억 원",
        "시비 50억 원 – – 50억 원",
        "민자 – – 40억 원 40억 원",
        "합계 50억 원 100억 원 40억 원 190억 원",
    ]
    heads = [text(page.select_one(f"#g{i}")).split(" 재원")[0] for i in range(1, 5)]
    assert heads == ["계획", "확보", "미확보 (계획 − 확보)", "집행"]
    assert table(page, "g3")[-1] == "합계 50억 원 40억 원 40억 원 130억 원"


def test_two_totals_that_are_both_right_are_told_and_switched(write, browse):
    """Shown by year first; by the whole cost when asked; never their sum."""
    write("plan", ROWS)
    page = browse().soup("/programme/plans/plan/money")
    both = text(page.select_one("section[aria-labelledby=both]"))
    assert "628억 원" in both
    assert "190억 원" in both
    assert "총사업비 588억 원" in both
    whole = browse().soup("/programme/plans/plan/money?basis=whole")
    assert table(whole, "g1")[-1].endswith("628억 원")


def test_every_amount_leads_to_where_it_was_read(write, browse):
    """A cell opens its rows, a row its line of the document."""
    write("plan", ROWS)
    page = browse().soup("/programme/plans/plan/money")
    cell = page.select_one("section[aria-labelledby=g1] a")
    rows = browse().soup(cell["href"].split("#")[0]).select("section[aria-labelledby=rows] tbody tr")
    assert [text(row.select_one("[data-label=금액]")) for row in rows] == ["100억 원"]
    assert rows[0].select("a")[-1]["href"] == f"/programme/documents/{'d' * 64}#l113"


def test_money_is_shown_for_a_project_a_complex_or_a_nature(write, browse):
    """What is chosen limits every table; an unknown project is not found."""
    write("plan", ROWS)

    def planned(query):
        return text(browse().soup(f"/programme/plans/plan/money?{query}").select_one(".figure-value"))

    assert planned("project=b") == "40억 원"
    assert planned("complex=hub") == "150억 원"
    assert planned("nature=capital") == "100억 원"
    assert browse().get("/programme/plans/plan/money?project=zz").status_code == 404


def test_hub_and_linked_and_natures_stand_side_by_side(write, browse):
    """In tables, with what is not stated as such."""
    write("plan", ROWS)
    page = browse().soup("/programme/plans/plan/money")
    assert table(page, "roles")[1:] == [
        "거점 1 1 150억 원 60억 원 90억 원 20억 원 –",
        "연계 1 1 40억 원 – – – –",
    ]
    assert table(page, "natures")[1:] == [
        "자본 100억 원 – – – –",
        "적혀 있지 않음 90억 원 60억 원 30억 원 20억 원 –",
    ]


def test_the_flow_is_drawn_and_stands_as_a_table(write, browse):
    """Sources to years to how far it came; English names in English."""
    write("plan", ROWS)
    page = browse(language="en").soup("/programme/plans/plan/money?middle=complex")
    flow = json.loads(page.select_one("[data-island=flow] script").string)
    assert {node["name"] for node in flow["nodes"] if node["depth"] == 1} == {"가람산단", "나래산단"}
    assert sum(link["value"] for link in flow["links"] if link["from"].startswith("s:")) == 190 * EOK
    assert "가람산단 Unsecured KRW 9 bn" in table(page, "flow")


def test_what_does_not_count_is_listed(write, browse):
    """The same money in two documents, values that differ, totals that do not hold."""
    write(
        "plan",
        [
            *ROWS,
            money("6", "b", 40, "민자", "임기후", document="e" * 64),
            money("7", "b", 41, "국비", "2024", document="e" * 64),
            money("8", "b", 45, "국비", "2024", document="d" * 64),
            money("9", "b", 99, "계", "2024"),
            money("10", "b", 60, "시비", "2024"),
        ],
    )
    said = text(browse().soup("/programme/plans/plan/money").select_one("section[aria-labelledby=beside]"))
    assert "두 문서에 같은 돈 1건" in said
    assert "값이 서로 다른 곳 1건" in said
    assert "적힌 계 99억 원 , 항목의 합 105억 원" in said


def test_an_old_version_stays_readable(write, browse):
    """Its money is that of the time, and says so."""
    write("plan", ROWS)
    write("plan", [money("1", "a", 130)])
    page = browse().soup("/programme/plans/plan/money?version=1")
    assert text(page.select_one(".figure-value")) == "190억 원"
    assert "1판의 모습" in text(page.select_one(".note.warn"))
    assert text(browse().soup("/programme/plans/plan/money").select_one(".figure-value")) == "220억 원"
