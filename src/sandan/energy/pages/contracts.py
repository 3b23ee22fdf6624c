"""Electricity contracts: the list, one to be changed, files in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import File, Form, Query, UploadFile
from starlette.responses import RedirectResponse, Response

from sandan.domain import Here, Visit, Written
from sandan.energy.engine.contracts import COLUMNS, as_row
from sandan.energy.model.rights import METER, SEE
from sandan.energy.pages.bill import words
from sandan.energy.service import contracts as service
from sandan.errors import Finding, InvalidInput
from sandan.sheets import BOM
from sandan.web import Routes, attachment
from sandan.words import Text

routes = Routes("energy", prefix="/energy/contracts")
PER_PAGE = 100
DONE = {
    "saved": Text("계약을 저장했습니다.", "The contract was saved."),
    "removed": Text("계약을 지웠습니다.", "The contract was removed."),
    "imported": Text("계약을 가져왔습니다.", "The contracts were imported."),
}


@routes.page("", permission=SEE)
def contracts_page(
    here: Here,
    q: Annotated[str, Query(max_length=100)] = "",
    page: int = 1,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Every contract this visitor may see."""
    return _list(here, q.strip(), page, done=done)


@routes.page("/new", permission=METER)
def new_page(here: Here, meter: Annotated[str, Query(max_length=200)] = "") -> Response:
    """An empty form, with the meter already chosen where it is known."""
    empty = dict.fromkeys(COLUMNS, "") | {"meter": meter, "demand_meter": "yes", "var_meter": "yes"}
    return _form(here, empty | {"remote": "yes", "kind": "industrial_b", "voltage": "high_a", "option": "II"})


@routes.page("/edit", permission=METER)
def edit_page(
    here: Here,
    meter: Annotated[str, Query(max_length=200)],
    since: Annotated[str, Query(max_length=20)],
) -> Response:
    """One contract, to be changed, with what happened to it."""
    return _form(here, as_row(service.find_contract(here.store, here.actor, meter, since)), known=True)


@routes.page("/export.csv", permission=SEE)
def export(here: Here) -> Response:
    """The contracts as a file, which can be imported again."""
    return attachment(BOM + service.export_contracts(here.store, here.actor), "power-contracts.csv")


@routes.action("", permission=METER)
def save(here: Here, form: Written) -> Response:
    """Add or change a contract."""
    row = {name: str(form.get(name, "")) for name in COLUMNS}
    for name in ("demand_meter", "var_meter", "remote"):
        row[name] = "yes" if form.get(name) else "no"
    try:
        service.save_contract(here.store, here.actor, row, here.now)
    except InvalidInput as error:
        return _form(here, row, error.findings, known=bool(form.get("known")))
    return _back("saved")


@routes.action("/import", permission=METER)
def import_file(here: Here, file: Annotated[UploadFile | None, File()] = None) -> Response:
    """Bring in a CSV file, in whole or not at all."""
    data = file.file.read(service.MOST_BYTES + 1) if file is not None else b""
    try:
        service.import_contracts(here.store, here.actor, data, here.now)
    except InvalidInput as error:
        return _list(here, "", 1, error.findings)
    return _back("imported")


@routes.action("/remove", permission=METER)
def remove(
    here: Here,
    meter: Annotated[str, Form(max_length=200)],
    since: Annotated[str, Form(max_length=20)],
) -> Response:
    """Take a contract out."""
    service.remove_contract(here.store, here.actor, meter, since, here.now)
    return _back("removed")


def _back(done: str) -> Response:
    return RedirectResponse(f"/energy/contracts?done={done}", 303)


def _list(here: Visit, text: str, page: int, findings: Sequence[Finding] = (), done: str = "") -> Response:
    everything, meters = service.list_contracts(here.store, here.actor)
    found = [
        one for one in everything if text.casefold() in f"{one.meter} {meters[one.meter].name}".casefold()
    ]
    pages = max(1, -(-len(found) // PER_PAGE))
    page = max(1, min(page, pages))
    without = len(meters.keys() - {one.meter for one in everything})
    return here.render(
        "energy/contracts.html",
        status=422 if findings else 200,
        contracts=found[(page - 1) * PER_PAGE : page * PER_PAGE],
        meters=meters,
        total=len(everything),
        count=len(found),
        without=without,
        text=text,
        page=page,
        pages=pages,
        page_url=lambda n: f"/energy/contracts?{urlencode({'q': text, 'page': n})}",
        edit_url=lambda one: f"/energy/contracts/edit?{urlencode({'meter': one.meter, 'since': one.since})}",
        columns=COLUMNS,
        findings=findings,
        done=DONE.get(done),
        may_change=here.actor.may(METER),
        **words(),
    )


def _form(
    here: Visit, row: Mapping[str, str], findings: Sequence[Finding] = (), *, known: bool = False
) -> Response:
    return here.render(
        "energy/contract.html",
        status=422 if findings else 200,
        row=row,
        known=known,
        findings=findings,
        events=service.contract_events(here.store, here.actor, row["meter"]) if row["meter"] else (),
        **words(),
    )
