"""Carbon: the complex's year, a firm's inventory with its evidence, and the versions that are locked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from sandan.clock import SEOUL, instant
from sandan.domain import Here, Visit
from sandan.energy.engine.carbon import by_level, carriers, unchanged
from sandan.energy.engine.carbon.sheet import COLUMNS
from sandan.energy.model.carbon import GRAMS, PARTS, PURPOSES, Evidence, Inventory, Level, Line, Purpose
from sandan.energy.model.rights import METER, REPORT, SEE
from sandan.energy.pages.months import emissions_by_month
from sandan.energy.service.carbon.complex import complex_year
from sandan.energy.service.carbon.locking import hashed_version, lock_inventory, lock_ready, versions_of
from sandan.energy.service.carbon.years import FirmYear, firm_year, years_known
from sandan.errors import Conflict, Finding, InvalidInput
from sandan.sheets import sheet_text
from sandan.web import Routes, attachment
from sandan.words import Text

routes = Routes("energy", prefix="/energy/carbon")
SHOWN = 30
IMPORTED = Text("파일을 가져왔습니다.", "The file was imported.")
MARKS = {
    "S": Text("출처 확인", "sourced"),
    "F": Text("공개 파일", "public file"),
    "D": Text("유도", "derived"),
    "U": Text("미확인", "unconfirmed"),
    "O": Text("운영자 입력", "given by the operator"),
}
WholeYear = Annotated[int, Query(ge=0, le=9999)]
LINES = (
    "corporation", "site", "facility", "carrier", "scope", "quantity", "unit", "tCO2eq", "tCO2eq_market",
    "coverage", "factors", "proofs", "evidence",
)  # fmt: skip


@routes.page("", permission=SEE)
def carbon_page(
    here: Here,
    year: WholeYear = 0,
    purpose: Purpose = Purpose.ESG,
    q: Annotated[str, Query(max_length=100)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
    made: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """All firms' year for the staff; a firm's own for its people."""
    if here.actor.tenant is not None:
        return firm_page(here, here.actor.tenant, year, purpose)
    told = (
        Text(f"명세 {made}건을 확정했습니다.", f"{made} inventories are locked.")
        if done == "locked"
        else None
    )
    return complex_page(here, year, purpose, q, done=IMPORTED if done == "imported" else told)


def complex_page(
    here: Visit,
    year: int = 0,
    purpose: Purpose = Purpose.ESG,
    q: str = "",
    *,
    findings: Sequence[Finding] = (),
    done: Text | None = None,
) -> Response:
    """The sum of all firms for one purpose, and the firms, the largest first."""
    shown = year or here.now.astimezone(SEOUL).year
    found = complex_year(here.store, here.actor, shown, purpose, here.now)
    with here.store.registry.read() as conn:
        years = years_known(here.store, conn, here.now)
    rows = [row for row in found.rows if q.strip().casefold() in f"{row.firm.id} {row.firm.name}".casefold()]
    return here.render(
        "energy/carbon/complex.html",
        status=422 if findings else 200,
        found=found,
        rows=rows[:SHOWN],
        more=len(rows) - len(rows[:SHOWN]),
        years=years,
        text=q.strip(),
        purpose=purpose,
        may_report=here.actor.may(REPORT),
        most=max((row.total for row in found.rows), default=0),
        columns=COLUMNS,
        findings=findings,
        done=done,
        may_lock=here.actor.may(METER),
        **words(),
    )


@routes.page("/export.csv", permission=SEE)
def export_all(here: Here, year: WholeYear = 0, purpose: Purpose = Purpose.ESG) -> Response:
    """Every line of every firm this visitor may see."""
    shown = year or here.now.astimezone(SEOUL).year
    found = complex_year(here.store, here.actor, shown, purpose, here.now)
    rows = [cells(line) for row in found.rows if row.inventory for line in row.inventory.lines]
    return sheet(f"carbon-{shown}-{purpose}.csv", [LINES, *rows])


@routes.action("/lock", permission=METER)
def lock_all(
    here: Here, year: Annotated[int, Form(ge=0, le=9999)], purpose: Annotated[Purpose, Form()]
) -> Response:
    """Lock every inventory that nothing stands against."""
    made = lock_ready(here.store, here.actor, year, purpose, here.now)
    query = urlencode({"year": year, "purpose": str(purpose), "done": "locked", "made": made})
    return RedirectResponse(f"/energy/carbon?{query}", 303)


@routes.page("/firms/{firm}", permission=SEE)
def firm_route(
    firm: str,
    here: Here,
    year: WholeYear = 0,
    purpose: Purpose = Purpose.ESG,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """One firm's year."""
    return firm_page(here, firm, year, purpose, done=done)


def firm_page(
    here: Visit,
    firm: str,
    year: int = 0,
    purpose: Purpose = Purpose.ESG,
    *,
    done: str = "",
    problem: Text | None = None,
    findings: tuple[Finding, ...] = (),
) -> Response:
    """A firm's inventory for both purposes, the lines of one of them, and what is locked."""
    shown = year or here.now.astimezone(SEOUL).year
    with here.store.registry.read() as conn:
        found = firm_year(here.store, conn, here.actor, firm, shown, here.now)
        years = years_known(here.store, conn, here.now, firm)
    inventory = found.reckoned.inventories.get(purpose)
    return here.render(
        "energy/carbon/firm.html",
        status=409 if problem else 422 if findings else 200,
        found=found,
        inventory=inventory,
        levels=by_level(inventory, Level.FACILITY) if inventory else (),
        chart=emissions_by_month(found, inventory, here.language) if inventory else None,
        changed={one: changed(found, one) for one in Purpose},
        years=years,
        purpose=purpose,
        done=done,
        problem=problem,
        findings=(*findings, *found.reckoned.findings),
        may_lock=here.actor.may(METER),
        may_report=here.actor.may(REPORT),
        **words(),
    )


