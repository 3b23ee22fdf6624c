"""The ledger counts every won once, whatever else a document says of it."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandan.programme.engine.checking import SPENT
from sandan.programme.engine.conflicts import contradiction_id
from sandan.programme.engine.ledger import (
    Basis,
    Grouping,
    Outline,
    Stages,
    build_ledger,
    compare_roles,
    count_both,
    count_money,
    stages_by,
    totals,
)
from sandan.programme.engine.ledger.flows import End, make_flow
from sandan.programme.model.plan import Book, ChangeKind, Complex, Plan, Project, Version
from sandan.programme.model.statements import Origin, Statement
from sandan.programme.model.vocabulary import ComplexRole, Kind, Nature, PlanKind, Stage

EOK = 100_000_000
SOURCES = ("국비", "도비", "시비", "군구비", "민자", "기타")
PERIODS = ("기투자", "2022", "2023", "2024", "임기후")


def money(id, won, source="계", period="계", *, document=None, **more):
    return Statement(
        id=id,
        subject=more.pop("subject", "p"),
        kind=Kind.BUDGET,
        measure=more.pop("measure", "총사업비"),
        value=won,
        unit="원",
        source=source,
        period=period,
        stage=more.pop("stage", Stage.PLANNED),
        origin=Origin(document=document),
        **more,
    )


def book(statements, projects=None, complexes=(), **more):
    return Book(
        plan=Plan(
            id="plan",
            kind=PlanKind.PLEDGE_BOOK,
            title="시험",
            owner="기획과",
            term_start=date(2022, 7, 1),
            term_end=date(2026, 6, 30),
        ),
        version=Version(
            number=1, kind=ChangeKind.IMPORT, reason="시험", by="x", at=datetime(2026, 1, 1, tzinfo=UTC)
        ),
        projects=[Project(id="p", title="센터")] if projects is None else projects,
        complexes=complexes,
        statements=statements,
        **more,
    )


def counted(statements, parents=None, basis=Basis.WHOLE, stage=Stage.PLANNED, **outline):
    """What counts in all, and for each subject by which it counts."""
    found = count_money(Outline("plan", parents or {"p": None}, **outline), statements, basis)
    by: dict[str, int] = {}
    for cell in found["plan", stage].counted:
        by[cell.statement.subject] = by.get(cell.statement.subject, 0) + cell.won
    return by


def cells(statements, basis=Basis.WHOLE, *by):
    ledger = build_ledger([book(statements)], basis)
    return totals(ledger.leaves, *(by or (Grouping.SOURCE, Grouping.PERIOD)))


def test_two_totals_that_are_both_right_are_not_added():
    """The whole cost counts, or the investment plan by year: whichever is asked for."""
    rows = [
        money("a", 442 * EOK, "국비"),
        money("b", 146 * EOK, "시비"),
        money("c", 114 * EOK, "민자"),
        money("d", 702 * EOK),
        money("e", 162 * EOK, "국비", "2022", measure="재정투자"),
        money("f", 62 * EOK, "시비", "2023", measure="재정투자"),
    ]
    assert counted(rows) == {"p": 702 * EOK}
    assert cells(rows, Basis.YEARS) == {("국비", "2022"): 162 * EOK, ("시비", "2023"): 62 * EOK}
    choice = build_ledger([book(rows)]).choices["plan"]["p", Stage.PLANNED]
    assert [(one.measure, one.won) for one in choice.tables] == [
        ("총사업비", 702 * EOK),
        ("재정투자", 224 * EOK),
    ]


def test_totals_are_never_added_to_their_parts():
    """계, 소계 over the term, spans and the unsplit local money say what the cells say already."""
    rows = [
        money("a", 100),
        money("b", 60, "국비"),
        money("c", 40, "지방비"),
        money("d", 40, "시비"),
        money("e", 60, "국비", "2024"),
        money("f", 40, "시비", "2024~2026"),
        money("g", 100, period="2024"),
        money("h", 100, period=None),
        money("i", 60, "국비", "임기내"),
    ]
    assert counted(rows) == {"p": 100}
    assert cells(rows) == {("국비", "2024"): 60, ("시비", None): 40}


def test_a_total_counts_with_what_its_parts_leave_open():
    """Years that are known keep their year; the rest has none, and nothing is lost."""
    rows = [
        money("a", 100, "국비"),
        money("b", 30, "국비", "2023"),
        money("c", 20, "국비", "2024"),
        money("d", 150),
    ]
    assert cells(rows) == {
        ("국비", "2023"): 30,
        ("국비", "2024"): 20,
        ("국비", None): 50,
        (None, None): 50,
    }


def test_a_total_of_one_year_leaves_open_only_that_year():
    """What another year has does not make up for it; a year that does not hold is told."""
    rows = [
        money("a", 120, period="2024"),
        money("b", 45, "국비", "2024"),
        money("c", 40, "민자", "임기후"),
    ]
    ledger = build_ledger([book(rows)])
    assert totals(ledger.leaves, Grouping.SOURCE, Grouping.PERIOD) == {
        ("국비", "2024"): 45,
        (None, "2024"): 75,
        ("민자", "임기후"): 40,
    }
    assert [one.statement.id for one in ledger.misprinted("plan")] == ["a"]


def test_private_money_that_a_total_leaves_out_counts():
    """Sources that make more than their total are believed, and the total is shown as not holding."""
    rows = [money("a", 160 * EOK), money("b", 160 * EOK, "국비"), money("c", 40 * EOK, "민자")]
    ledger = build_ledger([book(rows)])
    assert totals(ledger.leaves) == {(): 200 * EOK}
    (printed,) = ledger.misprinted("plan")
    assert (printed.statement.id, printed.parts) == ("a", 200 * EOK)


def test_what_rounding_explains_is_no_rest():
    """A total rounded to 0.1억 over sources printed alike keeps its sources' sum."""
    rows = [
        money("a", 297 * EOK + 70_000_000),
        money("b", 162 * EOK + 30_000_000, "국비"),
        money("c", 135 * EOK + 30_000_000, "시비"),
    ]
    ledger = build_ledger([book(rows)])
    assert totals(ledger.leaves) == {(): 297 * EOK + 60_000_000}
    assert ledger.misprinted("plan") == []


