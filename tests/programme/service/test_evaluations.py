"""Evaluations are made whole, scored by sheets, and frozen when they are closed."""

from datetime import datetime, timedelta

import pytest

from sandan.access import SYSTEM, Actor, Role
from sandan.clock import SEOUL
from sandan.errors import Conflict, InvalidInput, NotAllowed, NotFound
from sandan.programme.model.evaluation import HEADINGS, Heading, Normalise
from sandan.programme.model.plan import ChangeKind, Edit, Plan, Table
from sandan.programme.model.vocabulary import PlanKind
from sandan.programme.service.changes import write_version
from sandan.programme.service.evaluations import (
    close_evaluation,
    declare_conflict,
    give_scores,
    list_evaluations,
    make_evaluation,
    read_sheets,
    result_of,
    sees_all,
    write_minutes,
)

NOW = datetime(2026, 3, 4, 9, tzinfo=SEOUL)
OFFICER = Actor("officer", "담당자", frozenset({Role.OFFICER}))
LISTED = Actor("위원 나", "위원", frozenset({Role.OFFICER}))
VIEWER = Actor("viewer", "열람자", frozenset({Role.VIEWER}))
TWO = [Heading(id, name, 50) for id, name in HEADINGS[:2]]


@pytest.fixture
def kept(store):
    """Two innovation plans."""
    for id in ("a", "b"):
        row = Plan(id=id, kind=PlanKind.INNOVATION_PLAN, title=f"계획 {id}", owner="과")
        with store.registry.write() as conn:
            edits = [Edit(Table.PLAN, id, row)]
            write_version(store, conn, id, edits, kind=ChangeKind.IMPORT, reason="반영", actor=SYSTEM, at=NOW)
    return store


def make(store, **other):
    given = {
        "title": "2026년 평가",
        "headings": TWO,
        "plans": ["a", "b"],
        "evaluators": ["위원 가", "위원 나"],
        "select": 1,
        "normalise": Normalise.NONE,
    } | other
    return make_evaluation(store, OFFICER, **given, now=NOW)


def sheet(a, b):
    points = {("a", one.id): a for one in TWO} | {("b", one.id): b for one in TWO}
    return {place: given for place, given in points.items() if given is not None}


def kinds(store):
    with store.registry.read() as conn:
        return [event.kind for event in reversed(store.events.find(conn))]


def test_an_evaluation_is_kept_as_it_was_made(kept):
    """Headings with their points, plans, evaluators and rules come back; the newest is listed first."""
    id = make(kept, normalise=Normalise.TRIM)
    made = read_sheets(kept, VIEWER, id).evaluation
    assert (made.title, made.select, made.normalise) == ("2026년 평가", 1, Normalise.TRIM)
    assert list(made.headings) == TWO
    assert (list(made.plans), list(made.evaluators)) == (["a", "b"], ["위원 가", "위원 나"])
    later = make_evaluation(
        kept, OFFICER, "다음", TWO, ["a"], ["가"], 1, Normalise.NONE, NOW + timedelta(days=1)
    )
    assert [one.id for one in list_evaluations(kept, VIEWER)] == [later, id]


def test_everything_wrong_with_a_new_one_is_found(kept):
    """No title, a plan that is not there, an evaluator twice, no points, more to select than there are."""
    with pytest.raises(InvalidInput) as raised:
        make(
            kept,
            title=" ",
            headings=[Heading("x", HEADINGS[0][1], 0)],
            plans=["a", "nowhere"],
            evaluators=["가", "가"],
            select=3,
        )
    assert len(raised.value.findings) == 5
    assert list_evaluations(kept, VIEWER) == []


def test_the_sheets_make_the_result(kept):
    """A sheet handed in again takes the place of the first."""
    id = make(kept)
    give_scores(kept, OFFICER, id, "위원 가", sheet(10, 50), NOW)
    give_scores(kept, OFFICER, id, "위원 나", sheet(30, 40), NOW)
    give_scores(kept, OFFICER, id, "위원 가", sheet(50, 10), NOW)
    result = result_of(read_sheets(kept, OFFICER, id))
    assert [(one.plan, one.raw, one.rank) for one in result.plans] == [("a", 80, 1), ("b", 50, 2)]


def test_points_beyond_a_heading_are_refused(kept):
    """And nothing of that sheet is kept."""
    id = make(kept)
    with pytest.raises(InvalidInput):
        give_scores(kept, OFFICER, id, "위원 가", sheet(51, 10), NOW)
    with pytest.raises(NotFound):
        give_scores(kept, OFFICER, id, "모르는 위원", sheet(1, 1), NOW)
    assert read_sheets(kept, OFFICER, id).scores == {}


