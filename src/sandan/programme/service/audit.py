"""The audit before the auditor: every finding of every plan, answered, accepted or gone.

A check of everything is made when something it rests on has changed, or a new day began, and what it found
is kept: looking at the findings costs no check, in any process. Conflicts of values are settled here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL
from sandan.errors import Conflict, InvalidInput, NotFound
from sandan.programme.engine.conflicts import Contradiction, find_contradictions
from sandan.programme.engine.findings import FindingSettings, find_faults
from sandan.programme.model.audit import (
    Answer,
    AnswerKind,
    Audit,
    AuditRun,
    Matter,
    Settlement,
)
from sandan.programme.model.documents import Document
from sandan.programme.model.plan import Book
from sandan.programme.model.rights import PROGRAMME_EDIT, PROGRAMME_READ
from sandan.programme.records import answers, books, drafts
from sandan.programme.records import findings as records
from sandan.programme.records.statements import uncollected
from sandan.programme.service.plans import book_in, head_of
from sandan.store import Store
from sandan.words import Text

LONGEST_ANSWER = 2_000
ATTEMPTS = 3
"""So often a check is begun anew because something changed while it ran; then the last one kept is shown."""
_DEFAULT = FindingSettings()
_CHECKING = Lock()
"""One check at a time in a process: whoever comes meanwhile waits for it and reads what it found."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A conflict of a plan, and how it was settled if it was."""

    conflict: Contradiction
    settlement: Settlement | None


def findings(
    store: Store,
    actor: Actor,
    now: datetime,
    plan: str | None = None,
    *,
    settings: FindingSettings = _DEFAULT,
    again: bool = False,
) -> Audit:
    """The findings of all plans or of one, checked `again` or as they were found since the last change."""
    actor.require(PROGRAMME_READ)
    _keep_checked(store, now, settings, again=again)
    with store.registry.read() as conn:
        if plan is not None:
            head_of(conn, plan)
        run = records.last_run(conn)
        assert run is not None  # just made
        return Audit(run, records.matters(conn, plan))


def finding_settings(table: Mapping[str, Any]) -> FindingSettings:
    """What the table `[programme]` of the settings leaves to the office: `hub_share`, within 0–1."""
    share = table.get("hub_share")
    try:
        return FindingSettings(hub_share=None if share is None else float(share))
    except (TypeError, ValueError):
        raise InvalidInput.because(
            "[programme] hub_share",
            Text(f"'{share}'은(는) 숫자가 아닙니다.", f"'{share}' is not a number."),
            Text("0–1의 비율을 적으십시오.", "give a share within 0–1."),
        ) from None


def answer_finding(store: Store, actor: Actor, id: str, kind: AnswerKind, text: str, now: datetime) -> Matter:
    """Answer a finding, or accept it with a reason; a later answer takes the place of an earlier."""
    actor.require(PROGRAMME_EDIT)
    _checked_text("text", text)
    with store.registry.write() as conn:
        matter = _matter(conn, id)
        if matter.gone_at is not None:
            raise Conflict(
                Text(
                    "이미 해소된 점검 결과입니다. 새로 고쳐 확인하십시오.",
                    "This finding is gone already. Reload the page.",
                )
            )
        answers.put_answer(conn, Answer(finding=id, kind=kind, text=text.strip(), by=actor.id, at=now))
        store.events.append(
            conn,
            "FindingAnswered",
            actor=actor,
            subject=matter.finding.plan,
            payload={
                "finding": id,
                "rule": matter.finding.rule,
                "kind": kind.value,
                "text": text.strip(),
                "sentence": matter.finding.sentence.ko,
            },
            at=now,
        )
    return matter


def withdraw_answer(store: Store, actor: Actor, id: str, now: datetime) -> Matter:
    """Take an answer back: the finding is open again."""
    actor.require(PROGRAMME_EDIT)
    with store.registry.write() as conn:
        matter = _matter(conn, id)
        if not answers.drop_answer(conn, id):
            raise NotFound(Text("답변", "answer"), id)
        store.events.append(
            conn,
            "AnswerWithdrawn",
            actor=actor,
            subject=matter.finding.plan,
            payload={"finding": id, "rule": matter.finding.rule},
            at=now,
        )
    return matter


def conflicts(store: Store, actor: Actor, plan: str) -> tuple[Book, Sequence[Dispute]]:
    """A plan with every conflict of its values, those that nobody settled first."""
    actor.require(PROGRAMME_READ)
    with store.registry.read() as conn:
        book = book_in(conn, plan)
        settled = books.settlements(conn, plan)
    disputes = [Dispute(one, settled.get(one.id)) for one in find_contradictions(book)]
    return book, sorted(disputes, key=lambda one: one.settlement is not None)


