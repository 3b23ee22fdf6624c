"""Tariffs: prices by season and band, hours as a picture, where each figure was read, the operator's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from sandan.clock import SEOUL
from sandan.domain import Here, Visit
from sandan.energy.engine.editions import LINES, levies_on
from sandan.energy.engine.tariff import options, tariffs, versions
from sandan.energy.model.rights import METER, SEE
from sandan.energy.model.tariff import BANDS, KINDS, SEASONS, VOLTAGES, Kind, Option, Voltage
from sandan.energy.pages.bill import words
from sandan.energy.pages.drawing import clock
from sandan.energy.service.tariffs import add_levy, edition_in_force, editions
from sandan.errors import Finding, InvalidInput
from sandan.web import Routes
from sandan.words import Text

routes = Routes("energy", prefix="/energy/tariffs")
LEVIES = {
    "climate": Text("기후환경요금", "Climate"),
    "fuel": Text("연료비조정요금", "Fuel adjustment"),
    "fund": Text("전력산업기반기금", "Industry fund"),
    "vat": Text("부가가치세", "Value-added tax"),
}
Short = Annotated[str, Query(max_length=40)]
Field = Annotated[str, Form(max_length=500)]


@routes.page("", permission=SEE)
def tariffs_page(
    here: Here,
    kind: Short = "",
    voltage: Short = "",
    option: Short = "",
    version: Short = "",
    done: Short = "",
) -> Response:
    """One tariff; without a choice the industrial one most firms have."""
    return _page(here, (kind, voltage, option, version), done=done)


@routes.action("", permission=METER)
def save_levy(
    here: Here, base: Annotated[int, Form()], line: Field, since: Field, value: Field, source: Field
) -> Response:
    """Write down a price on top, which makes a new edition."""
    try:
        add_levy(here.store, here.actor, base, line, since, value, source, here.now)
    except InvalidInput as error:
        return _page(here, ("", "", "", ""), error.findings)
    return RedirectResponse("/energy/tariffs?done=saved#levies", 303)


def _page(
    here: Visit, asked: tuple[str, str, str, str], findings: Sequence[Finding] = (), done: str = ""
) -> Response:
    kind = Kind(asked[0]) if asked[0] in set(Kind) else Kind.INDUSTRIAL_B
    offered = [one for one in Voltage if options(kind, one)]
    voltage = Voltage(asked[1]) if asked[1] in offered else _usual(offered)
    there = options(kind, voltage)
    option = Option(asked[2]) if asked[2] in there else there[min(1, len(there) - 1)]
    found = versions(kind, voltage, option)
    chosen = next((one for one in found if one.version == asked[3]), found[-1])
    today = here.now.astimezone(SEOUL).date()
    with here.store.registry.read() as conn:
        edition = edition_in_force(here.store, conn)
        past = editions(here.store, conn)
    unknown: Sequence[Finding] = ()
    levies = None
    try:
        levies = levies_on(edition, today)
    except InvalidInput as error:
        unknown = error.findings
    return here.render(
        "energy/tariffs.html",
        status=422 if findings else 200,
        tariff=chosen,
        found=found,
        rows=clock(chosen),
        bands=BANDS,
        seasons=SEASONS,
        offered={one: VOLTAGES[one] for one in offered},
        there=there,
        kinds_known={one.kind: KINDS[one.kind] for one in tariffs()},
        levies=levies,
        unknown=unknown,
        edition=edition,
        past=list(reversed(past)),
        levy_names=LEVIES,
        lines=LINES,
        findings=findings,
        saved=done == "saved",
        may_change=here.actor.may(METER),
        **words(),
    )


def _usual(offered: Sequence[Voltage]) -> Voltage:
    return Voltage.HIGH_A if Voltage.HIGH_A in offered else offered[0]
