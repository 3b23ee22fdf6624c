"""The register of the pool: who is in, on what terms, and the prices of the market."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import File, Form, Query, UploadFile
from starlette.responses import RedirectResponse, Response

from sandan.clock import SEOUL
from sandan.domain import Here, Visit, Written, whole
from sandan.energy.engine.vpp import bands_for
from sandan.energy.engine.vpp.books import MEMBER_COLUMNS, OWN_BANDS, PRICE_COLUMNS, spell
from sandan.energy.model.pool import PoolBook, RevenueLine
from sandan.energy.model.rights import SEE, TRADE
from sandan.energy.model.vpp import Area, Party, PlantKind
from sandan.energy.pages.vpp.desk import DONE, show
from sandan.energy.service.vpp import register as service
from sandan.errors import Finding, InvalidInput
from sandan.web import Routes, attachment
from sandan.words import Text

routes = Routes("energy", prefix="/energy/vpp/register")
AREAS = {Area.MAINLAND: Text("육지", "mainland"), Area.JEJU: Text("제주", "Jeju")}
ROUNDINGS = {
    "": Text("아직 모름 [U]", "not known yet [U]"),
    "half_up": Text("반올림", "round half up"),
    "truncate": Text("버림", "cut off"),
}
BAND_COLUMNS = {
    "from": Text("시작일", "From"),
    "upto1": Text("오차 % 이하", "Error up to %"),
    "won1": Text("원/kWh", "won/kWh"),
    "upto2": Text("다음 % 이하", "then up to %"),
    "won2": Text("원/kWh", "won/kWh"),
    "least": Text("최소 이용률 %", "least output %"),
    "source": Text("출처", "Source"),
}
SHOWN = 200
"""Roofs that a form holds; more are changed by a file."""
PRICES_SHOWN = 48


@routes.page("", permission=SEE)
def register_page(here: Here, done: Annotated[str, Query(max_length=10)] = "") -> Response:
    """The newest edition, and forms to make the next."""
    return _page(here, done=done)


@routes.page("/members.csv", permission=SEE)
def members_file(here: Here) -> Response:
    """Who is in, as a sheet."""
    return attachment(service.export_members(here.store, here.actor), "vpp-members.csv")


@routes.page("/prices.csv", permission=SEE)
def prices_file(here: Here) -> Response:
    """All prices, as a sheet."""
    return attachment(service.export_prices(here.store, here.actor), "market-prices.csv")


@routes.action("/terms", permission=TRADE)
def save_terms(here: Here, written: Written) -> Response:
    """Keep the terms."""
    form = {name: str(value) for name, value in written.items()}
    try:
        service.save_terms(
            here.store, here.actor, whole(form.get("base")), form, form.get("reason", ""), here.now
        )
    except InvalidInput as error:
        return _page(here, error.findings, form)
    return _back("saved")


@routes.action("/members", permission=TRADE)
def save_members(here: Here, written: Written) -> Response:
    """Keep who is in."""
    form = {name: str(value) for name, value in written.items()}
    plants = [str(one) for one in written.getlist("in")]
    rows = [
        {"plant": id, **{name: form.get(f"{name}.{id}", "") for name in MEMBER_COLUMNS[1:]}} for id in plants
    ]
    try:
        service.save_members(
            here.store, here.actor, whole(form.get("base")), rows, form.get("reason", ""), here.now
        )
    except InvalidInput as error:
        return _page(here, error.findings)
    return _back("saved")


@routes.action("/members/import", permission=TRADE)
def import_members(
    here: Here,
    file: Annotated[UploadFile | None, File()] = None,
    base: Annotated[int, Form()] = 0,
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Keep who is in, from a file."""
    try:
        service.import_members(here.store, here.actor, base, _bytes(file), reason, here.now)
    except InvalidInput as error:
        return _page(here, error.findings)
    return _back("imported")


@routes.action("/prices", permission=TRADE)
def save_price(
    here: Here,
    line: Annotated[str, Form(max_length=10)],
    since: Annotated[str, Form(alias="from", max_length=20)],
    price: Annotated[str, Form(max_length=20)],
    source: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Keep one price."""
    row = {"line": line, "from": since, "price": price, "source": source}
    try:
        service.save_prices(here.store, here.actor, [row], here.now)
    except InvalidInput as error:
        return _page(here, error.findings)
    return _back("saved")


@routes.action("/prices/import", permission=TRADE)
def import_prices(here: Here, file: Annotated[UploadFile | None, File()] = None) -> Response:
    """Keep prices from a file."""
    try:
        service.import_prices(here.store, here.actor, _bytes(file), here.now)
    except InvalidInput as error:
        return _page(here, error.findings)
    return _back("imported")


def _bytes(file: UploadFile | None) -> bytes:
    return file.file.read(service.MOST_BYTES + 1) if file is not None else b""


def _back(done: str) -> Response:
    return RedirectResponse(f"/energy/vpp/register?done={done}", 303)


def _page(
    here: Visit, findings: Sequence[Finding] = (), form: Mapping[str, str] | None = None, done: str = ""
) -> Response:
    found = service.pool_register(here.store, here.actor)
    prices = service.recent_prices(here.store, here.actor, here.now)
    book = found.edition.body
    return show(
        here,
        "register",
        found=found,
        book=book,
        findings=findings,
        fields=form or _fields(book),
        areas=AREAS,
        roundings=ROUNDINGS,
        cut_lines=("", *RevenueLine),
        party_ids=tuple(Party),
        own_bands=range(OWN_BANDS),
        band_columns=BAND_COLUMNS,
        today_bands=bands_for(here.now.astimezone(SEOUL).date(), PlantKind.SOLAR, book.area, book.bands),
        fields_of_bands=bool(book.bands) or any(name.startswith("bands.") for name in form or ()),
        listed=found.roofs if len(found.roofs) <= SHOWN else [],
        capacity=sum(one.member.capacity for one in found.roofs if one.member is not None),
        prices=prices[:PRICES_SHOWN],
        prices_total=len(prices),
        spell=spell,
        member_columns=MEMBER_COLUMNS,
        price_columns=PRICE_COLUMNS,
        done=DONE.get(done),
    )


def _fields(book: PoolBook) -> dict[str, str]:
    fields: dict[str, Any] = {
        "area": str(book.area),
        "rounding": book.rounding or "",
        "strategy": str(book.strategy),
        "automatic": "yes" if book.automatic else "",
    }
    for one in book.cuts:
        for party in Party:
            fields[f"cut.{one.line or 'all'}.{party}"] = f"{float(getattr(one, party)) * 100:.12g}"
    for n, own in enumerate(book.bands):
        (upto1, won1), (upto2, won2) = own.steps
        numbers = {
            "upto1": upto1,
            "won1": won1,
            "upto2": upto2,
            "won2": won2,
            "least": 100 * own.least_output,
        }
        fields |= {f"bands.{n}.{name}": f"{value:.12g}" for name, value in numbers.items()}
        fields |= {f"bands.{n}.from": own.effective_from.isoformat(), f"bands.{n}.source": own.source}
    return fields
