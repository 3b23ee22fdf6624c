"""Plans as versioned rows: whatever was written in a version is read from it for ever."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandan.programme.engine.edits import rows_of
from sandan.programme.model.plan import (
    ChangeKind,
    Complex,
    Edit,
    Fact,
    Measure,
    Milestone,
    Plan,
    Project,
    StateSet,
    Table,
    Version,
)
from sandan.programme.model.statements import Origin, Statement
from sandan.programme.model.vocabulary import (
    ComplexRole,
    Continuity,
    Direction,
    FactKind,
    Kind,
    Nature,
    PlanKind,
    PledgeState,
    Quarter,
    Stage,
    Standing,
)
from sandan.programme.records import books
from sandan.programme.records.codec import TABLE_OF, edit_from_json, edit_to_json

NOW = datetime(2026, 3, 4, tzinfo=UTC)
PLAN = Plan(
    id="p",
    kind=PlanKind.PLEDGE_BOOK,
    title="공약",
    owner="기획과",
    region="가나시",
    term_start=date(2022, 7, 1),
)
ORIGIN = Origin(
    document="d" * 64,
    line=12,
    page=3,
    text="총사업비 702억원",
    sure=False,
    confirmed_by="kim",
    confirmed_at=NOW,
)
ROWS = (
    PLAN,
    Complex(id="c", name="가나산단", role=ComplexRole.HUB, industry="기계", thing="complex-1", origin=ORIGIN),
    Project(id="a", title="센터"),
    Project(
        id="b",
        title="분관",
        parent="a",
        complex="c",
        code="3-1",
        continuity=Continuity.NEW,
        start=date(2023, 1, 1),
        end=date(2026, 12, 31),
        in_term=True,
        budgeted=False,
        basis="조례",
        owner="산업과",
        cooperating=("교통과", "환경과"),
        standing=Standing.SECURED,
        origin=ORIGIN,
    ),
    Measure(
        id="m", subject="b", name="공정률", unit="%", direction=Direction.DOWN, baseline=12.5, indicator="co2"
    ),
    Statement(
        id="s1",
        subject="b",
        kind=Kind.BUDGET,
        measure="총사업비",
        value=9_007_199_254_740_993,  # not a double
        unit="원",
        source="국비",
        period="2024",
        stage=Stage.PLANNED,
        nature=Nature.CAPITAL,
        place="재원",
        origin=ORIGIN,
    ),
    Statement(id="s2", subject="b", kind=Kind.TARGET, measure="공정률", value=None, unit="%", period="2025"),
    Statement(
        id="s3",
        subject="b",
        kind=Kind.PROGRESS,
        measure="이용률",
        value=67.1,
        unit="%",
        numerator=53,
        denominator=79,
    ),
    Statement(id="s4", subject="c", kind=Kind.BASE, measure="생산액", value=-5, unit="원"),
    Statement(id="s5", subject="c", kind=Kind.TARGET, measure="지원액", value=None, unit="원", period="2027"),
    Milestone(
        id="t", project="b", title="착공", start=Quarter(2024, 1), end=Quarter(2024, 4), done=Quarter(2025, 1)
    ),
    Fact(id="f", subject="b", kind=FactKind.ACHIEVEMENT, text="보고회", when="2024-06", origin=ORIGIN),
)


def edits(*rows):
    return [Edit(TABLE_OF[type(row)], row.id, row) for row in rows]


def version(number, at=NOW):
    return Version(number=number, kind=ChangeKind.IMPORT, reason="시험", by="kim", at=at)


def read(registry, number, plan="p"):
    with registry.read() as conn:
        return books.read_book(conn, plan, number)


def test_every_kind_of_row_comes_back_as_it_was_written(registry):
    """Amounts to the won, a value not yet set, quarters, dates, tuples and origins."""
    with registry.write() as conn:
        books.add_version(conn, "p", version(1), edits(*ROWS))
    book = read(registry, 1)
    assert rows_of(book) == {(TABLE_OF[type(row)], row.id): row for row in ROWS}
    assert isinstance(next(one for one in book.statements if one.id == "s1").value, int)
    assert book.version == version(1)


def test_an_earlier_version_stays_as_it_was(registry):
    """A row replaced, one added and one taken away show in the new version only."""
    changed = replace(ROWS[3], owner="건설과")
    added = Project(id="z", title="새 사업")
    with registry.write() as conn:
        books.add_version(conn, "p", version(1), edits(*ROWS))
        books.add_version(conn, "p", version(2), [*edits(changed, added), Edit(Table.FACT, "f", None)])
    before, after = read(registry, 1), read(registry, 2)
    assert {one.id for one in before.projects} == {"a", "b"}
    assert next(one for one in before.projects if one.id == "b").owner == "산업과"
    assert [one.id for one in before.facts] == ["f"]
    assert {one.id: one.owner for one in after.projects} == {"a": "", "b": "건설과", "z": ""}
    assert after.facts == []
    assert before.statements == after.statements


def test_plans_do_not_see_each_other(registry):
    """The same row ids in two plans are two rows."""
    other = replace(PLAN, id="q", title="다른 공약")
    with registry.write() as conn:
        books.add_version(conn, "p", version(1), edits(*ROWS))
        books.add_version(conn, "q", version(1), edits(other, Project(id="a", title="다른 센터")))
        books.add_version(conn, "q", version(2), [Edit(Table.PROJECT, "a", None)])
        assert books.heads(conn) == {"p": (1, None), "q": (2, None)}
    assert {one.title for one in read(registry, 1).projects} == {"센터", "분관"}
    assert read(registry, 1, "q").projects[0].title == "다른 센터"


def test_the_newest_state_and_settlement_count(registry):
    """What was set before stays in the history."""
    with registry.write() as conn:
        books.add_version(conn, "p", version(1), edits(*ROWS))
        for hours, state in enumerate((PledgeState.ON_TRACK, PledgeState.COMPLETED)):
            at = NOW + timedelta(hours=hours)
            books.put_state(conn, "p", StateSet(project="a", state=state, by="kim", at=at, evidence="준공"))
        books.put_settlement(conn, "p", "k", "s1", "본문", "kim", NOW)
        books.put_settlement(conn, "p", "k", "s4", "부속서", "kim", NOW)
        assert [one.state for one in books.state_history(conn, "p", "a")] == [
            PledgeState.COMPLETED,
            PledgeState.ON_TRACK,
        ]
    book = read(registry, 1)
    assert book.states["a"].state is PledgeState.COMPLETED
    assert book.settled == {"k": "s4"}


def test_publishing_marks_the_version_and_leaves_it_alone(registry):
    """A version is readable before and after; only its date of publication is added."""
    with registry.write() as conn:
        books.add_version(conn, "p", version(1), edits(*ROWS))
        books.add_version(conn, "p", version(2), [Edit(Table.FACT, "f", None)])
        books.mark_published(conn, "p", 1, NOW)
        assert books.current(conn, "p") == (2, 1)
        assert [(one.number, one.published_at) for one in books.versions(conn, "p")] == [(2, None), (1, NOW)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_an_edit_survives_being_written_as_json(row):
    """What a change request keeps is what will be applied."""
    edit = Edit(TABLE_OF[type(row)], row.id, row)
    assert edit_from_json(edit_to_json(edit)) == edit
    assert edit_from_json(edit_to_json(replace(edit, row=None))) == replace(edit, row=None)


steps = st.lists(
    st.dictionaries(st.sampled_from("abcd"), st.none() | st.integers(-(10**15), 10**15), max_size=4),
    max_size=6,
)


@pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)
def test_any_history_of_edits_is_readable_at_every_version(registry):
    """Reading version n gives exactly what edits 1 to n left, whatever came after."""
    count = iter(range(10_000))

    @given(steps)
    def holds(history):
        plan = f"plan-{next(count)}"
        expected, now_held = [], {}
        with registry.write() as conn:
            head = edits(replace(PLAN, id=plan))
            books.add_version(conn, plan, version(1), head)
            expected.append({})
            for number, step in enumerate(history, start=2):
                made = [
                    Edit(
                        Table.STATEMENT,
                        id,
                        None
                        if won is None
                        else Statement(
                            id=id, subject=plan, kind=Kind.BUDGET, measure="비", value=won, unit="원"
                        ),
                    )
                    for id, won in step.items()
                ]
                books.add_version(conn, plan, version(number), made)
                now_held = {k: v for k, v in (now_held | step).items() if v is not None}
                expected.append(now_held)
        for number, held in enumerate(expected, start=1):
            book = read(registry, number, plan)
            assert {one.id: one.value for one in book.statements} == held

    holds()
