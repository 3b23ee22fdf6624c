"""The quarterly check: opened for every project, filled by its department, approved by somebody else."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.engine import Connection

from sandan.access import SYSTEM, Actor
from sandan.clock import SEOUL
from sandan.errors import Conflict, InvalidInput, NotAllowed, NotFound
from sandan.programme.engine.checking import check_filled, due_date, edits_of_check
from sandan.programme.model.check import Check, CheckState, Filled
from sandan.programme.model.plan import Book, ChangeKind, Version
from sandan.programme.model.rights import PROGRAMME_APPROVE, PROGRAMME_EDIT, PROGRAMME_READ
from sandan.programme.model.vocabulary import PledgeState, Quarter
from sandan.programme.records import checks as records
from sandan.programme.service.changes import write_version
from sandan.programme.service.plans import book_in
from sandan.store import Store
from sandan.words import Text

FINAL = (PledgeState.COMPLETED, PledgeState.DROPPED)
FILLABLE = (CheckState.OPEN, CheckState.FILLED, CheckState.RETURNED)


def open_quarter(
    store: Store, actor: Actor, plan: str, quarter: Quarter, now: datetime, due: date | None = None
) -> int:
    """Open the check of a quarter for every project that is still under way; how many were opened."""
    actor.require(PROGRAMME_APPROVE)
    due = due or due_date(quarter)
    with store.registry.write() as conn:
        book = book_in(conn, plan)
        done = {id for id, state in book.states.items() if state.state in FINAL}
        projects = [(one.id, one.owner) for one in book.projects if one.id not in done]
        opened = records.open_checks(conn, plan, projects, quarter, due)
        if opened:
            store.events.append(
                conn,
                "CheckOpened",
                actor=actor,
                subject=plan,
                payload={"quarter": str(quarter), "projects": opened, "due": due.isoformat()},
                at=now,
            )
    return opened


def list_checks(
    store: Store, actor: Actor, plan: str | None = None, quarter: Quarter | None = None
) -> list[Check]:
    """Checks, newest quarter first."""
    actor.require(PROGRAMME_READ)
    with store.registry.read() as conn:
        return records.find_checks(conn, plan, quarter)


def due_checks(store: Store, actor: Actor, now: datetime) -> list[Check]:
    """Checks whose day has passed and that nobody has filled: whom to remind."""
    actor.require(PROGRAMME_READ)
    today = now.astimezone(SEOUL).date()
    with store.registry.read() as conn:
        return records.find_checks(conn, states=(CheckState.OPEN, CheckState.RETURNED), due_before=today)


def read_check(store: Store, actor: Actor, plan: str, project: str, quarter: Quarter) -> tuple[Check, Book]:
    """A check, and its plan as it stands."""
    actor.require(PROGRAMME_READ)
    with store.registry.read() as conn:
        return _check(conn, plan, project, quarter), book_in(conn, plan)


def fill_check(
    store: Store, actor: Actor, plan: str, project: str, quarter: Quarter, filled: Filled, now: datetime
) -> None:
    """Say what only the department knows; may be mended until it is approved."""
    actor.require(PROGRAMME_EDIT)
    with store.registry.write() as conn:
        check = _check(conn, plan, project, quarter)
        if check.state not in FILLABLE:
            raise Conflict(
                Text(
                    "이미 승인된 점검입니다. 고치려면 정정을 요청하십시오.",
                    "This check is approved. Ask for a correction to change it.",
                )
            )
        faults = check_filled(filled, book_in(conn, plan), project)
        if faults:
            raise InvalidInput(faults)
        records.move_check(
            conn,
            plan,
            project,
            quarter,
            CheckState.FILLED,
            filled=filled,
            filled_by=actor.id,
            filled_at=now,
            note=None,
        )
        _tell(store, conn, "CheckFilled", actor, check, now)


def return_check(
    store: Store, actor: Actor, plan: str, project: str, quarter: Quarter, note: str, now: datetime
) -> None:
    """Send a filled check back, saying what is missing."""
    actor.require(PROGRAMME_APPROVE)
    if not note.strip():
        raise InvalidInput.because(
            "note",
            Text("보완할 내용이 비었습니다.", "what is missing is not said."),
            Text("무엇을 고쳐야 하는지 적으십시오.", "say what should be mended."),
        )
    with store.registry.write() as conn:
        check = _filled(conn, plan, project, quarter)
        _other_eyes(actor, check)
        records.move_check(
            conn,
            plan,
            project,
            quarter,
            CheckState.RETURNED,
            note=note.strip(),
            decided_by=actor.id,
            decided_at=now,
        )
        _tell(store, conn, "CheckReturned", actor, check, now)


def approve_check(
    store: Store, actor: Actor, plan: str, project: str, quarter: Quarter, now: datetime
) -> Version:
    """Bring a filled check into the plan as a new version."""
    actor.require(PROGRAMME_APPROVE)
    with store.registry.write() as conn:
        check = _filled(conn, plan, project, quarter)
        _other_eyes(actor, check)
        version = write_version(
            store,
            conn,
            plan,
            edits_of_check(check, book_in(conn, plan)),
            kind=ChangeKind.CHECK,
            reason=f"{quarter.year}년 {quarter.number}분기 점검",
            actor=actor,
            at=now,
        )
        records.move_check(
            conn,
            plan,
            project,
            quarter,
            CheckState.APPROVED,
            decided_by=actor.id,
            decided_at=now,
            version=version.number,
        )
        _tell(store, conn, "CheckApproved", actor, check, now)
    return version


def _check(conn: Connection, plan: str, project: str, quarter: Quarter) -> Check:
    found = records.read_check(conn, plan, project, quarter)
    if found is None:
        raise NotFound(Text("분기 점검", "quarterly check"), f"{project} · {quarter}")
    return found


def _filled(conn: Connection, plan: str, project: str, quarter: Quarter) -> Check:
    check = _check(conn, plan, project, quarter)
    if check.state is not CheckState.FILLED:
        raise Conflict(Text("검토할 점검이 아닙니다.", "This check is not waiting for approval."))
    return check


def _other_eyes(actor: Actor, check: Check) -> None:
    if actor.id == check.filled_by and actor.id != SYSTEM.id:
        raise NotAllowed(
            Text(
                "작성한 사람은 승인하거나 돌려보낼 수 없습니다. 다른 담당자에게 맡기십시오.",
                "Whoever filled a check may not approve or return it. Leave it to a colleague.",
            )
        )


def _tell(store: Store, conn: Connection, kind: str, actor: Actor, check: Check, now: datetime) -> None:
    store.events.append(
        conn,
        kind,
        actor=actor,
        subject=check.plan,
        payload={"project": check.project, "quarter": str(check.quarter)},
        at=now,
    )
