"""Savings that can be believed: what was done, what came of it, how sure that is, and what would help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote

import numpy as np
from fastapi import File, Form, Query, UploadFile
from starlette.responses import RedirectResponse, Response

from sandan.clock import DAY_MS, SEOUL_MS
from sandan.domain import Here, Visit
from sandan.energy.engine.savings.sheet import COLUMNS
from sandan.energy.model.efficiency import SavingStatement
from sandan.energy.model.papers import Paper
from sandan.energy.model.rates import Floats
from sandan.energy.model.rights import METER, REPORT, SEE
from sandan.energy.model.savings import DAY_KINDS
from sandan.energy.service.savings import (
    MOST_BYTES,
    MeterSavings,
    add_measure,
    forget_driver,
    import_production,
    meter_savings,
    own_meters,
    remove_measure,
    savings_overview,
    state_savings,
)
from sandan.errors import Conflict, Finding, InvalidInput
from sandan.sheets import sheet_text
from sandan.web import Routes, attachment
from sandan.words import Language, Text

routes = Routes("energy", prefix="/energy/savings")
DONE = {
    "added": Text("조치를 적었습니다.", "The measure was written down."),
    "removed": Text("지웠습니다.", "Removed."),
    "imported": Text("생산량을 가져왔습니다.", "Production was imported."),
    "stated": Text("절감 확인서를 확정했습니다.", "The statement is final."),
}
Field = Annotated[str, Form(max_length=2000)]


@routes.page("", permission=SEE)
def savings_page(here: Here) -> Response:
    """Every meter with a measure, or the one of a firm with one meter."""
    meters = own_meters(here.store, here.actor)
    if here.actor.tenant is not None and len(meters) == 1:
        return _page(here, meters[0].id)
    found = savings_overview(here.store, here.actor, here.now)
    believed = [one.saving for one in found if one.saving is not None and one.saving.believable]
    return here.render(
        "energy/savings/list.html",
        found=found,
        count_believed=len(believed),
        kwh=sum(one.kwh for one in believed),
        won=sum(one.won.value for one in believed if one.won is not None),
        tonnes=sum(one.tonnes.value for one in believed if one.tonnes is not None),
        widest=max((abs(edge) for one in found if one.saving for edge in (one.saving.low, one.saving.high)),
                   default=1.0),
        meters=sorted(meters, key=lambda one: one.name),
        savings_url=savings_url,
        staff=here.actor.tenant is None,
        may_enter=here.actor.may(REPORT),
    )  # fmt: skip


@routes.page("/meters/{meter}", permission=SEE)
def meter_page(meter: str, here: Here, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    """One meter's savings."""
    return _page(here, meter, done=done)


@routes.page("/open", permission=SEE)
def open_meter(meter: Annotated[str, Query(max_length=200)] = "") -> Response:
    """The page of the meter that was chosen."""
    return RedirectResponse(savings_url(meter) if meter else "/energy/savings", 303)


@routes.page("/meters/{meter}/statements.csv", permission=SEE)
def statements_csv(meter: str, here: Here) -> Response:
    """Every version of a meter's statement as a sheet."""
    found = meter_savings(here.store, here.actor, meter, here.now).statements
    heads = ("version", "known_at", "first", "last", "days", "kwh", "low", "high", "confidence", "won",
             "tCO2eq", "believable", "reason", "hash")  # fmt: skip
    rows = [_row(one) for one in found]
    return attachment(sheet_text([heads, *rows]), "savings.csv")


@routes.action("/meters/{meter}/measures", permission=REPORT)
def enter(meter: str, here: Here, name: Field = "", since: Field = "", what: Field = "") -> Response:
    """Write down what was done."""
    given = {"name": name, "since": since, "what": what}
    try:
        add_measure(here.store, here.actor, meter, given, here.now)
    except InvalidInput as error:
        return _page(here, meter, error.findings, given)
    return RedirectResponse(f"{savings_url(meter)}?done=added", 303)


@routes.action("/meters/{meter}/measures/remove", permission=REPORT)
def remove(meter: str, here: Here, id: Annotated[str, Form(max_length=40)]) -> Response:
    """Take a measure out."""
    remove_measure(here.store, here.actor, meter, id, here.now)
    return RedirectResponse(f"{savings_url(meter)}?done=removed", 303)


@routes.action("/meters/{meter}/production", permission=REPORT)
def bring(meter: str, here: Here, file: Annotated[UploadFile | None, File()] = None) -> Response:
    """Bring in daily production, in whole or not at all."""
    data = file.file.read(MOST_BYTES + 1) if file is not None else b""
    try:
        import_production(here.store, here.actor, meter, data, here.now)
    except InvalidInput as error:
        return _page(here, meter, error.findings)
    return RedirectResponse(f"{savings_url(meter)}?done=imported", 303)


@routes.action("/meters/{meter}/production/remove", permission=REPORT)
def forget(meter: str, here: Here, name: Annotated[str, Form(max_length=200)]) -> Response:
    """Take a driver out of the baseline."""
    forget_driver(here.store, here.actor, meter, name, here.now)
    return RedirectResponse(f"{savings_url(meter)}?done=removed", 303)


