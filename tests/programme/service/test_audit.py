"""Findings are kept between checks, answered, and gone when they are corrected; conflicts are settled."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sandan.access import SYSTEM, Actor, Role
from sandan.clock import SEOUL
from sandan.errors import Conflict, InvalidInput, NotAllowed, NotFound
from sandan.programme.model.audit import AnswerKind, FindingState, Severity
from sandan.programme.model.documents import Document, Line
from sandan.programme.model.plan import ChangeKind, Edit, Plan, Project, Table
from sandan.programme.model.statements import Origin, Statement
from sandan.programme.model.vocabulary import TOTAL, Kind, PlanKind, Stage
from sandan.programme.records import drafts
from sandan.programme.service import audit
from sandan.programme.service.audit import (
    answer_finding,
    conflicts,
    findings,
    settle_conflict,
    withdraw_answer,
)
from sandan.programme.service.changes import write_version
from sandan.programme.service.summary import summarise

NOW = datetime(2026, 3, 4, 9, tzinfo=SEOUL)
OFFICER = Actor("officer", "담당자", frozenset({Role.OFFICER}))
VIEWER = Actor("viewer", "열람자", frozenset({Role.VIEWER}))
FIRM = Actor("firm", "기업", frozenset({Role.FIRM}), "firm-a")
DIGEST = "d" * 64
EOK = 100_000_000


def money(id, source, won, line, period=TOTAL):
    """An amount of the one project, read in a line of the document."""
    return Statement(
        id=id,
        subject="p-1",
        kind=Kind.BUDGET,
        measure="총사업비",
        value=won * EOK,
        unit="원",
        source=source,
        period=period,
        stage=Stage.PLANNED,
        origin=Origin(document=DIGEST, line=line, text=f"{source} {won}"),
    )


PROJECT = Project(id="p-1", title="지원센터", owner="산업과")
WRONG = [money("p-a", "국비", 301, 2), money("p-b", "시비", 203, 3), money("p-t", TOTAL, 604, 4)]


def write(store, rows, reason="반영", kind=ChangeKind.IMPORT, plan="p"):
    tables = {Plan: Table.PLAN, Project: Table.PROJECT, Statement: Table.STATEMENT}
    edits = [Edit(tables[type(row)], row.id, row) for row in rows]
    with store.registry.write() as conn:
        write_version(store, conn, plan, edits, kind=kind, reason=reason, actor=SYSTEM, at=NOW)


@pytest.fixture
def kept(store):
    """A plan whose sources make 504억, not the 604억 that stand there, and its document."""
    write(store, [Plan(id="p", kind=PlanKind.PLEDGE_BOOK, title="공약", owner="기획과"), PROJECT, *WRONG])
    lines = ["총사업비", "국비 301", "시비 203", "계 604", "전력 사용량이 100kWh에서 80kWh로 25% 감소"]
    with store.registry.write() as conn:
        drafts.put_document(
            conn,
            Document("계획서.txt", DIGEST, [Line(n, (text,)) for n, text in enumerate(lines, 1)]),
            "officer",
            NOW,
        )
    return store


def of_rule(found, rule):
    (one,) = [one for one in found.matters if one.finding.rule == rule]
    return one


def test_plans_and_their_documents_are_checked(kept):
    """The total that does not add up and the sentence that does not follow, each with its line."""
    found = findings(kept, VIEWER, NOW)
    total, change = of_rule(found, "sum-sources"), of_rule(found, "change")
    assert (total.finding.origin.line, total.title, total.project) == (4, "지원센터", True)
    assert (change.finding.origin.line, change.finding.plan) == (5, "p")
    assert (found.run.plans, found.run.projects, found.run.statements, found.run.documents) == (1, 1, 3, 1)
    assert {one.state for one in found.matters} == {FindingState.OPEN}
    assert [one.finding.severity for one in found.matters] == sorted(
        (one.finding.severity for one in found.matters), key=list(Severity).index
    )
    assert findings(kept, VIEWER, NOW, "p").matters == found.matters
    with pytest.raises(NotFound):
        findings(kept, VIEWER, NOW, "nowhere")


def test_a_check_is_made_only_when_something_changed(kept, monkeypatch):
    """Looking twice checks once; a version, a document, a new day or the wish to check again checks anew."""
    made = []
    check = audit.find_faults
    monkeypatch.setattr(audit, "find_faults", lambda *given: made.append(given) or check(*given))
    for _ in range(2):
        assert findings(kept, VIEWER, NOW).run.checked_at == NOW
    later = NOW + timedelta(hours=1)
    findings(kept, VIEWER, later)
    assert (len(made), findings(kept, VIEWER, later).run.checked_at) == (1, NOW)
    write(kept, [replace(PROJECT, owner="건설과")])
    assert findings(kept, VIEWER, later).run.checked_at == later
    assert findings(kept, VIEWER, later + timedelta(hours=1), again=True).run.checked_at > later
    findings(kept, VIEWER, NOW + timedelta(days=1))
    with kept.registry.write() as conn:
        drafts.put_document(conn, Document("새 문서.txt", "e" * 64, [Line(1, ("글",))]), "officer", NOW)
    findings(kept, VIEWER, NOW + timedelta(days=1))
    assert len(made) == 5


def test_a_check_overtaken_by_a_change_is_made_anew(kept, monkeypatch):
    """What was found in the plan before it changed is not kept: the list is of the plan as it is."""
    findings(kept, VIEWER, NOW)
    check, made = audit.find_faults, []

    def overtaken(*given):
        made.append(given)
        if len(made) == 1:
            write(kept, [replace(WRONG[2], value=504 * EOK)])
        return check(*given)

    monkeypatch.setattr(audit, "find_faults", overtaken)
    later = NOW + timedelta(hours=1)
    one = of_rule(findings(kept, VIEWER, later, again=True), "sum-sources")
    assert (len(made), one.state) == (2, FindingState.CLOSED)


def test_a_correction_closes_a_finding_and_it_stays_readable(kept):
    """What is right now is listed as gone, with when; a mistake made again opens it again."""
    before = of_rule(findings(kept, VIEWER, NOW), "sum-sources")
    write(kept, [replace(WRONG[2], value=504 * EOK)], "정정", ChangeKind.CORRECTION)
    later = NOW + timedelta(hours=1)
    gone = of_rule(findings(kept, VIEWER, later), "sum-sources")
    assert (gone.state, gone.gone_at, gone.since) == (FindingState.CLOSED, later, NOW)
    assert gone.finding.sentence == before.finding.sentence
    with pytest.raises(Conflict):
        answer_finding(kept, OFFICER, gone.finding.id, AnswerKind.ANSWERED, "늦은 답변", later)
    write(kept, [WRONG[2]], "잘못 되돌림", ChangeKind.CORRECTION)
    again = of_rule(findings(kept, VIEWER, later + timedelta(hours=1)), "sum-sources")
    assert (again.state, again.gone_at, again.since) == (FindingState.OPEN, None, later + timedelta(hours=1))


def test_an_answered_finding_waits_no_more_until_the_answer_is_withdrawn(kept):
    """It is still listed, with who said what, and is not counted among those that wait."""
    id = of_rule(findings(kept, VIEWER, NOW), "sum-sources").finding.id
    high = summarise(kept, VIEWER, NOW).findings["p"][Severity.HIGH]
    answer_finding(kept, OFFICER, id, AnswerKind.ACCEPTED, " 도비 100억은 별도 문서에 있음 ", NOW)
    one = of_rule(findings(kept, VIEWER, NOW), "sum-sources")
    assert (one.state, one.answer.text, one.answer.by) == (
        FindingState.ACCEPTED,
        "도비 100억은 별도 문서에 있음",
        "officer",
    )
    assert summarise(kept, VIEWER, NOW).findings["p"][Severity.HIGH] == high - 1
    withdraw_answer(kept, OFFICER, id, NOW)
    assert of_rule(findings(kept, VIEWER, NOW), "sum-sources").state is FindingState.OPEN
    assert summarise(kept, VIEWER, NOW).findings["p"][Severity.HIGH] == high
    with pytest.raises(NotFound):
        withdraw_answer(kept, OFFICER, id, NOW)
    with kept.registry.read() as conn:
        told = [one.kind for one in reversed(kept.events.find(conn, subject="p"))]
    assert told == ["PlanChanged", "FindingAnswered", "AnswerWithdrawn"]


def test_an_answer_does_not_cover_a_mistake_made_again(kept):
    """A finding that was gone and came back waits again, its old answer beside it."""
    id = of_rule(findings(kept, VIEWER, NOW), "sum-sources").finding.id
    answer_finding(kept, OFFICER, id, AnswerKind.ANSWERED, "확인 중", NOW)
    write(kept, [replace(WRONG[2], value=504 * EOK)])
    findings(kept, VIEWER, NOW + timedelta(hours=1))
    write(kept, [WRONG[2]])
    one = of_rule(findings(kept, VIEWER, NOW + timedelta(hours=2)), "sum-sources")
    assert (one.state, one.answer.text) == (FindingState.OPEN, "확인 중")
    assert summarise(kept, VIEWER, NOW + timedelta(hours=2)).findings["p"][Severity.HIGH] >= 1


def test_an_answer_says_something_and_only_officers_give_it(kept):
    """Empty and endless answers are refused, and so are strangers and unknown findings."""
    id = findings(kept, VIEWER, NOW).matters[0].finding.id
    for text in ("  ", "가" * 2001):
        with pytest.raises(InvalidInput):
            answer_finding(kept, OFFICER, id, AnswerKind.ANSWERED, text, NOW)
    with pytest.raises(NotAllowed):
        answer_finding(kept, VIEWER, id, AnswerKind.ANSWERED, "답", NOW)
    with pytest.raises(NotAllowed):
        findings(kept, FIRM, NOW)
    with pytest.raises(NotAllowed):
        summarise(kept, FIRM, NOW)
    with pytest.raises(NotFound):
        answer_finding(kept, OFFICER, "nowhere", AnswerKind.ANSWERED, "답", NOW)


def test_a_plan_without_findings_is_counted_with_none(store):
    """An empty store has nothing to check; a plan that is right has no count."""
    assert summarise(store, VIEWER, NOW).findings == {}
    assert findings(store, VIEWER, NOW).matters == []
    row = Plan(id="q", kind=PlanKind.PLEDGE_BOOK, title="공약", owner="기획과")
    write(store, [row, replace(PROJECT, id="q-1")], plan="q")
    assert summarise(store, VIEWER, NOW).findings == {"q": {}}


def test_a_conflict_stays_until_it_is_settled(kept):
    """Both values side by side; the one chosen, with the reason, and no finding of it any more."""
    other = replace(money("p-t2", TOTAL, 701, 9), place="총괄표")
    write(kept, [other])
    assert of_rule(findings(kept, VIEWER, NOW), "conflict").state is FindingState.OPEN
    book, (dispute,) = conflicts(kept, VIEWER, "p")
    assert (book.version.number, dispute.settlement) == (2, None)
    assert {one.value for one in dispute.conflict.statements} == {604 * EOK, 701 * EOK}
    key = dispute.conflict.id
    for chosen, reason in (("p-t2", " "), ("p-a", "까닭")):
        with pytest.raises(InvalidInput):
            settle_conflict(kept, OFFICER, "p", key, chosen, reason, NOW)
    with pytest.raises(NotFound):
        settle_conflict(kept, OFFICER, "p", "nowhere", "p-t2", "까닭", NOW)
    with pytest.raises(NotAllowed):
        settle_conflict(kept, VIEWER, "p", key, "p-t2", "까닭", NOW)
    settle_conflict(kept, OFFICER, "p", key, "p-t2", "총괄표가 최종본", NOW)
    _, (dispute,) = conflicts(kept, VIEWER, "p")
    assert (dispute.conflict.settled, dispute.settlement.reason) == ("p-t2", "총괄표가 최종본")
    assert of_rule(findings(kept, VIEWER, NOW), "conflict").state is FindingState.CLOSED
    settle_conflict(kept, OFFICER, "p", key, "p-t", "원본이 최종본", NOW)
    assert conflicts(kept, VIEWER, "p")[1][0].settlement.statement == "p-t"