def settle_conflict(
    store: Store, actor: Actor, plan: str, key: str, chosen: str, reason: str, now: datetime
) -> None:
    """Say which statement (`chosen`) of a conflict (`key`) holds, and why; may be settled anew later."""
    actor.require(PROGRAMME_EDIT)
    _checked_text("reason", reason)
    with store.registry.write() as conn:
        found = next((one for one in find_contradictions(book_in(conn, plan)) if one.id == key), None)
        if found is None:
            raise NotFound(Text("값 충돌", "conflict"), key)
        statement = next((one for one in found.statements if one.id == chosen), None)
        if statement is None:
            raise InvalidInput.because(
                "statement",
                Text("고른 값이 이 충돌에 없습니다.", "the value chosen is not part of this conflict."),
                Text("보이는 값 가운데 하나를 고르십시오.", "choose one of the values shown."),
            )
        books.put_settlement(conn, plan, key, chosen, reason.strip(), actor.id, now)
        store.events.append(
            conn,
            "ConflictSettled",
            actor=actor,
            subject=plan,
            payload={
                "conflict": key,
                "statement": chosen,
                "value": statement.value,
                "unit": statement.unit,
                "reason": reason.strip(),
            },
            at=now,
        )


def _keep_checked(store: Store, now: datetime, settings: FindingSettings, *, again: bool = False) -> None:
    """Check everything if anything has changed since the last check."""
    if not again and _is_checked(store, now, settings):
        return
    with _CHECKING:
        if again or not _is_checked(store, now, settings):
            with uncollected():
                any(_check(store, now, settings) for _ in range(ATTEMPTS))


def _is_checked(store: Store, now: datetime, settings: FindingSettings) -> bool:
    with store.registry.read() as conn:
        run = records.last_run(conn)
        return run is not None and run.mark == _mark(conn, now, settings)


def _mark(conn: Connection, now: datetime, settings: FindingSettings) -> str:
    return records.mark(conn, now.astimezone(SEOUL).date(), repr(settings))


def _check(store: Store, now: datetime, settings: FindingSettings) -> bool:
    """Check everything and keep what was found, unless something changed meanwhile; whether it was kept."""
    day = now.astimezone(SEOUL).date()
    with store.registry.read() as conn:
        mark = _mark(conn, now, settings)
        plans = [books.read_book(conn, id, version) for id, (version, _) in books.heads(conn).items()]
        documents = _documents(conn)
    found = find_faults(plans, day, documents, settings)
    run = AuditRun(
        mark=mark,
        day=day,
        checked_at=now,
        plans=len(plans),
        projects=sum(len(book.projects) for book in plans),
        statements=sum(len(book.statements) for book in plans),
        documents=len(documents),
    )
    titles = {key: title for book in plans for key, title in _titles(book)}
    with store.registry.write() as conn:
        # What is out of date by now would make findings come and go that never did.
        if records.last_run(conn) is not None and _mark(conn, now, settings) != mark:
            return False
        records.remember(conn, run, found, titles)
    return True


def _documents(conn: Connection) -> dict[str, Document]:
    kept = (drafts.read_document(conn, id) for id in drafts.document_names(conn))
    return {one.digest: one for one in kept if one is not None}


def _titles(book: Book) -> list[tuple[tuple[str, str], tuple[str, bool]]]:
    plan = book.plan.id
    return [
        ((plan, plan), (book.plan.title, False)),
        *(((plan, one.id), (one.name, False)) for one in book.complexes),
        *(((plan, one.id), (one.title, True)) for one in book.projects),
    ]


def _matter(conn: Connection, id: str) -> Matter:
    found = records.read_matter(conn, id)
    if found is None:
        raise NotFound(Text("점검 결과", "finding"), id)
    return found


def _checked_text(where: str, text: str) -> None:
    if not text.strip() or len(text) > LONGEST_ANSWER:
        raise InvalidInput.because(
            where,
            Text(
                f"내용이 비었거나 {LONGEST_ANSWER}자를 넘습니다.",
                f"the text is empty or longer than {LONGEST_ANSWER} characters.",
            ),
            Text(
                "감사자가 읽고 알 수 있게 한두 문장으로 적으십시오.",
                "write a sentence or two that an auditor understands.",
            ),
        )
