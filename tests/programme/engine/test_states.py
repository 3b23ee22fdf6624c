"""The suggested state of a pledge, with the sentences it follows from; and what a forecast is made from."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from sandan.errors import InvalidInput
from sandan.programme.engine.findings.index import index_book
from sandan.programme.engine.forecast import Pace
from sandan.programme.engine.pace import finished_projects, pace_of, planned_total
from sandan.programme.engine.progress import (
    Planned,
    newest_report,
    planned_by,
    scheduled_share,
    yearly_targets,
)
from sandan.programme.engine.states import StateSettings, suggest_state
from sandan.programme.model.plan import (
    Book,
    ChangeKind,
    Fact,
    Milestone,
    Plan,
    Project,
    StateSet,
    Version,
)
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import FactKind, Kind, PlanKind, PledgeState, Quarter, Stage

NOW = datetime(2026, 3, 4, tzinfo=UTC)
TODAY = date(2024, 7, 31)
PROJECT = Project(id="p", title="센터", start=date(2022, 7, 1))
TARGETS = {2022: 10, 2023: 40, 2024: 60, 2025: 80, 2026: 100}


def book(*rows, project=PROJECT, parts=(), states=None):
    return Book(
        plan=Plan(id="b", kind=PlanKind.PLEDGE_BOOK, title="공약", owner="과"),
        version=Version(number=1, kind=ChangeKind.IMPORT, reason="", by="a", at=NOW),
        projects=(project, *parts),
        statements=[row for row in rows if isinstance(row, Statement)],
        milestones=[row for row in rows if isinstance(row, Milestone)],
        states=states or {},
    )


def progress(value, period):
    return Statement(
        id=f"p{period}",
        subject="p",
        kind=Kind.PROGRESS,
        measure="추진율",
        value=value,
        unit="%",
        period=period,
    )


def targets(values):
    return [
        Statement(
            id=f"t{year}",
            subject="p",
            kind=Kind.TARGET,
            measure="추진율",
            value=value,
            unit="%",
            period=str(year),
        )
        for year, value in values.items()
    ]


def money(value, stage, period, source="국비", subject="p", measure="총사업비"):
    return Statement(
        id=f"{subject}{stage}{period}{source}{measure}",
        subject=subject,
        kind=Kind.BUDGET,
        measure=measure,
        value=value,
        unit="원",
        source=source,
        period=period,
        stage=stage,
    )


def step(id, start, end, done=None, project="p"):
    return Milestone(
        id=id,
        project=project,
        title=id,
        start=Quarter.read(start),
        end=Quarter.read(end),
        done=Quarter.read(done) if done else None,
    )


def state(*rows, today=TODAY, settings=None, **more):
    return suggest_state(book(*rows, **more), "p", today, settings or StateSettings()).state


def sentences(*rows, today=TODAY, settings=None, **more):
    found = suggest_state(book(*rows, **more), "p", today, settings or StateSettings())
    return " ".join(one.ko for one in found.reasons)


def test_a_late_project_is_on_track_while_no_threshold_is_set():
    """50 % against 51.6 % planned by July 2024: 일부추진 has no sourced definition, and that is said."""
    rows = [*targets(TARGETS), progress(50, "2024-07")]
    assert state(*rows) is PledgeState.ON_TRACK
    assert "일부추진의 공인된 정의가 없고" in sentences(*rows)
    assert "51.6%" in sentences(*rows)


def test_a_threshold_makes_a_late_project_partly_under_way():
    """Below 99 % of the plan it is; below 90 % it is not."""
    rows = [*targets(TARGETS), progress(50, "2024-07")]
    assert state(*rows, settings=StateSettings(partial_below=0.99)) is PledgeState.PARTIAL
    assert state(*rows, settings=StateSettings(partial_below=0.9)) is PledgeState.ON_TRACK


def test_a_goal_reached_with_nothing_left_is_completed():
    """100 % with no later target, and every milestone done, each suffices."""
    assert state(*targets({2023: 50, 2024: 100}), progress(100, "2024-Q2")) is PledgeState.COMPLETED
    assert state(step("m", "2023-Q1", "2024-Q1", "2024-Q1")) is PledgeState.COMPLETED


def test_a_hundred_per_cent_within_the_term_is_not_the_final_goal():
    """A project to be completed after the term goes on, and so does one with a milestone open."""
    after = replace(PROJECT, in_term=False, end=date(2030, 12, 31))
    assert state(progress(100, "2024-Q2"), project=after) is PledgeState.CONTINUING
    assert "최종목표가 아닙니다" in sentences(progress(100, "2024-Q2"), project=after)
    left = [progress(100, "2024-Q2"), step("m", "2024-Q1", "2025-Q1")]
    assert state(*left) is PledgeState.CONTINUING
    assert state(*targets({2024: 50, 2026: 100}), progress(100, "2024-Q2")) is PledgeState.CONTINUING


def test_nothing_done_of_what_was_due_is_held():
    """Progress reported as 0 %, an overdue milestone, no money spent."""
    due = step("m", "2023-Q1", "2023-Q4")
    assert state(due, progress(0, "2024-Q2")) is PledgeState.HELD
    assert state(due, progress(0, "2024-Q2"), money(5, Stage.EXECUTED, "2024-Q1")) is PledgeState.ON_TRACK


def test_silence_is_no_evidence():
    """Without any report no state is suggested, however much was due."""
    assert state(*targets(TARGETS), step("m", "2023-Q1", "2023-Q4")) is None
    assert "보고된 것이 없어" in sentences(*targets(TARGETS))


def test_standing_still_is_held_only_by_a_setting():
    """The last move was in 2023-Q1, six quarters ago; without a setting that is no ground."""
    rows = [*targets(TARGETS), progress(20, "2023-Q1"), progress(20, "2024-Q2")]
    assert state(*rows) is PledgeState.ON_TRACK
    assert state(*rows, settings=StateSettings(held_after=6)) is PledgeState.HELD
    assert state(*rows, settings=StateSettings(held_after=7)) is PledgeState.ON_TRACK


def test_a_project_that_has_not_begun_is_on_track():
    """Nothing is due of it."""
    assert state(project=replace(PROJECT, start=date(2025, 1, 1))) is PledgeState.ON_TRACK


def test_parts_speak_for_their_parent():
    """The milestones and the money of its parts are its own."""
    part = Project(id="q", title="분관", parent="p")
    rows = [step("a", "2023-Q1", "2023-Q2", "2023-Q2", "q"), step("b", "2024-Q1", "2024-Q4", None, "q")]
    assert state(*rows, parts=[part]) is PledgeState.ON_TRACK
    done = [replace(one, done=one.end) for one in rows]
    assert state(*done, parts=[part], today=date(2025, 1, 2)) is PledgeState.COMPLETED


def test_what_a_person_dropped_stays_dropped():
    """No figure brings it back; and no figure ever suggests it."""
    dropped = StateSet(project="p", state=PledgeState.DROPPED, by="a", at=NOW, evidence="의결")
    assert state(progress(100, "2024-Q2"), states={"p": dropped}) is PledgeState.DROPPED


def test_nothing_later_than_the_day_counts():
    """A milestone done in the future is not done yet."""
    rows = [
        progress(30, "2024-Q1"),
        step("m", "2023-Q1", "2024-Q1", "2025-Q1"),
        step("n", "2023-Q1", "2023-Q2", "2023-Q2"),
    ]
    assert state(*rows) is PledgeState.ON_TRACK
    assert "2건 가운데 1건" in sentences(*rows)


def test_an_unknown_project_has_no_state_and_bad_settings_are_refused():
    """None for a project that is not in the plan; every bad number is named."""
    assert suggest_state(book(), "nowhere", TODAY) is None
    with pytest.raises(InvalidInput) as raised:
        StateSettings(partial_below=0, held_after=0)
    assert len(raised.value.findings) == 2


def test_planned_progress_runs_straight_between_the_ends_of_years():
    """None before the first year with a target, the last target ever after."""
    planned = [Planned(year, value) for year, value in TARGETS.items()]
    assert planned_by(planned, date(2021, 12, 31)) is None
    assert planned_by(planned, date(2023, 12, 31)) == 40
    assert planned_by(planned, date(2024, 7, 1)) == pytest.approx(40 + 20 * 182 / 365)
    assert planned_by(planned, date(2030, 1, 1)) == 100


def test_a_cards_own_row_of_yearly_per_cents_is_its_planned_progress():
    """연차별 추진계획 is; a rate that the project is to achieve is not."""
    rows = [replace(one, measure="연차별 추진계획") for one in targets(TARGETS)]
    assert [(one.year, one.value) for one in yearly_targets(rows)] == list(TARGETS.items())
    assert yearly_targets([replace(one, measure="만족도") for one in rows]) == []
    assert yearly_targets([replace(one, unit="건") for one in rows]) == []


def test_an_undated_report_is_of_the_last_achievement_or_of_no_day():
    """An achievement of 2023-08~2023-12 and one of 2024-07 make it the end of July, else it is said."""
    report = progress(50, None)
    facts = [
        Fact(id=str(i), subject="p", kind=FactKind.ACHIEVEMENT, text="착수", when=when)
        for i, when in enumerate(("2024-07", "2023-08~2023-12", ""))
    ]
    found = newest_report([report], facts, date(2026, 3, 4))
    assert (found.day, found.dated) == (date(2024, 7, 31), True)
    assert "기준일이 적혀 있지 않음" in sentences(report)


def test_the_schedule_plans_progress_too():
    """A milestone of four quarters is half done after two; one that lies ahead not at all."""
    rows = [step("a", "2024-Q1", "2024-Q4"), step("b", "2025-Q1", "2025-Q4")]
    assert scheduled_share(rows, Quarter(2024, 2)) == 0.25
    assert scheduled_share(rows, Quarter(2026, 1)) == 1
    assert scheduled_share([], Quarter(2024, 2)) is None


def test_the_pace_is_read_from_reports_milestones_and_money():
    """Spending is cumulative over the larger of two totals, both right."""
    problem = pace_of(
        index_book(
            book(
                progress(20, "2023-Q4"),
                progress(30, "2024-Q1"),
                step("a", "2023-Q3", "2023-Q4", "2023-Q4"),
                step("b", "2024-Q1", "2024-Q2"),
                money(400, Stage.PLANNED, "계"),
                money(600, Stage.PLANNED, "계", "시비"),
                money(300, Stage.PLANNED, "2024", "시비", measure="임기내"),
                money(100, Stage.EXECUTED, "2023-Q4"),
                money(250, Stage.EXECUTED, "2024-Q1"),
                money(50, Stage.EXECUTED, "2024-Q1", "시비"),
            )
        ),
        "p",
        TODAY,
    )
    assert problem.as_of == Quarter(2024, 2)
    assert problem.shares[Pace.PROGRESS] == {Quarter(2023, 4): 0.2, Quarter(2024, 1): 0.3}
    assert problem.shares[Pace.MILESTONES] == {
        Quarter(2023, 2): 0,
        Quarter(2023, 3): 0,
        Quarter(2023, 4): 0.5,
        Quarter(2024, 1): 0.5,
        Quarter(2024, 2): 0.5,
    }
    assert problem.shares[Pace.SPENDING] == {Quarter(2023, 4): 0.1, Quarter(2024, 1): 0.3}


def test_a_parents_money_is_its_own_or_its_parts_never_both():
    """A parent of 700 with parts of 300 and 400 is 700; its spending is what its parts spent."""
    parts = [Project(id=id, title=id, parent="p") for id in ("q", "r")]
    rows = [
        money(700, Stage.PLANNED, "계", "계"),
        money(300, Stage.PLANNED, "계", "계", "q"),
        money(400, Stage.PLANNED, "계", "계", "r"),
        money(70, Stage.EXECUTED, "2024-Q1", subject="q"),
        money(70, Stage.EXECUTED, "2024-Q1", subject="r"),
    ]
    assert pace_of(index_book(book(*rows, parts=parts)), "p", TODAY).shares == {
        Pace.SPENDING: {Quarter(2024, 1): 0.2}
    }


def test_years_are_added_where_no_total_is_stated():
    """Subtotals within the term are not added to their years."""
    rows = [money(10, Stage.PLANNED, "2023"), money(20, Stage.PLANNED, "2024"), money(30, None, "임기내")]
    assert planned_total(rows) == 30
    assert planned_total([]) == 0


def test_finished_projects_are_those_with_an_end_to_learn_from():
    """All milestones done, or 100 % reported; the last finished first, and no more than asked for."""
    parts = [Project(id=id, title=id) for id in "abc"]
    rows = [
        step("1", "2022-Q1", "2022-Q2", "2022-Q3", "a"),
        step("2", "2022-Q1", "2022-Q2", "2023-Q3", "b"),
        step("3", "2022-Q1", "2022-Q2", None, "c"),
        progress(100, "2024-Q1"),
    ]
    index = index_book(book(*rows, parts=parts))
    assert finished_projects(index, TODAY, 9) == ["p", "b", "a"]
    assert finished_projects(index, TODAY, 1) == ["p"]