@routes.page("/firms/{firm}/lines.csv", permission=SEE)
def export_firm(firm: str, here: Here, year: WholeYear = 0, purpose: Purpose = Purpose.ESG) -> Response:
    """The lines of a firm's inventory with factors and evidence."""
    shown = year or here.now.astimezone(SEOUL).year
    with here.store.registry.read() as conn:
        found = firm_year(here.store, conn, here.actor, firm, shown, here.now)
    if found.reckoned.findings:
        raise InvalidInput(found.reckoned.findings)
    rows = [cells(line) for line in found.reckoned.inventories[purpose].lines]
    return sheet(f"carbon-{firm}-{shown}-{purpose}.csv", [LINES, *rows])


@routes.action("/firms/{firm}/lock", permission=METER)
def lock(
    firm: str,
    here: Here,
    year: Annotated[int, Form(ge=0, le=9999)],
    purpose: Annotated[Purpose, Form()],
    seen: Annotated[int, Form(ge=0)] = 0,
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Lock a year, or restate it."""
    try:
        lock_inventory(here.store, here.actor, firm, year, purpose, here.now, seen, reason)
    except Conflict as error:
        return firm_page(here, firm, year, purpose, problem=error.text)
    except InvalidInput as error:
        return firm_page(here, firm, year, purpose, findings=tuple(error.findings))
    return RedirectResponse(firm_url(firm, year=year, purpose=str(purpose), done="locked"), 303)


@routes.page("/firms/{firm}/versions", permission=SEE)
def versions_page(firm: str, here: Here, year: WholeYear, purpose: Purpose = Purpose.ESG) -> Response:
    """The locked versions of a year, each with its lines and what changed."""
    thing, versions = versions_of(here.store, here.actor, firm, year, purpose)
    return here.render(
        "energy/carbon/versions.html",
        firm=thing,
        versions=list(reversed(versions)),
        year=year,
        purpose=purpose,
        **words(),
    )


@routes.page("/firms/{firm}/paper.json", permission=SEE)
def paper_file(
    firm: str, here: Here, year: WholeYear, version: int, purpose: Purpose = Purpose.ESG
) -> Response:
    """A locked version as its hash was made from it."""
    said, hash = hashed_version(here.store, here.actor, firm, year, purpose, version)
    body = json.dumps({"sha256": hash, "said": said}, ensure_ascii=False, sort_keys=True, indent=1)
    return attachment(body, f"carbon-{firm}-{year}-{purpose}-{version}.json", "application/json")


def changed(found: FirmYear, purpose: Purpose) -> int | None:
    """By how much the figures of now differ from those last locked [g]; None where nothing has changed."""
    papers, now = found.papers[purpose], found.reckoned.inventories.get(purpose)
    if not papers or now is None or unchanged(papers[-1].body.inventory, now):
        return None
    return now.total - papers[-1].body.total


def of_scope(inventory: Inventory | None, scope: int) -> int | None:
    """Grams of a scope; None where nothing of it was counted, which need not be nothing."""
    if inventory is None or not any(line.scope == scope for line in inventory.lines):
        return None
    return inventory.direct if scope == 1 else inventory.indirect


def firm_url(firm: str, part: str = "", **query: str | int) -> str:
    """The address of a firm's carbon, or of a part of it."""
    path = f"/energy/carbon/firms/{quote(firm, safe='')}" + (f"/{part}" if part else "")
    return f"{path}?{urlencode(query)}" if query else path


def evidence_url(point: str, evidence: tuple[Evidence, ...]) -> str:
    """The samples of a point as they were known when they were read."""
    mine = [one for one in evidence if one.point == point and not one.document]
    begin, end = min(one.begin for one in mine), max(one.end for one in mine)
    read = max(one.as_of for one in mine)
    iso = {"from": begin, "to": min(end, read), "as_of": read}
    told = {
        name: instant(ms).astimezone(SEOUL).isoformat(timespec="milliseconds") for name, ms in iso.items()
    }
    return f"/explore?{urlencode({'point': point, **told})}"


def sources_of(line: Line) -> tuple[list[str], list[str]]:
    """The points and the documents that a line stands on."""
    points = {one.point: None for one in line.evidence if one.point and not one.document}
    documents = {one.document: None for one in line.evidence if one.document}
    return list(points), list(documents)


def cells(line: Line) -> list[object]:
    """A line as a row of a sheet."""
    points, documents = sources_of(line)
    return [
        line.place.corporation,
        line.place.site,
        line.place.facility,
        line.carrier,
        line.scope,
        line.quantity,
        line.unit,
        line.grams / GRAMS,
        line.market_grams / GRAMS,
        round(line.coverage, 4),
        "; ".join(f"{one.part} {one.gas} {one.value:g} {one.unit} ({one.version})" for one in line.factors),
        "; ".join(line.instruments),
        "; ".join((*points, *documents)),
    ]


def sheet(name: str, rows: list[Any]) -> Response:
    """A CSV file to download."""
    return attachment(sheet_text(rows), name)


def words() -> Mapping[str, Any]:
    """Names that the templates of carbon share."""
    return {
        "carriers": carriers(),
        "purposes": PURPOSES,
        "part_names": PARTS,
        "marks": MARKS,
        "firm_url": firm_url,
        "evidence_url": evidence_url,
        "of_scope": of_scope,
        "sources_of": sources_of,
        "tonnes": lambda grams: None if grams is None else grams / GRAMS,
        "instant": instant,
    }
