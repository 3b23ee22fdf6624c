"""A plan changes by request, review and decision, and no version is ever lost."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sandan.access import SYSTEM, Actor, Role
from sandan.clock import SEOUL
from sandan.errors import Conflict, InvalidInput, NotAllowed, NotFound
from sandan.programme.model.change import ChangeState
from sandan.programme.model.plan import ChangeKind, Edit, Plan, Project, Table
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import Kind, PlanKind, PledgeState, Stage
from sandan.programme.service.changes import (
    decide_change,
    list_changes,
    publish,
    read_change,
    request_change,
    restore_version,
    review_change,
    withdraw_change,
    write_version,
)
from sandan.programme.service.plans import (
    list_plans,
    plan_versions,
    published_book,
    published_plans,
    published_versions,
    read_plan,
    state_history,
)
from sandan.programme.service.states import set_state

NOW = datetime(2026, 3, 4, 9, tzinfo=SEOUL)
ASKS = Actor("asks", "요청자", frozenset({Role.OFFICER}))
DECIDES = Actor("decides", "승인자", frozenset({Role.OFFICER}))
VIEWER = Actor("viewer", "열람자", frozenset({Role.VIEWER}))
PROJECT = Project(id="book-a", title="센터", owner="산업과")
MONEY = Statement(
    id="book-s",
    subject="book-a",
    kind=Kind.BUDGET,
    measure="총사업비",
    value=702,
    unit="원",
    source="국비",
    period="2026",
    stage=Stage.PLANNED,
)


@pytest.fixture
def kept(store):
    """A plan of one project with one amount, in version 1."""
    rows = [Plan(id="book", kind=PlanKind.PLEDGE_BOOK, title="공약", owner="기획과"), PROJECT, MONEY]
    tables = [Table.PLAN, Table.PROJECT, Table.STATEMENT]
    edits = [Edit(table, row.id, row) for table, row in zip(tables, rows, strict=True)]
    with store.registry.write() as conn:
        write_version(store, conn, "book", edits, kind=ChangeKind.IMPORT, reason="반영", actor=SYSTEM, at=NOW)
    return store


def owner(name):
    return [Edit(Table.PROJECT, "book-a", replace(PROJECT, owner=name))]


def accepted(store, edits, reason="조직 개편", kind=ChangeKind.CHANGE):
    id = request_change(store, ASKS, "book", edits, reason, NOW, kind)
    review_change(store, DECIDES, id, "타당함", NOW)
    return decide_change(store, DECIDES, id, True, "승인", NOW)


def test_an_accepted_change_is_the_next_version_and_the_last_one_stays(kept):
    """Both are readable; the version carries the reason and the review."""
    version = accepted(kept, owner("건설과"))
    assert (version.number, version.reason, version.review) == (2, "조직 개편", "타당함")
    assert read_plan(kept, VIEWER, "book").projects[0].owner == "건설과"
    assert read_plan(kept, VIEWER, "book", 1).projects[0].owner == "산업과"
    assert [one.number for one in plan_versions(kept, VIEWER, "book")] == [2, 1]
    with pytest.raises(NotFound):
        read_plan(kept, VIEWER, "book", 3)


def test_nothing_changes_before_the_decision(kept):
    """A request, a review and a rejection leave the plan as it is."""
    id = request_change(kept, ASKS, "book", owner("건설과"), "개편", NOW)
    with pytest.raises(Conflict):
        decide_change(kept, DECIDES, id, True, "검토 없이", NOW)
    review_change(kept, DECIDES, id, "근거 부족", NOW)
    assert decide_change(kept, DECIDES, id, False, "반려", NOW) is None
    assert [one.number for one in plan_versions(kept, VIEWER, "book")] == [1]
    change, base = read_change(kept, VIEWER, id)
    assert (change.state, change.decided_by, base.version.number) == (ChangeState.REJECTED, "decides", 1)
    with pytest.raises(Conflict):
        decide_change(kept, DECIDES, id, True, "다시", NOW)


def test_who_asks_neither_reviews_nor_decides(kept):
    """Four eyes at each step; a viewer does nothing at all."""
    id = request_change(kept, ASKS, "book", owner("건설과"), "개편", NOW)
    with pytest.raises(NotAllowed):
        review_change(kept, ASKS, id, "내가 검토", NOW)
    review_change(kept, DECIDES, id, "타당함", NOW)
    with pytest.raises(NotAllowed):
        decide_change(kept, ASKS, id, True, "내가 승인", NOW)
    with pytest.raises(NotAllowed):
        request_change(kept, VIEWER, "book", owner("x"), "개편", NOW)
    with pytest.raises(NotAllowed):
        publish(kept, VIEWER, "book", 1, NOW)


def test_only_who_asked_withdraws_and_then_it_is_closed(kept):
    """A withdrawn request is listed no more among the open ones."""
    id = request_change(kept, ASKS, "book", owner("건설과"), "개편", NOW)
    with pytest.raises(NotAllowed):
        withdraw_change(kept, DECIDES, id, NOW)
    withdraw_change(kept, ASKS, id, NOW)
    assert list_changes(kept, VIEWER, "book", open_only=True) == []
    assert [one.id for one in list_changes(kept, VIEWER, "book")] == [id]


def test_a_request_that_cannot_be_applied_is_refused_at_once(kept):
    """No edits, no reason, a project under one that is not there, money that is not whole won."""
    orphan = Project(id="book-b", title="분관", parent="nowhere")
    bad = [
        Edit(Table.PROJECT, "book-b", orphan),
        Edit(Table.STATEMENT, "book-s", replace(MONEY, value=1.5)),
    ]
    with pytest.raises(InvalidInput) as raised:
        request_change(kept, ASKS, "book", bad, "개편", NOW)
    assert len(raised.value.findings) == 2
    for edits, reason in (([], "개편"), (owner("x"), "  ")):
        with pytest.raises(InvalidInput):
            request_change(kept, ASKS, "book", edits, reason, NOW)


def test_restoring_is_a_correction_that_goes_the_same_way(kept):
    """The plan says again what version 1 said, in a version of its own."""
    more = Edit(Table.PROJECT, "book-b", Project(id="book-b", title="분관"))
    gone = Edit(Table.STATEMENT, "book-s", None)
    accepted(kept, [*owner("건설과"), more, gone])
    id = restore_version(kept, ASKS, "book", 1, "잘못된 변경", NOW)
    review_change(kept, DECIDES, id, "확인", NOW)
    version = decide_change(kept, DECIDES, id, True, "승인", NOW)
    now, then = read_plan(kept, VIEWER, "book"), read_plan(kept, VIEWER, "book", 1)
    assert (version.number, version.kind) == (3, ChangeKind.CORRECTION)
    assert (now.projects, now.statements) == (then.projects, then.statements)
    assert len(read_plan(kept, VIEWER, "book", 2).projects) == 2


def test_citizens_see_published_versions_only(kept):
    """Not the newest, not an unpublished earlier one; and never backwards."""
    assert published_plans(kept) == []
    with pytest.raises(NotFound):
        published_book(kept, "book")
    publish(kept, DECIDES, "book", 1, NOW)
    accepted(kept, owner("건설과"))
    accepted(kept, owner("도시과"))
    assert published_book(kept, "book").projects[0].owner == "산업과"
    publish(kept, DECIDES, "book", 3, NOW + timedelta(days=1))
    assert [one.version.number for one in published_plans(kept)] == [3]
    assert [one.number for one in published_versions(kept, "book")] == [3, 1]
    assert published_book(kept, "book", 1).projects[0].owner == "산업과"
    for number in (2, 4):
        with pytest.raises(NotFound):
            published_book(kept, "book", number)
    with pytest.raises(Conflict):
        publish(kept, DECIDES, "book", 2, NOW)
    assert [(one.version, one.published) for one in list_plans(kept, VIEWER)] == [(3, 3)]


def test_a_state_is_set_on_evidence_and_its_history_kept(kept):
    """The newest counts; an unknown project or no evidence is refused."""
    set_state(kept, ASKS, "book", "book-a", PledgeState.ON_TRACK, "1분기 점검", NOW)
    set_state(kept, ASKS, "book", "book-a", PledgeState.COMPLETED, "준공 검사", NOW + timedelta(hours=1))
    assert read_plan(kept, VIEWER, "book").states["book-a"].state is PledgeState.COMPLETED
    assert len(state_history(kept, VIEWER, "book", "book-a")) == 2
    with pytest.raises(InvalidInput):
        set_state(kept, ASKS, "book", "book-a", PledgeState.HELD, " ", NOW)
    with pytest.raises(NotFound):
        set_state(kept, ASKS, "book", "nowhere", PledgeState.HELD, "근거", NOW)


def test_each_step_is_a_fact_in_the_log(kept):
    """Who asked, who reviewed, who decided, which version, when it was published."""
    accepted(kept, owner("건설과"))
    publish(kept, DECIDES, "book", 2, NOW)
    with kept.registry.read() as conn:
        told = [(one.kind, one.actor) for one in reversed(kept.events.find(conn, subject="book"))]
    assert told == [
        ("PlanChanged", "system"),
        ("ChangeRequested", "asks"),
        ("ChangeReviewed", "decides"),
        ("PlanChanged", "decides"),
        ("ChangeDecided", "decides"),
        ("PlanPublished", "decides"),
    ]


def test_a_request_overtaken_by_another_is_refused(kept):
    """Accepting it would silently undo what came between; one about other rows still fits."""
    first = request_change(kept, ASKS, "book", owner("건설과"), "개편", NOW)
    other = [Edit(Table.STATEMENT, "book-s", replace(MONEY, value=800))]
    second = request_change(kept, ASKS, "book", other, "증액", NOW)
    accepted(kept, owner("도시과"))
    for id in (first, second):
        review_change(kept, DECIDES, id, "타당함", NOW)
    with pytest.raises(Conflict):
        decide_change(kept, DECIDES, first, True, "승인", NOW)
    assert decide_change(kept, DECIDES, second, True, "승인", NOW).number == 3
    book = read_plan(kept, VIEWER, "book")
    assert (book.projects[0].owner, book.statements[0].value) == ("도시과", 800)
