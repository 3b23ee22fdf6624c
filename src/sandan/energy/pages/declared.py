"""What a firm declares: documents and proofs of a year, and the products its emissions are shared among."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import File, Form, Query, UploadFile
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from sandan.clock import SEOUL
from sandan.domain import Here, Visit, Written
from sandan.energy.engine.carbon import carriers, product_shares
from sandan.energy.engine.carbon.sheet import COLUMNS, LABELS, units_of
from sandan.energy.model.carbon import GRAMS, Basis, Place, Product, ProductShare, Purpose
from sandan.energy.model.declared import PROOF_KINDS, DeclaredProduct
from sandan.energy.model.rights import REPORT, SEE
from sandan.energy.pages.carbon import WholeYear, complex_page, firm_url, sheet, words
from sandan.energy.service.carbon import declaring
from sandan.energy.service.carbon.years import FirmYear, firm_year, years_known
from sandan.errors import Conflict, Finding, InvalidInput
from sandan.web import Routes
from sandan.words import Text

routes = Routes("energy", prefix="/energy/carbon")
DONE = {
    "saved": Text("저장했습니다.", "Saved."),
    "removed": Text("지웠습니다.", "Removed."),
    "imported": Text("파일을 가져왔습니다.", "The file was imported."),
}
BASES = {
    Basis.MASS: Text("생산량 (t)", "mass (t)"),
    Basis.ENERGY: Text("에너지 (kWh)", "energy (kWh)"),
    Basis.HOURS: Text("기계 시간", "machine hours"),
}
SHEET = (
    "product", "basis", "share", "tonnes", "direct_tCO2eq", "indirect_tCO2eq", "direct_tCO2eq_per_t",
    "indirect_tCO2eq_per_t",
)  # fmt: skip


@routes.page("/firms/{firm}/entries", permission=SEE)
def entries_page(
    firm: str, here: Here, year: WholeYear = 0, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """A firm's documents and proofs of a year."""
    return _entries(here, firm, year, done=done)


@routes.page("/firms/{firm}/entries.csv", permission=SEE)
def export_entries(firm: str, here: Here, year: WholeYear = 0) -> Response:
    """A firm's documents as a file that can be imported again."""
    shown = year or here.now.astimezone(SEOUL).year
    rows = declaring.uses_rows(here.store, here.actor, firm, shown)
    return sheet(f"energy-use-{firm}-{shown}.csv", list(rows))


@routes.action("/firms/{firm}/entries", permission=REPORT)
def save_entry(firm: str, here: Here, written: Written) -> Response:
    """Add what one document says, or change it."""
    cells = _fields(written)
    year = _year(cells)
    try:
        declaring.save_use(here.store, here.actor, firm, cells, here.now)
    except InvalidInput as error:
        return _entries(here, firm, year, error.findings, cells)
    return _back(firm, "entries", year, "saved")


