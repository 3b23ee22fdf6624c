"""Documents and their drafts: upload, look line against line, confirm, bring into a plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import File, Form, UploadFile
from starlette.responses import RedirectResponse, Response

from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput
from sandan.programme.engine.amounts import read_amount
from sandan.programme.model.documents import UNPLACED_NAMES
from sandan.programme.model.draft import Decision, DraftRow, DraftState
from sandan.programme.model.plan import Complex, Fact, Measure, Milestone, Plan, Project, Row, Table
from sandan.programme.model.rights import PROGRAMME_EDIT, PROGRAMME_READ
from sandan.programme.model.statements import Origin, Statement
from sandan.programme.model.vocabulary import WON, sources
from sandan.programme.pages.frame import around
from sandan.programme.service import documents, drafts
from sandan.programme.service.desk import Desk
from sandan.programme.service.plans import list_plans
from sandan.web import Routes
from sandan.words import Text

routes = Routes("programme", prefix="/programme")
WAIT = 2.0
"""Seconds an upload waits for a short document before it shows its progress instead."""
ACCEPTED = ".txt,.md,.html,.htm,.csv,.tsv,.xlsx,.pdf,.hwpx,.docx"
DONE = {
    "decided": Text("반영했습니다.", "Done."),
    "corrected": Text("고친 값으로 확인했습니다.", "Corrected and confirmed."),
}
TABLE_NAMES = {
    Table.PLAN: Text("계획", "Plan"),
    Table.COMPLEX: Text("산단", "Complex"),
    Table.PROJECT: Text("사업", "Project"),
    Table.MEASURE: Text("확인지표", "Measure"),
    Table.STATEMENT: Text("값", "Value"),
    Table.MILESTONE: Text("일정", "Milestone"),
    Table.FACT: Text("내용", "Text"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of a draft as the page shows it."""

    key: str
    row: DraftRow
    line: int | None
    sure: bool
    label: str


@dataclass(frozen=True, slots=True)
class Group:
    """The rows about one subject, under its name."""

    name: str
    rows: Sequence[Shown]


@routes.page("/documents", permission=PROGRAMME_READ)
def documents_page(here: Here) -> Response:
    """What was uploaded, and where to upload more."""
    return _list(here)


@routes.action("/documents", permission=PROGRAMME_EDIT)
def upload(here: Here, file: Annotated[UploadFile | None, File()] = None) -> Response:
    """Read a document; a long one shows its progress."""
    try:
        if file is None or not file.filename:
            raise InvalidInput.because(
                "file",
                Text("파일이 없습니다.", "no file was chosen."),
                Text("파일을 고르십시오.", "choose a file."),
            )
        reading = here.house.part(Desk).put(
            here.store, here.actor, file.filename, file.file.read(), here.house.clock.now, WAIT
        )
        if isinstance(reading.error, InvalidInput):
            raise reading.error
    except InvalidInput as error:
        if _by_script(here):
            return here.render("web/findings.html", status=422, findings=error.findings)
        return _list(here, error.findings)
    target = f"/programme/drafts/{reading.draft}" if reading.draft else f"/programme/readings/{reading.id}"
    if _by_script(here):
        return Response(headers={"hx-redirect": target})
    return RedirectResponse(target, 303)


@routes.page("/readings/{id}", permission=PROGRAMME_EDIT)
def reading_page(id: str, here: Here) -> Response:
    """How far a document has been read; leads on to its draft."""
    reading = here.house.part(Desk).find(here.actor, id)
    if reading.draft:
        target = f"/programme/drafts/{reading.draft}"
        if _by_script(here):
            return Response(headers={"hx-redirect": target})
        return RedirectResponse(target, 303)
    findings = reading.error.findings if isinstance(reading.error, InvalidInput) else ()
    part = "programme/reading_part.html" if _by_script(here) else "programme/reading.html"
    return here.render(part, reading=reading, findings=findings, **around())


