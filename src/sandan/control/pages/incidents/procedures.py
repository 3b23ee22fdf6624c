"""The procedures: what is to be done, by whom, within what time; as a page and as CSV."""

from __future__ import annotations

import csv
import io
from asyncio import to_thread
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Annotated

from fastapi import File, Form, Query, UploadFile
from starlette.responses import RedirectResponse, Response

from sandan.control.engine.incidents.procedures import COLUMNS, write_steps
from sandan.control.model.incidents.procedures import EVERY, Step
from sandan.control.model.rights import CASES, DESIGN
from sandan.control.pages.incidents.frame import around
from sandan.control.service.incidents.people import display_names
from sandan.control.service.incidents.procedures import (
    change_procedures,
    change_step,
    procedure_versions,
    read_procedures,
)
from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput
from sandan.sheets import BOM, decode
from sandan.web import Routes

routes = Routes("control", prefix="/control/procedures")
MOST_BYTES = 500_000


@routes.page("", permission=CASES)
def procedures_page(here: Here, version: Annotated[int | None, Query()] = None, done: str = "") -> Response:
    """The procedures in force, or one version of them."""
    return _page(here, version, done=bool(done))


@routes.page("/step", permission=DESIGN)
def step_page(
    here: Here,
    kind: Annotated[str, Query(max_length=40)] = "",
    step: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """One step to be changed, or an empty one."""
    book = read_procedures(here.store, here.actor)
    found = next((one for one in book.steps if (one.kind, one.id) == (kind, step)), None)
    cells = {} if found is None else _cells(found)
    return _step_form(here, kind, step, {"kind": kind, **cells}, book.version)


def _cells(step: Step) -> dict[str, str]:
    return next(csv.DictReader(io.StringIO(write_steps([step]))))


def _step_form(
    here: Visit,
    kind: str,
    step: str,
    cells: Mapping[str, str],
    version: int,
    findings: Sequence[Finding] = (),
    reason: str = "",
) -> Response:
    return here.render(
        "control/incidents/step.html",
        status=422 if findings else 200,
        old_kind=kind,
        old_step=step,
        cells={name: cells.get(name, "") for name in COLUMNS},
        version=version,
        findings=findings,
        reason=reason,
        EVERY=EVERY,
        **around(),
    )


@routes.action("/step", permission=DESIGN)
async def change_one(here: Here) -> Response:
    """Change, add or take out one step."""
    form = await here.request.form(max_files=0, max_fields=60)

    def said(name: str) -> str:
        return str(form.get(name, ""))[:4_000]

    cells = {name: said(name) for name in COLUMNS} | {"tell": " ".join(map(str, form.getlist("tell")))}
    old, seen = (said("old_kind"), said("old_step")), int(said("seen") or 0)
    wanted = None if said("remove") else cells
    try:
        await to_thread(
            change_step, here.store, here.actor, *old, wanted, said("reason"), here.now, seen or None
        )
    except InvalidInput as error:
        return _step_form(here, *old, cells, seen, error.findings, said("reason"))
    return RedirectResponse("/control/procedures?done=changed", 303)


@routes.page(".csv", permission=CASES)
def procedures_csv(here: Here, version: Annotated[int | None, Query()] = None) -> Response:
    """The same as CSV, to be changed in a spreadsheet and brought back."""
    book = read_procedures(here.store, here.actor, version)
    headers = {
        "content-disposition": f"attachment; filename=procedures-{book.version}.csv",
        "cache-control": "private, no-store",
    }
    return Response(BOM + write_steps(book.steps), media_type="text/csv", headers=headers)


@routes.action("", permission=DESIGN)
def change(
    here: Here,
    reason: Annotated[str, Form(max_length=4_000)] = "",
    steps: Annotated[str, Form(max_length=MOST_BYTES)] = "",
    file: Annotated[UploadFile | None, File()] = None,
    seen: Annotated[int | None, Form()] = None,
) -> Response:
    """Make a new version, of the file or of what was typed."""
    if file is not None and file.filename:
        steps = decode(file.file.read(MOST_BYTES + 1), MOST_BYTES)
    try:
        change_procedures(here.store, here.actor, steps, reason, here.now, seen)
    except InvalidInput as error:
        return _page(here, None, error.findings, steps, reason)
    return RedirectResponse("/control/procedures?done=changed", 303)


def _page(
    here: Visit,
    version: int | None,
    findings: Sequence[Finding] = (),
    steps: str = "",
    reason: str = "",
    *,
    done: bool = False,
) -> Response:
    book = read_procedures(here.store, here.actor, version)
    versions = procedure_versions(here.store, here.actor)
    ordered = sorted(book.steps, key=lambda step: (step.kind, step.level))
    return here.render(
        "control/incidents/procedures.html",
        status=422 if findings else 200,
        book=book,
        by_kind=[(kind, list(found)) for kind, found in groupby(ordered, key=lambda step: step.kind)],
        versions=versions,
        names=display_names(here.store, here.actor, {one.by for one in versions}),
        steps=steps or write_steps(book.steps),
        reason=reason,
        findings=findings,
        done=done,
        current=version is None,
        may_design=here.actor.may(DESIGN),
        **around(),
    )
