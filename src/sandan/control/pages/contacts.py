"""The contact book: who is there, how they are reached, in which words they are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import File, Form, UploadFile
from starlette.responses import RedirectResponse, Response

from sandan.control.engine.contacts import COLUMNS, as_row
from sandan.control.engine.notices.library import OTHER_KINDS
from sandan.control.engine.notices.texts import PLACEHOLDERS, check_template
from sandan.control.model.contacts import CHANNEL_NAMES, CIRCLE_NAMES, TROUBLE_NAMES, Circle, Contact
from sandan.control.model.incidents.procedures import groups, kinds, levels
from sandan.control.model.notices import (
    DELIVERY_NAMES,
    PHASE_NAMES,
    STANDING_NAMES,
    Mode,
    Phase,
    Template,
    Words,
)
from sandan.control.model.rights import DESIGN, OPERATE
from sandan.control.service import contacts as service
from sandan.control.service.notices.running import TellingDesk
from sandan.control.service.notices.told import read_told
from sandan.domain import Here, Visit, Written
from sandan.errors import Finding, InvalidInput
from sandan.sheets import BOM
from sandan.web import Routes, attachment
from sandan.words import Text

routes = Routes("control", prefix="/control/contacts")
Field = Annotated[str, Form(max_length=2000)]
DONE = {
    "saved": Text("저장했습니다.", "Saved."),
    "removed": Text("지웠습니다.", "Removed."),
    "imported": Text("연락망을 가져왔습니다.", "The contact book was imported."),
    "tested": Text(
        "시험 메시지를 보냈습니다. 결과는 아래에 있습니다.", "A test message was sent; see below."
    ),
    "text": Text("문안을 저장했습니다. 다음 전파부터 쓰입니다.", "Saved; used from the next notice on."),
}
TESTS_SHOWN = 10
PER_PAGE = 100


@routes.page("", permission=OPERATE)
def book_page(here: Here, done: str = "", q: str = "", page: int = 1, trouble: bool = False) -> Response:
    """Everybody in the book, or those found, or those that could not be reached."""
    return _book(here, done=done, text=q.strip()[:100], page=page, trouble=trouble)


@routes.page("/new", permission=DESIGN)
def new_page(here: Here) -> Response:
    """An empty form."""
    return _form(here, dict.fromkeys(COLUMNS, "") | {"active": "1", "language": "ko", "circle": "authority"})


@routes.page("/texts", permission=OPERATE)
def texts_page(here: Here, done: str = "") -> Response:
    """What is said in each phase, to each circle."""
    return _texts(here, done=done)


@routes.page("/export.csv", permission=OPERATE)
def export(here: Here) -> Response:
    """The book as a file, which can be imported again."""
    text = BOM + service.export_contacts(here.store, here.actor)
    return attachment(text, "contacts.csv")


@routes.page("/{id}/edit", permission=DESIGN)
def edit_page(id: str, here: Here) -> Response:
    """One contact, to be changed."""
    return _form(here, as_row(service.find_contact(here.store, here.actor, id)), known=True)


@routes.action("", permission=DESIGN)
def save(here: Here, form: Written) -> Response:
    """Add or change a contact."""
    row = {name: str(form.get(name, "")) for name in COLUMNS}
    row["kinds"] = " ".join(map(str, form.getlist("kinds")))
    row["active"] = "1" if form.get("active") else "0"
    try:
        service.save_contact(here.store, here.actor, row, here.now)
    except InvalidInput as error:
        return _form(here, row, error.findings, known=bool(form.get("known")))
    return _back("saved")


@routes.action("/import", permission=DESIGN)
def import_file(here: Here, file: Annotated[UploadFile | None, File()] = None) -> Response:
    """Bring in a CSV file, in whole or not at all."""
    data = file.file.read(service.MOST_BYTES + 1) if file is not None else b""
    try:
        service.import_contacts(here.store, here.actor, data, here.now)
    except InvalidInput as error:
        return _book(here, error.findings)
    return _back("imported")


@routes.action("/texts", permission=DESIGN)
def save_text(
    here: Here,
    kind: Field,
    phase: Annotated[Phase, Form()],
    circle: Annotated[Circle, Form()],
    title_ko: Field = "",
    text_ko: Field = "",
    title_en: Field = "",
    text_en: Field = "",
    was: Field = "",
    look: Annotated[bool, Form()] = False,
) -> Response:
    """Write a new version of a text, or only look at it with its values filled in.

    `was` is the text that the form came from: it may have been made one for another kind of incident.
    """
    ko, en = Words(title_ko.strip(), text_ko.strip()), Words(title_en.strip(), text_en.strip())
    written = Template(kind, phase, circle, ko, en)
    if look:
        return _texts(here, check_template(written), written=written, was=was)
    try:
        service.save_text(here.store, here.actor, kind, phase, circle, ko, en, here.now)
    except InvalidInput as error:
        return _texts(here, error.findings, written=written, was=was)
    return RedirectResponse("/control/contacts/texts?done=text", 303)


@routes.action("/{id}/test", permission=DESIGN)
def test(id: str, here: Here) -> Response:
    """Send a test message over every channel of a contact."""
    service.test_contact(here.store, here.actor, id, here.house.part(TellingDesk).desk, here.now)
    return _back("tested")


@routes.action("/{id}/remove", permission=DESIGN)
def remove(id: str, here: Here) -> Response:
    """Take a contact from the book."""
    service.remove_contact(here.store, here.actor, id, here.now)
    return _back("removed")


def _back(done: str) -> Response:
    return RedirectResponse(f"/control/contacts?done={done}", 303)


def _book(
    here: Visit,
    findings: Sequence[Finding] = (),
    done: str = "",
    text: str = "",
    page: int = 1,
    trouble: bool = False,
) -> Response:
    desk = here.house.part(TellingDesk).desk
    told = read_told(here.store, here.actor, service.TEST, here.now)
    everybody = service.list_contacts(here.store, here.actor)
    firms = service.firm_names(here.store)
    troubles = service.list_troubles(here.store, here.actor)
    found = [one for one in everybody if _matches(one, text, firms) and (one.id in troubles or not trouble)]
    page = max(1, min(page, -(-len(found) // PER_PAGE)))
    return here.render(
        "control/notices/contacts.html",
        status=422 if findings else 200,
        contacts=found[(page - 1) * PER_PAGE : page * PER_PAGE],
        count=len(found),
        total=len(everybody),
        text=text,
        page=page,
        pages=-(-len(found) // PER_PAGE),
        page_url=lambda number: f"/control/contacts?{urlencode({'q': text, 'page': number})}",
        firms=firms,
        troubles=troubles,
        trouble_names=TROUBLE_NAMES,
        tests=told.lines[:TESTS_SHOWN],
        columns=COLUMNS,
        findings=findings,
        done=DONE.get(done),
        mode=desk.mode,
        modes=Mode,
        may_design=here.actor.may(DESIGN),
        edit_url=lambda one, what: f"/control/contacts/{quote(one, safe='')}/{what}",
        **_names(),
    )


def _matches(one: Contact, text: str, firms: Mapping[str, str]) -> bool:
    said = " ".join((one.id, one.organisation, one.post, firms.get(one.tenant or "", "")))
    return text.casefold() in said.casefold()


def _form(
    here: Visit, row: Mapping[str, str], findings: Sequence[Finding] = (), *, known: bool = False
) -> Response:
    return here.render(
        "control/notices/contact.html",
        status=422 if findings else 200,
        row=row,
        known=known,
        chosen=row["kinds"].split(),
        firm=service.firm_names(here.store).get(row["tenant"], ""),
        findings=findings,
        remove_url=f"/control/contacts/{quote(row['id'], safe='')}/remove",
        **_names(),
    )


def _texts(
    here: Visit,
    findings: Sequence[Finding] = (),
    done: str = "",
    written: Template | None = None,
    was: str = "",
) -> Response:
    desk = here.house.part(TellingDesk).desk
    texts = service.list_texts(here.store, here.actor)
    if written:
        texts = [written if one.key == was else one for one in texts]
    return here.render(
        "control/notices/texts.html",
        status=422 if findings else 200,
        texts=texts,
        examples=service.show_texts(here.store, here.actor, texts, desk, here.now),
        written=written,
        was=was,
        placeholders=PLACEHOLDERS,
        kind_names=OTHER_KINDS | {id: one.name for id, one in kinds().items()},
        limits=desk.limits,
        findings=findings,
        done=DONE.get(done),
        may_design=here.actor.may(DESIGN),
        phases=PHASE_NAMES,
        **_names(),
    )


def _names() -> dict[str, Any]:
    return {
        "circles": CIRCLE_NAMES,
        "groups": groups(),
        "kinds": kinds(),
        "levels": levels(),
        "channels": CHANNEL_NAMES,
        "states": DELIVERY_NAMES,
        "standing_names": STANDING_NAMES,
        "languages": {"ko": "한국어", "en": "English"},
    }