@routes.page("/documents/{id}", permission=PROGRAMME_READ)
def document_page(id: str, here: Here) -> Response:
    """A document line by line: where the source of every figure leads."""
    return here.render(
        "programme/document.html", document=documents.read_document(here.store, here.actor, id), **around()
    )


@routes.page("/drafts/{id}", permission=PROGRAMME_EDIT)
def draft_page(id: str, here: Here, show: str = "open", done: str = "") -> Response:
    """The document beside what was read from it."""
    return _draft(here, id, show, done=done)


@routes.action("/drafts/{id}/rows", permission=PROGRAMME_EDIT)
def decide(
    id: str,
    here: Here,
    key: Annotated[list[str], Form(default_factory=list)],
    decision: Annotated[str, Form()] = "confirmed",
    show: Annotated[str, Form()] = "open",
) -> Response:
    """Confirm, discard or open again the rows named."""
    made = None if decision == "reopened" else (Decision(decision), None)
    drafts.decide_rows(here.store, here.actor, id, {_key(one): made for one in key}, here.now)
    return _back(id, show, key[0] if key else "")


@routes.action("/drafts/{id}/confirm", permission=PROGRAMME_EDIT)
def confirm_all(
    id: str, here: Here, unsure: Annotated[bool, Form()] = False, show: Annotated[str, Form()] = "open"
) -> Response:
    """Confirm every open row the reader was sure of, or all of them."""
    drafts.confirm_sure(here.store, here.actor, id, here.now, unsure=unsure)
    return _back(id, show)


@routes.action("/drafts/{id}/correct", permission=PROGRAMME_EDIT)
def correct(
    id: str,
    here: Here,
    key: Annotated[str, Form()],
    value: Annotated[str, Form(max_length=100)] = "",
    unit: Annotated[str, Form(max_length=20)] = "",
    measure: Annotated[str, Form(max_length=200)] = "",
    source: Annotated[str, Form(max_length=20)] = "",
    period: Annotated[str, Form(max_length=20)] = "",
    text: Annotated[str, Form(max_length=2000)] = "",
    show: Annotated[str, Form()] = "open",
) -> Response:
    """Put the officer's value in place of what was read, and confirm it."""
    draft = drafts.read_draft(here.store, here.actor, id)
    table, row_id = _key(key)
    found = next((row for row in draft.rows if (row.table, row.read.id) == (table, row_id)), None)
    try:
        if found is None:
            raise InvalidInput.because(
                key, Text("그런 행이 없습니다.", "no such row."), Text("새로 고치십시오.", "reload the page.")
            )
        row = _corrected(found.row, value, unit, measure, source, period, text)
    except InvalidInput as error:
        return _draft(here, id, show, findings=error.findings)
    drafts.decide_rows(here.store, here.actor, id, {(table, row_id): (Decision.CORRECTED, row)}, here.now)
    return _back(id, show, key)


@routes.action("/drafts/{id}/commit", permission=PROGRAMME_EDIT)
def commit(id: str, here: Here, reason: Annotated[str, Form(max_length=2000)] = "") -> Response:
    """Bring what was confirmed into the plan."""
    try:
        made = drafts.commit_draft(
            here.store,
            here.actor,
            id,
            reason.strip() or drafts.read_draft(here.store, here.actor, id).name,
            here.now,
        )
    except InvalidInput as error:
        return _draft(here, id, "open", findings=error.findings)
    return here.render(
        "programme/committed.html",
        made=made,
        titles={line.plan.id: line.plan.title for line in list_plans(here.store, here.actor)},
        **around(),
    )


def _list(here: Visit, findings: Sequence[Finding] = ()) -> Response:
    return here.render(
        "programme/documents.html",
        status=422 if findings else 200,
        documents=documents.list_documents(here.store, here.actor),
        findings=findings,
        accepted=ACCEPTED,
        may_edit=here.actor.may(PROGRAMME_EDIT),
        **around(),
    )


