"""What is kept of a document, and how its draft becomes a plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from sandan.access import SYSTEM
from sandan.clock import SEOUL
from sandan.errors import Conflict
from sandan.programme.model.draft import Decision
from sandan.programme.model.plan import ChangeKind, Edit, Table
from sandan.programme.model.statements import CORRECTED, Statement
from sandan.programme.model.vocabulary import Quarter
from sandan.programme.service import changes, documents, drafts, plans
from sandan.store import Store

pytestmark = pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)
NOW = datetime(2026, 3, 4, 9, tzinfo=SEOUL)
CARD = """7. 산단 물류센터 조성
○ 사업기간 : 2023년 ~ 2025년
○ 총사업비 : 120억원(국 60, 시 60)
공약실명제
추진부서\t물류과\t과장\t홍길동\t☎ 000-0000
\t\t담당자\t홍길동\t☎ 000-0000
"""


def upload(store: Store, text: str = CARD) -> str:
    return drafts.upload_document(store, SYSTEM, "card.txt", text.encode(), NOW)


def test_a_name_in_a_cell_of_its_own_is_not_kept(store: Store) -> None:
    """The kept document, its draft and its list of lines without a place name nobody."""
    id = upload(store)
    draft = drafts.read_draft(store, SYSTEM, id)
    kept = documents.read_document(store, SYSTEM, draft.document)
    everything = repr(kept) + repr(draft.rows) + repr(draft.unplaced)
    assert "홍길동" not in everything
    assert "000-0000" not in everything
    assert "물류과" in everything
    assert draft.dropped == 4


def test_only_what_was_confirmed_enters_the_plan(store: Store) -> None:
    """A discarded value stays out, an undone decision is open again, and a committed draft is closed."""
    id = upload(store)
    draft = drafts.read_draft(store, SYSTEM, id)
    money = [row for row in draft.rows if isinstance(row.row, Statement)]
    dropped = money[1]
    drafts.confirm_sure(store, SYSTEM, id, NOW)
    drafts.decide_rows(store, SYSTEM, id, {(dropped.table, dropped.read.id): None}, NOW)
    assert drafts.read_draft(store, SYSTEM, id).open == 1
    drafts.decide_rows(store, SYSTEM, id, {(dropped.table, dropped.read.id): (Decision.DISCARDED, None)}, NOW)
    (version,) = drafts.commit_draft(store, SYSTEM, id, "반영", NOW).items()
    book = plans.read_plan(store, SYSTEM, version[0])
    assert len(book.statements) == len(money) - 1
    assert all(one.origin.confirmed_by == SYSTEM.id for one in book.statements)
    with pytest.raises(Conflict):
        drafts.decide_rows(store, SYSTEM, id, {(dropped.table, dropped.read.id): None}, NOW)


def test_the_same_bytes_keep_their_open_draft(store: Store) -> None:
    """Uploading twice makes one document and one draft."""
    assert upload(store) == upload(store)
    assert len(documents.list_documents(store, SYSTEM)) == 1


def test_reading_again_keeps_what_people_have_added(store: Store) -> None:
    """A corrected value, a binding and a finished step outlast a second copy of the same card."""
    schedule = CARD + "□ 연차별 추진계획\n세부추진내용\t2024년\t2025년\n\t40%\t100%\n물류센터\t설계\t착공\n"
    plan = _accept(store, schedule)
    book = plans.read_plan(store, SYSTEM, plan)
    total = next(one for one in book.statements if one.source == "계")
    step, measure = book.milestones[0], book.measures[0]
    with store.registry.write() as conn:
        origin = replace(total.origin, text=f"{CORRECTED}오기")
        edits = [
            Edit(Table.STATEMENT, total.id, replace(total, value=13 * 10**9, origin=origin)),
            Edit(Table.MILESTONE, step.id, replace(step, done=Quarter(2024, 4))),
            Edit(Table.MEASURE, measure.id, replace(measure, indicator="project_progress")),
        ]
        changes.write_version(
            store, conn, plan, edits, kind=ChangeKind.CORRECTION, reason="정정", actor=SYSTEM, at=NOW
        )
    assert _accept(store, schedule + "○ 기대효과 : 물류비 절감\n") == plan
    again = plans.read_plan(store, SYSTEM, plan)
    assert again.version.number == 3
    assert {one.id: one.value for one in again.statements}[total.id] == 13 * 10**9
    assert {one.id: one.done for one in again.milestones}[step.id] == Quarter(2024, 4)
    assert {one.id: one.indicator for one in again.measures}[measure.id] == "project_progress"


def _accept(store: Store, text: str) -> str:
    id = upload(store, text)
    drafts.confirm_sure(store, SYSTEM, id, NOW, unsure=True)
    (plan,) = drafts.commit_draft(store, SYSTEM, id, "반영", NOW)
    return plan