@routes.action("/firms/{firm}/entries/import", permission=REPORT)
def import_entries(
    firm: str,
    here: Here,
    year: Annotated[int, Form(ge=0, le=9999)] = 0,
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Bring in a CSV file of one firm, in whole or not at all."""
    data = file.file.read(declaring.MOST_BYTES + 1) if file is not None else b""
    try:
        declaring.import_uses(here.store, here.actor, data, here.now, firm)
    except InvalidInput as error:
        return _entries(here, firm, year, error.findings)
    return _back(firm, "entries", year, "imported")


@routes.action("/import", permission=REPORT)
def import_all(here: Here, file: Annotated[UploadFile | None, File()] = None) -> Response:
    """Bring in a CSV file of several firms, in whole or not at all."""
    data = file.file.read(declaring.MOST_BYTES + 1) if file is not None else b""
    try:
        declaring.import_uses(here.store, here.actor, data, here.now)
    except InvalidInput as error:
        return complex_page(here, findings=error.findings)
    return RedirectResponse("/energy/carbon?done=imported", 303)


@routes.action("/firms/{firm}/entries/remove", permission=REPORT)
def remove_entry(
    firm: str,
    here: Here,
    id: Annotated[str, Form(max_length=64)],
    year: Annotated[int, Form(ge=0, le=9999)] = 0,
) -> Response:
    """Take a document out."""
    declaring.remove_use(here.store, here.actor, firm, id, here.now)
    return _back(firm, "entries", year, "removed")


@routes.action("/firms/{firm}/proofs", permission=REPORT)
def save_proof(firm: str, here: Here, written: Written) -> Response:
    """Use a proof of origin in a year."""
    cells = _fields(written)
    year = _year(cells)
    try:
        declaring.save_proof(here.store, here.actor, firm, year, cells, here.now)
    except InvalidInput as error:
        return _entries(here, firm, year, error.findings, cells)
    return _back(firm, "entries", year, "saved")


@routes.action("/firms/{firm}/proofs/remove", permission=REPORT)
def remove_proof(
    firm: str,
    here: Here,
    serial: Annotated[str, Form(max_length=200)],
    year: Annotated[int, Form(ge=0, le=9999)] = 0,
) -> Response:
    """Take a proof back."""
    try:
        declaring.remove_proof(here.store, here.actor, firm, serial, here.now)
    except Conflict as error:
        return _entries(here, firm, year, problem=error.text)
    return _back(firm, "entries", year, "removed")


@routes.page("/firms/{firm}/products", permission=SEE)
def products_page(
    firm: str,
    here: Here,
    year: WholeYear = 0,
    place: Annotated[int, Query(ge=0, le=999)] = 0,
    basis: Basis = Basis.MASS,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """What a facility's products have of its emissions."""
    return _products(here, firm, year, place, basis, done=done)


@routes.page("/firms/{firm}/products.csv", permission=SEE)
def export_products(
    firm: str,
    here: Here,
    year: WholeYear = 0,
    place: Annotated[int, Query(ge=0, le=999)] = 0,
    basis: Basis = Basis.MASS,
) -> Response:
    """The shares for a CBAM sheet."""
    found, products = _read_products(here, firm, year)
    places = _places(found, products)
    if place >= len(places):
        raise InvalidInput([NOTHING_MADE])
    rows = _shares(found, products, places[place], basis)
    name = f"products-{firm}-{found.year.number}.csv"
    return sheet(name, [SHEET, *(_cells(one) for one in rows)])


@routes.action("/firms/{firm}/products", permission=REPORT)
def save_product(firm: str, here: Here, written: Written) -> Response:
    """Add a product of a facility, or change it."""
    cells = _fields(written)
    year = _year(cells)
    try:
        declaring.save_product(here.store, here.actor, firm, year, cells, here.now)
    except InvalidInput as error:
        return _products(here, firm, year, 0, Basis.MASS, error.findings, cells)
    return _back(firm, "products", year, "saved")


@routes.action("/firms/{firm}/products/remove", permission=REPORT)
def remove_product(
    firm: str,
    here: Here,
    site: Annotated[str, Form(max_length=200)],
    facility: Annotated[str, Form(max_length=200)],
    name: Annotated[str, Form(max_length=200)],
    year: Annotated[int, Form(ge=0, le=9999)],
) -> Response:
    """Take a product out."""
    one = DeclaredProduct(firm, year, site, facility, name, 0.0)
    declaring.remove_product(here.store, here.actor, one, here.now)
    return _back(firm, "products", year, "removed")


NOTHING_MADE = Finding(
    "products",
    Text("이 시설의 제품이 없습니다.", "there are no products of this facility."),
    Text("제품과 생산량을 먼저 넣어 주십시오.", "enter products and what was made first."),
)


def _entries(
    here: Visit,
    firm: str,
    year: int,
    findings: Sequence[Finding] = (),
    cells: Mapping[str, str] | None = None,
    *,
    problem: Text | None = None,
    done: str = "",
) -> Response:
    shown = year or here.now.astimezone(SEOUL).year
    with here.store.registry.read() as conn:
        found = firm_year(here.store, conn, here.actor, firm, shown, here.now)
        years = years_known(here.store, conn, here.now, firm)
    given = dict(cells or {})
    known = {(one.place.site, one.place.facility) for one in found.reckoned.activities}
    return here.render(
        "energy/carbon/entries.html",
        status=409 if problem else 422 if findings else 200,
        found=found,
        years=years,
        cells=given,
        proving="serial" in given,
        known=sorted(known),
        metered=found.places,
        units={id: units_of(one) for id, one in carriers().items()},
        proof_kinds=PROOF_KINDS,
        labels=LABELS,
        columns=COLUMNS,
        today=here.now.astimezone(SEOUL).date(),
        findings=findings,
        problem=problem,
        done=DONE.get(done),
        aside={one.id for one in found.reckoned.set_aside},
        may_report=here.actor.may(REPORT),
        **words(),
    )


def _products(
    here: Visit,
    firm: str,
    year: int,
    at: int,
    basis: Basis,
    findings: Sequence[Finding] = (),
    cells: Mapping[str, str] | None = None,
    done: str = "",
) -> Response:
    found, products = _read_products(here, firm, year)
    with here.store.registry.read() as conn:
        years = years_known(here.store, conn, here.now, firm)
    places = _places(found, products)
    place = places[min(at, len(places) - 1)] if places else None
    shares: Sequence[ProductShare] = ()
    faults: Sequence[Finding] = ()
    try:
        shares = _shares(found, products, place, basis) if place else ()
    except InvalidInput as error:
        faults = error.findings
    esg = found.reckoned.inventories.get(Purpose.ESG)
    return here.render(
        "energy/carbon/products.html",
        status=422 if findings else 200,
        found=found,
        years=years,
        products=products,
        places=places,
        place=place,
        at=places.index(place) if place else 0,
        basis=basis,
        bases=BASES,
        shares=shares,
        uncounted=[one for one in esg.lacks if one.place == place] if esg else [],
        facilities=sorted({one.place for one in found.reckoned.activities}),
        labels=LABELS,
        cells=dict(cells or {}),
        findings=(*findings, *faults, *found.reckoned.findings),
        done=DONE.get(done),
        may_report=here.actor.may(REPORT),
        **words(),
    )


def _read_products(here: Visit, firm: str, year: int) -> tuple[FirmYear, Sequence[DeclaredProduct]]:
    shown = year or here.now.astimezone(SEOUL).year
    with here.store.registry.read() as conn:
        found = firm_year(here.store, conn, here.actor, firm, shown, here.now)
    return found, declaring.products_of(here.store, here.actor, firm, shown)


def _places(found: FirmYear, products: Sequence[DeclaredProduct]) -> list[Place]:
    return sorted({Place(found.firm.id, one.site, one.facility) for one in products})


def _shares(
    found: FirmYear, products: Sequence[DeclaredProduct], place: Place, basis: Basis
) -> Sequence[ProductShare]:
    inventory = found.reckoned.inventories.get(Purpose.ESG)
    made = [
        Product(one.name, Text(one.name, one.name), one.tonnes, one.energy, one.hours)
        for one in products
        if (one.site, one.facility) == (place.site, place.facility)
    ]
    return product_shares(inventory, place, made, basis) if inventory else ()


def _cells(one: ProductShare) -> list[Any]:
    return [
        one.product.id,
        str(one.basis),
        round(one.share, 6),
        one.product.tonnes,
        one.direct / GRAMS,
        one.indirect / GRAMS,
        round(one.direct_per_tonne, 6),
        round(one.indirect_per_tonne, 6),
    ]


def _fields(written: FormData) -> dict[str, str]:
    """The fields of the form."""
    return {name: str(value) for name, value in written.items() if name != "csrf"}


def _year(cells: Mapping[str, str]) -> int:
    said = cells.get("year", "")
    return int(said) if said.isdecimal() and len(said) <= 4 else 0


def _back(firm: str, part: str, year: int, done: str) -> Response:
    query: dict[str, str | int] = {"year": year} if year else {}
    return RedirectResponse(firm_url(firm, part, **query, done=done), 303)