def test_a_declared_interest_bars_the_plan(kept):
    """What was scored no longer counts, scoring it again is refused, and withdrawing lets it count."""
    id = make(kept)
    give_scores(kept, OFFICER, id, "위원 가", sheet(50, 50), NOW)
    give_scores(kept, OFFICER, id, "위원 나", sheet(10, 10), NOW)
    declare_conflict(kept, OFFICER, id, "위원 가", "a", True, NOW)
    raw = {one.plan: one.raw for one in result_of(read_sheets(kept, OFFICER, id)).plans}
    assert raw == {"a": 20, "b": 60}
    with pytest.raises(InvalidInput):
        give_scores(kept, OFFICER, id, "위원 가", sheet(50, 50), NOW)
    with pytest.raises(NotFound):
        declare_conflict(kept, OFFICER, id, "위원 가", "nowhere", True, NOW)
    declare_conflict(kept, OFFICER, id, "위원 가", "a", False, NOW)
    declare_conflict(kept, OFFICER, id, "위원 가", "a", False, NOW)
    raw = {one.plan: one.raw for one in result_of(read_sheets(kept, OFFICER, id)).plans}
    assert raw == {"a": 60, "b": 60}
    assert kinds(kept)[-2:] == ["InterestDeclared", "InterestWithdrawn"]


def test_points_are_hidden_until_it_is_closed(kept):
    """A viewer sees none, a listed evaluator the own, the office all; after closing everybody all."""
    id = make(kept)
    give_scores(kept, OFFICER, id, "위원 가", sheet(50, 40), NOW)
    give_scores(kept, LISTED, id, "위원 나", sheet(10, 20), NOW)
    assert read_sheets(kept, VIEWER, id).scores == {}
    assert {place[0] for place in read_sheets(kept, LISTED, id).scores} == {"위원 나"}
    assert not sees_all(LISTED, read_sheets(kept, LISTED, id).evaluation)
    with pytest.raises(NotAllowed):
        give_scores(kept, LISTED, id, "위원 가", sheet(1, 1), NOW)
    close_evaluation(kept, OFFICER, id, NOW)
    assert len(read_sheets(kept, VIEWER, id).scores) == 8
    assert sees_all(VIEWER, read_sheets(kept, VIEWER, id).evaluation)


def test_closing_freezes_everything_and_tells_the_ranking(kept):
    """Points, interests, minutes and the closing itself are refused afterwards."""
    id = make(kept)
    give_scores(kept, OFFICER, id, "위원 가", sheet(10, 50), NOW)
    write_minutes(kept, OFFICER, id, " 논의함 ", NOW)
    close_evaluation(kept, OFFICER, id, NOW)
    for attempt in (
        lambda: give_scores(kept, OFFICER, id, "위원 가", sheet(1, 1), NOW),
        lambda: declare_conflict(kept, OFFICER, id, "위원 가", "a", True, NOW),
        lambda: write_minutes(kept, OFFICER, id, "다시", NOW),
        lambda: close_evaluation(kept, OFFICER, id, NOW),
    ):
        with pytest.raises(Conflict):
            attempt()
    made = read_sheets(kept, VIEWER, id).evaluation
    assert (made.minutes, made.closed_at) == ("논의함", NOW)
    with kept.registry.read() as conn:
        event = kept.events.find(conn)[0]
    assert (event.kind, event.payload["selected"]) == ("EvaluationClosed", ["b"])
    assert event.payload["ranking"] == [["b", 1, 100], ["a", 2, 20]]


def test_an_evaluation_without_a_whole_sheet_cannot_be_closed(kept):
    """Half a sheet ranks nothing."""
    id = make(kept)
    give_scores(kept, OFFICER, id, "위원 가", {("a", TWO[0].id): 3}, NOW)
    with pytest.raises(Conflict):
        close_evaluation(kept, OFFICER, id, NOW)


def test_a_viewer_only_reads(kept):
    """Every action is refused, and so are minutes beyond all measure."""
    id = make(kept)
    for attempt in (
        lambda: give_scores(kept, VIEWER, id, "위원 가", sheet(1, 1), NOW),
        lambda: declare_conflict(kept, VIEWER, id, "위원 가", "a", True, NOW),
        lambda: write_minutes(kept, VIEWER, id, "x", NOW),
        lambda: close_evaluation(kept, VIEWER, id, NOW),
        lambda: make_evaluation(kept, VIEWER, "x", TWO, ["a"], ["가"], 1, Normalise.NONE, NOW),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    with pytest.raises(NotFound):
        read_sheets(kept, VIEWER, "nowhere")
    with pytest.raises(InvalidInput):
        write_minutes(kept, OFFICER, id, "가" * 20_001, NOW)