@routes.action("/meters/{meter}/statement", permission=METER)
def state(
    meter: str, here: Here, seen: Annotated[int, Form(ge=0, le=100_000)] = 0, reason: Field = ""
) -> Response:
    """Make the saving until yesterday final."""
    try:
        state_savings(here.store, here.actor, meter, here.now, seen=seen, reason=reason)
    except InvalidInput as error:
        return _page(here, meter, error.findings)
    except Conflict as error:
        return _page(here, meter, problem=error.text)
    return RedirectResponse(f"{savings_url(meter)}?done=stated", 303)


def savings_url(meter: str) -> str:
    """The address of a meter's savings."""
    return f"/energy/savings/meters/{quote(meter, safe='')}"


def _page(
    here: Visit,
    meter: str,
    findings: Sequence[Finding] = (),
    given: Mapping[str, str] | None = None,
    problem: Text | None = None,
    done: str = "",
) -> Response:
    found = meter_savings(here.store, here.actor, meter, here.now)
    names = {one.id: one.name for one in found.measures}
    drivers: dict[str, list[Any]] = {}
    for one in found.drivers:
        drivers.setdefault(one.name, []).append(one)
    return here.render(
        "energy/savings/meter.html",
        status=422 if findings else 409 if problem else 200,
        found=found,
        made=found.saving,
        base=found.baseline,
        coefficients=_coefficients(found),
        steps=[(", ".join(names[m.id] for m in one.measures), one) for one in found.by_measure],
        drivers=drivers,
        columns=COLUMNS,
        daily=_daily(found, here.language),
        summed=_summed(found, here.language),
        findings=findings,
        problem=problem,
        given=given or {},
        done=DONE.get(done),
        url=savings_url(meter),
        may_enter=here.actor.may(REPORT),
        may_state=here.actor.may(METER),
        staff=here.actor.tenant is None,
    )


def _coefficients(found: MeterSavings) -> list[tuple[Text, float, str]]:
    """The baseline's parts by name, with their unit."""
    base = found.baseline
    if base is None:
        return []
    units = {one.name: one.unit for one in found.drivers}
    kinds = {kind.name.lower(): name for kind, name in DAY_KINDS.items()}
    said = []
    for name, value in zip(base.names, base.coefficients.tolist(), strict=True):
        if name == "heating":
            cold = base.heating_below
            said.append((Text(f"{cold:.1f} °C보다 추울 때", f"below {cold:.1f} °C"), value, "kWh/°C"))
        elif name == "cooling":
            hot = base.cooling_above
            said.append((Text(f"{hot:.1f} °C보다 더울 때", f"above {hot:.1f} °C"), value, "kWh/°C"))
        elif name in units:
            said.append((Text(name, name), value, f"kWh/{units[name]}" if units[name] else "kWh"))
        else:
            said.append((kinds[name], value, "kWh"))
    return said


def _row(one: Paper[SavingStatement]) -> tuple[object, ...]:
    said = one.body
    return (one.version, one.known_at.isoformat(), said.first, said.last, said.days, round(said.kwh, 1),
            round(said.low, 1), round(said.high, 1), said.confidence,
            None if said.won is None else round(said.won[0]),
            None if said.tonnes is None else round(said.tonnes[0], 3),
            "yes" if said.believable else "no", one.reason, one.hash)  # fmt: skip


def _daily(found: MeterSavings, language: Language) -> dict[str, Any] | None:
    """Metered and expected use by day."""
    days = found.days
    if days is None:
        return None
    start = [int(day) * DAY_MS - SEOUL_MS for day in days.day]
    series = [_line(Text("계량", "metered"), language, start, days.energy)]
    if found.fitted is not None:
        series.append(_line(Text("조치가 없었다면", "without the measures"), language, start, found.fitted))
    return {"series": series, "from": start[0], "to": start[-1] + DAY_MS}


def _summed(found: MeterSavings, language: Language) -> dict[str, Any] | None:
    """The saving added up since the first measure."""
    days, fitted = found.days, found.fitted
    if found.saving is None or days is None or fitted is None:
        return None
    after = days.day >= int(np.datetime64(found.measures[0].since, "D").astype(int))
    start = [int(day) * DAY_MS - SEOUL_MS for day in days.day[after]]
    saved = np.nancumsum(fitted[after] - days.energy[after])
    series = [_line(Text("누적 절감", "saved so far"), language, start, saved)]
    return {"series": series, "from": start[0], "to": start[-1] + DAY_MS}


def _line(name: Text, language: Language, start: Sequence[int], values: Floats) -> dict[str, Any]:
    return {
        "name": name.in_(language),
        "unit": "kWh",
        "kind": "line",
        "digits": 0,
        "interval": DAY_MS,
        "data": [
            [at, None if not np.isfinite(value) else round(value, 1)]
            for at, value in zip(start, values.tolist(), strict=True)
        ],
    }