def test_what_a_quarterly_check_says_is_spent_so_far():
    """Quarters are cumulative: a year counts what is new in it."""
    rows = [
        money(f"q{i}", won, "국비", period, measure=SPENT, stage=Stage.EXECUTED)
        for i, (period, won) in enumerate(
            [("2023-Q3", 10), ("2023-Q4", 25), ("2024-Q1", 30), ("2024-Q2", 45)]
        )
    ]
    ledger = build_ledger([book(rows)])
    assert totals(ledger.leaves, Grouping.PERIOD) == {("2023",): 25, ("2024",): 20}


def test_a_project_counts_by_itself_or_by_its_parts():
    """The wider of the two; where they make the same, the one that tells more."""
    below = [money("a", 30, subject="x"), money("b", 50, subject="y")]
    parents = {"p": None, "x": "p", "y": "p"}
    assert counted([*below, money("c", 100)], parents) == {"p": 100}
    assert counted([*below, money("c", 70)], parents) == {"x": 30, "y": 50}
    assert counted([*below, money("c", 80)], parents) == {"x": 30, "y": 50}
    assert counted([*below, money("c", 80, "국비")], parents) == {"p": 80}
    found = count_money(Outline("plan", parents), [*below, money("c", 100)])["p", Stage.PLANNED]
    assert (found.own, found.parts, found.by_parts) == (100, 80, False)


def test_by_year_the_side_that_is_split_by_year_counts():
    """As in seed 001: the parts make the whole cost, the project's own table is of the term, by year."""
    parents = {"p": None, "x": "p", "y": "p"}
    rows = [
        money("a", 702 * EOK),
        money("b", 402 * EOK, subject="x"),
        money("c", 300 * EOK, subject="y"),
        money("d", 208 * EOK, "국비", "2022", measure="재정투자"),
        money("e", 90 * EOK, "국비", "2023", measure="재정투자"),
    ]
    assert counted(rows, parents) == {"x": 402 * EOK, "y": 300 * EOK}
    assert counted(rows, parents, Basis.YEARS) == {"p": 298 * EOK}
    both = count_both(Outline("plan", parents), rows)
    assert {basis: both[basis]["plan", Stage.PLANNED].won for basis in Basis} == {
        Basis.WHOLE: 702 * EOK,
        Basis.YEARS: 298 * EOK,
    }


