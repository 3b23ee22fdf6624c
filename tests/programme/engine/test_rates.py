"""Rates say what they divide, and grades only what a source tells."""

from datetime import UTC, date, datetime

import pytest

from sandan.errors import InvalidInput
from sandan.programme.engine.grades import cut_offs, grade
from sandan.programme.engine.rates import add_rates, compute_rates, make_rate
from sandan.programme.model.plan import Book, ChangeKind, Measure, Plan, Project, StateSet, Version
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import Kind, PlanKind, PledgeState, Stage
from sandan.words import Text

AT = datetime(2024, 6, 1, tzinfo=UTC)
TODAY = date(2024, 6, 1)
NOTHING = Text("", "")


def money(id, won, period, stage, subject="a"):
    return Statement(
        id=id,
        subject=subject,
        kind=Kind.BUDGET,
        measure="재정투자",
        value=won,
        unit="원",
        source="국비",
        period=period,
        stage=stage,
    )


def said(id, value, subject, measure="추진율", period="2024-Q1"):
    return Statement(
        id=id, subject=subject, kind=Kind.PROGRESS, measure=measure, value=value, unit="%", period=period
    )


def book(states=(), statements=(), projects=("a", "b", "c", "d"), term=True, measures=()):
    return Book(
        plan=Plan(
            id="plan",
            kind=PlanKind.PLEDGE_BOOK,
            title="시험",
            owner="기획과",
            term_start=date(2022, 7, 1) if term else None,
            term_end=date(2026, 6, 30) if term else None,
        ),
        version=Version(number=1, kind=ChangeKind.IMPORT, reason="", by="x", at=AT),
        projects=[
            *(Project(id=id, title=id, in_term=id in "ab") for id in projects),
            Project(id="a1", title="세부", parent="a"),
        ],
        statements=statements,
        measures=measures,
        states={
            id: StateSet(project=id, state=state, by="x", at=AT, evidence="회의") for id, state in states
        },
    )


def rates(whole):
    return {one.id: one for one in compute_rates(whole, TODAY)}


def test_completion_is_fulfilled_over_all():
    """Seoul 2019: 12.56 and 33.61 make 46.17; the published 46.18 is not their sum."""
    seoul = make_rate("completion", NOTHING, NOTHING, 12.56 + 33.61, 100, "%", NOTHING)
    assert seoul.value == pytest.approx(46.17)


def test_pledges_are_counted_and_parts_are_not():
    """A pledge without a state counts as not fulfilled, and that is told."""
    found = rates(
        book(
            [
                ("a", PledgeState.COMPLETED),
                ("b", PledgeState.ON_TRACK),
                ("c", PledgeState.CONTINUING),
                ("a1", PledgeState.COMPLETED),
            ]
        )
    )
    whole, in_term = found["completion"], found["completion-in-term"]
    assert (whole.numerator, whole.denominator, whole.value) == (2, 4, 50.0)
    assert whole.note == Text("1건은 상태를 정하지 않았습니다.", "1 pledge(s) have no state yet.")
    assert (in_term.numerator, in_term.denominator, in_term.note) == (1, 2, None)


def test_a_rate_without_a_denominator_has_no_value_and_says_why():
    """No zero is invented: no pledge, no state, no report, no plan, no term."""
    empty = compute_rates(book(projects=(), term=False), TODAY)
    assert [one.value for one in empty] == [None] * 5
    assert all(one.note for one in empty)
    assert rates(book())["completion"].value is None


def test_progress_is_the_mean_of_what_was_reported_last():
    """What is said of a measure is no progress of a project; silent projects are told, not counted as 0."""
    rows = [said("1", 40, "a"), said("2", 60, "a", period="2024-Q2"), said("3", 20, "b", period="2023")]
    measure = Measure(id="m", subject="c", name="만족도", unit="%")
    found = rates(book(statements=[*rows, said("4", 99, "c", "만족도")], measures=[measure]))["progress"]
    assert (found.value, found.denominator) == (pytest.approx(40), 2)
    assert found.note is not None


def test_funds_are_secured_over_planned_and_within_the_term():
    """기투자 and what comes after the term are in the one rate and not in the other."""
    rows = [
        money("1", 300, "기투자", Stage.PLANNED),
        money("2", 100, "2023", Stage.PLANNED),
        money("3", 100, "임기후", Stage.PLANNED),
        money("4", 300, "기투자", Stage.SECURED),
        money("5", 50, "2023", Stage.SECURED),
    ]
    found = rates(book(statements=rows))
    assert (found["funds"].numerator, found["funds"].denominator, found["funds"].value) == (350, 500, 70.0)
    assert found["funds-in-term"].value == 50.0


def test_nothing_secured_is_no_zero():
    """Documents that do not tell what was secured do not tell that nothing was."""
    found = rates(book(statements=[money("1", 300, "2023", Stage.PLANNED)]))
    assert found["funds"].value is None
    assert found["funds"].denominator == 300


def test_rates_of_plans_are_added_up_by_what_they_count():
    """A plan whose rate has no value is in neither number."""

    def rate(top, bottom):
        return make_rate("x", NOTHING, NOTHING, top, bottom, "건", NOTHING)

    assert add_rates([rate(1, 2), rate(0, 8), rate(0, 0)]).value == 10.0
    assert add_rates([rate(0, 0)]).value is None


@pytest.mark.parametrize(
    ("score", "year", "expected"),
    [
        (90, 2015, "SA"),
        (84.9, 2015, "B"),
        (75, 2015, "C"),
        (74.9, 2015, None),
        (85, 2017, None),
        (85.1, 2017, "SA"),
        (80, 2019, "SA"),
        (70, 2019, "A"),
        (65, 2020, "SA"),
        (60, 2020, "A"),
        (59.9, 2020, None),
        (69, 2021, None),
        (90, 2022, "SA"),
        (80, 2023, "A"),
        (99, 2016, None),
    ],
)
def test_a_grade_is_that_of_the_year(score, year, expected):
    """The same score is SA in one year and A or unknown in another; unknown is said with a reason."""
    found = grade(score, year)
    assert found.grade == expected
    assert found.reason.ko
    assert found.reason.en
    assert (found.cut_off is None) == (expected is None)


@pytest.mark.parametrize("score", [-1, 100.1, float("nan")])
def test_a_score_outside_0_to_100_is_refused(score):
    """A grade is of points of 100."""
    with pytest.raises(InvalidInput):
        grade(score, 2019)


def test_every_cut_off_has_its_day():
    """Grades are data with year, effective date and where they are from."""
    assert all(one.effective.year == one.year and (one.source or one.note) for one in cut_offs())
