"""Import with a preview, and export as downloads."""

from __future__ import annotations

from typing import Annotated

from fastapi import File, Form, UploadFile
from starlette.responses import RedirectResponse, Response, StreamingResponse

from sandan.clock import SEOUL
from sandan.complex.model import EXPORT, IMPORT
from sandan.complex.pages.things import thing_url
from sandan.complex.service import exports, imports, things
from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput
from sandan.twin.tables import kinds
from sandan.web import Routes
from sandan.words import Text

pages = Routes("complex")
LISTED = 200
"""So many findings and changes are listed one by one; the rest is counted."""


@pages.page("/import", permission=IMPORT)
def import_form(here: Here, format: str = "firms") -> Response:
    """Choose a file."""
    return _form(here, format)


@pages.action("/import", permission=IMPORT)
def upload(
    here: Here,
    file: Annotated[UploadFile | None, File()] = None,
    format: Annotated[str, Form()] = "firms",
    kind: Annotated[str, Form()] = "",
    parent: Annotated[str, Form()] = "",
    crs: Annotated[str, Form()] = "",
) -> Response:
    """Read the file and show what it would change."""
    options = {name: value.strip() for name, value in (("kind", kind), ("parent", parent), ("crs", crs))}
    try:
        if file is None or not file.filename:
            raise InvalidInput.because(
                "file",
                Text("파일이 없습니다.", "no file was chosen."),
                Text("파일을 고르십시오.", "choose a file."),
            )
        draft = imports.start(
            here.store, here.actor, format, file.filename, file.file.read(), options, here.now
        )
    except InvalidInput as error:
        if _by_script(here):
            return here.render("web/findings.html", status=422, findings=error.findings)
        return _form(here, format, error.findings)
    if _by_script(here):
        return Response(headers={"hx-redirect": f"/import/{draft.id}"})
    return RedirectResponse(f"/import/{draft.id}", 303)


@pages.page("/import/{id}", permission=IMPORT)
def draft_page(id: str, here: Here) -> Response:
    """A draft again: what confirming it would do now."""
    draft = imports.get_draft(here.store, here.actor, id)
    if draft.done_at is not None:
        return here.render("complex/imported.html", draft=draft, changes=None)
    review = imports.review(here.store, here.actor, draft)
    return here.render(
        "complex/preview.html",
        draft=draft,
        review=review,
        format=imports.format_of(draft.format),
        by_id={thing.id: thing for thing in review.things},
        kinds=kinds(),
        listed=LISTED,
        thing_url=thing_url,
    )


@pages.action("/import/{id}/confirm", permission=IMPORT)
def confirm(id: str, here: Here) -> Response:
    """Write it."""
    draft = imports.get_draft(here.store, here.actor, id)
    changes = imports.confirm(here.store, here.actor, id, here.now)
    return here.render("complex/imported.html", draft=draft, changes=changes)


@pages.action("/import/{id}/discard", permission=IMPORT)
def discard(id: str, here: Here) -> Response:
    """Let it be."""
    imports.discard(here.store, here.actor, id)
    return RedirectResponse("/import", 303)


@pages.page("/export", permission=EXPORT)
def export_form(here: Here) -> Response:
    """Choose what to take out, and how."""
    return here.render(
        "complex/export.html",
        formats=exports.FORMATS,
        kinds=kinds(),
        zones=things.zones(here.store, here.actor),
    )


@pages.page("/export/{format}", permission=EXPORT)
def export(format: str, here: Here, kind: str = "", under: str = "") -> Response:
    """The file."""
    chosen = exports.format_of(format)
    pieces = exports.export(here.store, here.actor, format, kind=kind or None, under=under or None)
    name = f"sandan_{here.now.astimezone(SEOUL):%Y%m%d}.{chosen.suffix}"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return StreamingResponse(pieces, media_type=chosen.media, headers=headers)


def _form(here: Visit, format: str, findings: tuple[Finding, ...] = ()) -> Response:
    return here.render(
        "complex/import.html",
        status=422 if findings else 200,
        formats=imports.FORMATS,
        format=format,
        findings=findings,
        kinds=kinds(),
        roots=things.find_things(here.store, here.actor, kind="complex")[0],
    )


def _by_script(here: Visit) -> bool:
    return here.request.headers.get("hx-request") == "true"