def test_items_of_a_project_are_added_up():
    """Tables named after what they pay for are parts of one whole; of one thing only one counts."""
    rows = [
        money("a", 465, measure="청년취업센터"),
        money("b", 160, measure="IVDX 구축"),
        money("c", 150, measure="IVDX"),
    ]
    assert counted(rows) == {"p": 625}
    assert counted([*rows, money("d", 500)]) == {"p": 500}


def test_a_limit_is_no_cost():
    """What a firm may get at most is not planned, alone or beside a cost."""
    limit = money("a", 500, measure="사업비 상한")
    assert counted([limit, money("b", 33)]) == {"p": 33}
    assert count_money(Outline("plan", {"p": None}), [limit]) == {}


def test_the_same_money_in_two_documents_counts_once_and_is_told():
    """One key and value in two documents is one money; two values are a dispute until it is settled."""
    same = [money("a", 70, "국비", "2024", document="d1"), money("b", 70, "국비", "2024", document="d2")]
    ledger = build_ledger([book(same)])
    assert totals(ledger.leaves) == {(): 70}
    assert [[one.id for one in doubt.statements] for doubt in ledger.repeated("plan")] == [["a", "b"]]
    other = [same[0], money("b", 90, "국비", "2024", document="d2")]
    assert totals(build_ledger([book(other)]).leaves) == {(): 90}
    settled = {contradiction_id("plan", other[0].key): "a"}
    ledger = build_ledger([book(other, settled=settled)])
    assert totals(ledger.leaves) == {(): 70}
    assert [doubt.counted.id for doubt in ledger.disputed("plan")] == ["a"]


def test_capital_and_current_spending_add_up_unless_they_are_one_money():
    """Both in one document are two amounts; the same amount in two documents is one with two names."""

    def rows(other, value):
        return [
            money("a", 60, "국비", "2024", nature=Nature.CAPITAL, document="d1"),
            money("b", value, "국비", "2024", nature=Nature.CURRENT, document=other),
            money("c", 60 + value, "국비", "2024", document="d1"),
        ]

    assert cells(rows("d1", 40), Basis.WHOLE, Grouping.NATURE) == {
        (Nature.CAPITAL,): 60,
        (Nature.CURRENT,): 40,
    }
    assert cells(rows("d2", 60)[:2]) == {("국비", "2024"): 60}


def test_a_plan_counts_by_its_projects_or_its_complexes():
    """What is said of complexes is another cut of the same money."""
    complexes = [Complex(id="hub", name="거점", role=ComplexRole.HUB)]
    rows = [money("a", 30), money("b", 50, subject="hub")]
    ledger = build_ledger([book(rows, complexes=complexes)])
    assert totals(ledger.leaves, Grouping.COMPLEX, Grouping.PROJECT) == {("hub", None): 50}


def test_hub_and_linked_complexes_stand_side_by_side():
    """29 projects against two (Gyeongnam): a part's money is in its parent's, money of none is in neither."""
    complexes = [
        Complex(id="hub", name="거점", role=ComplexRole.HUB),
        Complex(id="link", name="연계", role=ComplexRole.LINKED),
        Complex(id="area", name="지역", role=ComplexRole.AREA),
    ]
    projects = [
        Project(id="h", title="거점 사업", complex="hub"),
        Project(id="h1", title="세부", parent="h"),
        Project(id="l", title="연계 사업", complex="link"),
        Project(id="n", title="그 밖"),
    ]
    rows = [
        money("a", 110, subject="h"),
        money("b", 60, subject="h1"),
        money("c", 2, subject="l"),
        money("d", 1, subject="l", stage=Stage.SECURED),
        money("e", 9, subject="n"),
        money("f", 5, subject="area"),
    ]
    whole = book(rows, projects, complexes)
    found = {
        one.role: (one.complexes, one.projects, one.money)
        for one in compare_roles(whole, build_ledger([whole]).choices["plan"])
    }
    assert found == {
        ComplexRole.HUB: (1, 1, Stages(planned=110)),
        ComplexRole.LINKED: (1, 1, Stages(planned=2, secured=1)),
        ComplexRole.AREA: (1, 0, Stages(planned=5)),
    }