def _draft(here: Visit, id: str, show: str, *, findings: Sequence[Finding] = (), done: str = "") -> Response:
    draft = drafts.read_draft(here.store, here.actor, id)
    shown = [_shown(row) for row in draft.rows]
    by_line: dict[int, list[Shown]] = defaultdict(list)
    for one in shown:
        if one.line is not None:
            by_line[one.line].append(one)
    edits = {} if draft.committed_at else drafts.preview_commit(here.store, here.actor, id)
    return here.render(
        "programme/draft.html",
        status=422 if findings else 200,
        draft=draft,
        document=documents.read_document(here.store, here.actor, draft.document),
        by_line=by_line,
        reasons={one.line: one.reason for one in draft.unplaced},
        groups=_groups(draft, [one for one in shown if _fits(one, show)]),
        unsure=sum(not one.sure for one in shown),
        decided=len(shown) - draft.open,
        show=show,
        findings=findings,
        done=DONE.get(done),
        why=UNPLACED_NAMES,
        table_names=TABLE_NAMES,
        sources=sources(),
        edits={plan: len(rows) for plan, rows in edits.items()},
        Decision=Decision,
        WON=WON,
        **around(),
    )


def _fits(one: Shown, show: str) -> bool:
    match show:
        case "all":
            return True
        case "unsure":
            return not one.sure
        case "decided":
            return one.row.decision is not None
    return one.row.decision is None


def _shown(row: DraftRow) -> Shown:
    origin = Origin() if isinstance(row.row, Plan) else row.row.origin
    return Shown(f"{row.table.value}:{row.read.id}", row, origin.line, origin.sure, _label(row.row))


def _label(row: Row) -> str:
    match row:
        case Plan() | Project():
            return row.title
        case Complex() | Measure():
            return row.name
        case Milestone():
            return f"{row.title} ({row.start}~{row.end})"
        case Fact():
            return f"{row.when} {row.text}".strip()
        case Statement():
            return row.measure


def _groups(draft: DraftState, shown: Sequence[Shown]) -> list[Group]:
    """Rows under the plan, complex or project they are about, in the order these were read."""
    names: dict[str, str] = {}
    for read in draft.rows:
        if isinstance(read.row, Plan | Project | Complex):
            names[read.row.id] = _label(read.row)
    grouped: dict[str, list[Shown]] = {id: [] for id in names}
    for one in shown:
        grouped.setdefault(_subject(one.row.row), []).append(one)
    return [Group(names.get(id, id), rows) for id, rows in grouped.items() if rows]


def _subject(row: Row) -> str:
    match row:
        case Statement() | Measure() | Fact():
            return row.subject
        case Milestone():
            return row.project
    return row.id


def _corrected(row: Row, value: str, unit: str, measure: str, source: str, period: str, text: str) -> Row:
    """The row with what the officer wrote; `InvalidInput` when the value cannot be read."""
    match row:
        case Statement():
            read = read_amount(value, unit.strip() or row.unit)
            return replace(
                row,
                value=read,
                unit=WON if row.unit == WON else unit.strip() or row.unit,
                measure=measure.strip() or row.measure,
                source=source or None,
                period=period.strip() or None,
                origin=replace(row.origin, sure=True),
            )
        case Fact():
            return replace(row, text=text.strip() or row.text, origin=replace(row.origin, sure=True))
        case Project() | Milestone():
            return replace(row, title=text.strip() or row.title, origin=replace(row.origin, sure=True))
        case Complex() | Measure():
            return replace(row, name=text.strip() or row.name, origin=replace(row.origin, sure=True))
        case Plan():
            return replace(row, title=text.strip() or row.title)


def _key(text: str) -> tuple[Table, str]:
    table, _, id = text.partition(":")
    try:
        return Table(table), id
    except ValueError:
        raise InvalidInput.because(
            "key",
            Text("행을 알 수 없습니다.", "the row is unknown."),
            Text("새로 고치십시오.", "reload the page."),
        ) from None


def _back(id: str, show: str, key: str = "") -> Response:
    del key
    return RedirectResponse(f"/programme/drafts/{id}?show={show}&done=decided", 303)


def _by_script(here: Visit) -> bool:
    return here.request.headers.get("hx-request") == "true"