places = st.dictionaries(
    st.tuples(
        st.sampled_from(["p", "x", "y"]),
        st.sampled_from(SOURCES),
        st.sampled_from(PERIODS),
        st.sampled_from(list(Stage)),
    ),
    st.integers(1, 10**13),
    min_size=1,
    max_size=40,
)
PROJECTS = [
    Project(id=id, title=id, complex=complex) for id, complex in (("p", "c"), ("x", None), ("y", "c"))
]
COMPLEXES = [Complex(id="c", name="산단", role=ComplexRole.HUB)]


def leaf_rows(found):
    return [money(f"{p}|{s}|{t}|{g}", won, s, t, subject=p, stage=g) for (p, s, t, g), won in found.items()]


@given(places)
def test_every_won_is_in_every_grouping_once(found):
    """Sums over any grouping are equal, and make up just what was stated."""
    ledger = build_ledger([book(leaf_rows(found), PROJECTS, COMPLEXES)])
    whole = sum(found.values())
    assert sorted(leaf.won for leaf in ledger.leaves) == sorted(found.values())
    for by in Grouping:
        assert sum(totals(ledger.leaves, by).values()) == whole
    assert sum(totals(ledger.leaves, *Grouping).values()) == whole


@given(places)
def test_secured_and_unsecured_are_all_that_is_planned(found):
    """In every group, also where more was secured than planned."""
    ledger = build_ledger([book(leaf_rows(found), PROJECTS, COMPLEXES)])
    for by in (Grouping.PROJECT, Grouping.SOURCE, Grouping.PERIOD):
        groups = stages_by(ledger.leaves, by).values()
        assert all(one.secured + one.unsecured == one.planned for one in groups)
        assert sum(groups, Stages()) == stages_by(ledger.leaves)[()]


@given(places)
def test_right_totals_change_nothing(found):
    """Printing every total of a table leaves each cell as it was, to the won."""
    rows = leaf_rows(found)
    printed = []
    for p, g in {(p, g) for p, _, _, g in found}:
        mine = {(s, t): won for (q, s, t, h), won in found.items() if (q, h) == (p, g)}
        for s in {s for s, _ in mine}:
            total = sum(won for (one, _), won in mine.items() if one == s)
            printed.append(money(f"{p}{g}{s}", total, s, subject=p, stage=g))
        for t in {t for _, t in mine}:
            total = sum(won for (_, one), won in mine.items() if one == t)
            printed.append(money(f"{p}{g}{t}", total, "계", t, subject=p, stage=g))
        printed.append(money(f"{p}{g}", sum(mine.values()), subject=p, stage=g))
    by = (Grouping.PROJECT, Grouping.SOURCE, Grouping.PERIOD, Grouping.STAGE)
    plain, with_totals = (
        totals(build_ledger([book(some, PROJECTS, COMPLEXES)]).leaves, *by)
        for some in (rows, [*printed, *rows])
    )
    assert with_totals == plain


@given(places)
def test_a_flow_keeps_what_flows_in(found):
    """What reaches a year from its sources leaves it executed, secured or unsecured."""
    ledger = build_ledger([book(leaf_rows(found), PROJECTS, COMPLEXES)])
    flow = make_flow(ledger.leaves)
    for place in {link.end for link in flow.sources}:
        came = sum(link.won for link in flow.sources if link.end == place)
        assert came == sum(link.won for link in flow.ends if link.start == place)
    planned = sum(won for (*_, stage), won in found.items() if stage is Stage.PLANNED)
    assert sum(link.won for link in flow.sources) == planned


def test_a_flow_names_where_more_was_secured_than_planned():
    """The links stay within the plan; the place is told."""
    rows = [
        money("a", 50, "국비", "2024"),
        money("b", 70, "국비", "2024", stage=Stage.SECURED),
        money("c", 20, "국비", "2024", stage=Stage.EXECUTED),
    ]
    flow = make_flow(build_ledger([book(rows)]).leaves)
    assert [(link.end, link.won) for link in flow.ends] == [(End.EXECUTED, 20), (End.WAITING, 30)]
    assert flow.over == ["2024"]


@pytest.mark.parametrize("stage", [None, Stage.PLANNED])
def test_money_without_a_stage_is_planned(stage):
    """Documents that tell no stage tell plans."""
    assert counted([money("a", 7, stage=stage)]) == {"p": 7}
