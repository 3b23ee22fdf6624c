"""What if: a firm drags a battery or a roof and sees its year; staff see the whole complex's."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Form
from starlette.responses import RedirectResponse, Response

from sandan.clock import instant
from sandan.domain import Here, Visit
from sandan.energy.model.rights import SEE
from sandan.energy.model.whatif import LINES, Scenario, State, Wish
from sandan.energy.pages.bill import contract_label
from sandan.energy.records.bills import month_text
from sandan.energy.service.bills import meters_for
from sandan.energy.service.whatif import FIELDS, Answer, Base, Bases, read_ask, run_year
from sandan.energy.service.wishes import ask_scenario, scenario_of, scenarios_asked
from sandan.errors import Finding, InvalidInput
from sandan.web import Routes
from sandan.words import Language, Text

routes = Routes("energy", prefix="/energy/what-if")
MILLION = 1e6
DEFAULT = {"roofs": "30", "batteries": "20", "hours": "4"}
"""What the form shows before anybody asked: an example, no advice."""


@routes.page("", permission=SEE)
def what_if_page(here: Here) -> Response:
    """The complex for staff; for a firm the year of its first meter."""
    if here.actor.tenant is not None:
        with here.store.registry.read() as conn:
            mine = meters_for(here.store, conn, here.actor)
        return meter_year_page(mine[0].id, here) if mine else here.render("energy/none.html")
    return _complex(here, DEFAULT)


@routes.action("", permission=SEE)
def ask(
    here: Here,
    roofs: Annotated[str, Form(max_length=20)] = "",
    batteries: Annotated[str, Form(max_length=20)] = "",
    hours: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Have a wish reckoned, or show what was reckoned of it."""
    row = {"roofs": roofs, "batteries": batteries, "hours": hours}
    try:
        made = ask_scenario(here.store, here.actor, Wish(**{k: _number(v) for k, v in row.items()}), here.now)
    except InvalidInput as error:
        return _complex(here, row, findings=error.findings)
    return RedirectResponse(run_url(made.id), 303)


@routes.page("/runs/{id}", permission=SEE)
def run_page(id: str, here: Here) -> Response:
    """One scenario: how far it is, or what came of it."""
    found = scenario_of(here.store, here.actor, id)
    wish = found.wish
    row = {"roofs": f"{wish.roofs:g}", "batteries": f"{wish.batteries:g}", "hours": f"{wish.hours:g}"}
    return _complex(here, row, found)


@routes.page("/runs/{id}/part", permission=SEE)
def run_part(id: str, here: Here) -> Response:
    """The same without the page around it, asked for while it runs."""
    found = scenario_of(here.store, here.actor, id)
    asked = scenarios_asked(here.store, here.actor)
    return here.render(
        "energy/what_if_run.html", asked=asked, run_url=run_url, **_shown(found, here.language)
    )


@routes.page("/{meter}", permission=SEE)
def meter_year_page(meter: str, here: Here) -> Response:
    """One meter's year, with sliders."""
    base, findings = _base(here, meter)
    with here.store.registry.read() as conn:
        thing = here.store.things.get(conn, meter)
        firm = here.store.things.get(conn, thing.tenant) if thing.tenant else None
        siblings = (
            [one for one in meters_for(here.store, conn, here.actor) if one.tenant == thing.tenant]
            if thing.tenant
            else []
        )
    fields = _fields(here)
    return here.render(
        "energy/what_if_firm.html",
        meter=thing,
        firm=firm,
        siblings=siblings,
        base=base,
        missing=findings,
        row=fields,
        dials=() if base is None else _dials(base),
        year_url=meter_url(meter),
        part_url=f"{meter_url(meter)}/year",
        meter_url=meter_url,
        staff=here.actor.tenant is None,
        contract_label=contract_label,
        **({} if base is None else _answered(base, fields, here.language)),
    )


@routes.page("/{meter}/year", permission=SEE)
def meter_year_part(meter: str, here: Here) -> Response:
    """The year as the sliders stand."""
    base, findings = _base(here, meter)
    if base is None:
        return here.render("energy/what_if_year.html", answer=None, findings=findings)
    return here.render("energy/what_if_year.html", **_answered(base, _fields(here), here.language))


def meter_url(meter: str) -> str:
    """The address of a meter's year."""
    return f"/energy/what-if/{quote(meter, safe='')}"


def run_url(id: str) -> str:
    """The address of a scenario."""
    return f"/energy/what-if/runs/{quote(id, safe='')}"


def _base(here: Visit, meter: str) -> tuple[Base | None, Sequence[Finding]]:
    try:
        return here.house.part(Bases).of(here.store, here.actor, meter, here.now), ()
    except InvalidInput as error:
        return None, error.findings


def _fields(here: Visit) -> dict[str, str]:
    asked = here.request.query_params
    return {name: asked.get(name, "")[:40] for name in (*FIELDS, "hold")}


def _answered(base: Base, fields: Mapping[str, str], language: Language) -> dict[str, Any]:
    try:
        answer = run_year(base, read_ask(fields))
    except InvalidInput as error:
        return {"answer": None, "findings": error.findings}
    return {
        "answer": answer,
        "findings": (),
        "lines": [(LINES[one.id], one) for one in answer.lines],
        "months": [
            (month_text(month), old, new)
            for month, old, new in zip(
                base.setting.year.months, base.before.bills, answer.after.bills, strict=True
            )
        ],
        "won": _bars(answer, language, lambda bill: bill.total / MILLION, MILLIONS, 2),
        "peaks": _bars(answer, language, lambda bill: bill.demand.kw, Text("kW", "kW"), 0),
        "first": month_text(base.setting.year.months[0]),
        "last": month_text(base.setting.year.months[-1]),
    }


MILLIONS = Text("백만 원", "M won")
BEFORE, AFTER = Text("지금대로", "as it was"), Text("늘렸을 때", "with the addition")


def _bars(answer: Answer, language: Language, value: Any, unit: Text, digits: int) -> dict[str, Any]:
    sides = ((BEFORE, answer.base.before), (AFTER, answer.after))
    return {
        "categories": [month_text(month) for month in answer.base.setting.year.months],
        "series": [
            {
                "name": name.in_(language),
                "unit": unit.in_(language),
                "kind": "bar",
                "digits": digits,
                "data": [round(float(value(bill)), 3) for bill in billed.bills],
            }
            for name, billed in sides
        ],
    }


def _dials(base: Base) -> list[dict[str, Any]]:
    """What can be dragged, as far as makes sense for a contract of this size; more may be typed."""
    most = nice(base.terms.contract.power)
    dials = [
        ("power", Text("배터리 출력", "Battery power"), "kW", most),
        ("energy", Text("배터리 용량", "Battery capacity"), "kWh", 4 * most),
    ]
    if base.roof is not None:
        dials.append(("roof", Text("지붕 태양광 추가", "More roof"), "kW", most))
    return [
        {"name": name, "label": label, "unit": unit, "most": top, "step": max(1, round(top / 100))}
        for name, label, unit, top in dials
    ]


def nice(value: float) -> int:
    """The next round number: 1, 2 or 5 times a power of ten."""
    ten = 10 ** math.floor(math.log10(max(value, 10)))
    return int(next(ten * k for k in (1, 2, 5, 10) if ten * k >= value))


def _number(text: str) -> float:
    try:
        return float(text.strip().replace(",", "") or 0)
    except ValueError:
        return math.nan


def _complex(
    here: Visit, row: Mapping[str, str], shown: Scenario | None = None, findings: Sequence[Finding] = ()
) -> Response:
    with here.store.registry.read() as conn:
        meters = len(meters_for(here.store, conn, here.actor))
    return here.render(
        "energy/what_if.html",
        status=422 if findings else 200,
        row=row,
        findings=findings,
        asked=scenarios_asked(here.store, here.actor),
        meters=meters,
        run_url=run_url,
        **({"one": None} if shown is None else _shown(shown, here.language)),
    )


def _shown(one: Scenario, language: Language) -> dict[str, Any]:
    found = one.outcome
    given: dict[str, Any] = {
        "one": one,
        "found": found,
        "busy": one.state in (State.WAITING, State.RUNNING),
        "part_url": f"{run_url(one.id)}/part",
        "line_names": LINES,
        "instant": instant,
    }
    if found is not None:
        sides = ((BEFORE, "before"), (AFTER, "after"))
        given["won"] = {
            "categories": [month.month for month in found.months],
            "series": [
                {
                    "name": name.in_(language),
                    "unit": MILLIONS.in_(language),
                    "kind": "bar",
                    "digits": 0,
                    "data": [round(getattr(month, side) / MILLION, 1) for month in found.months],
                }
                for name, side in sides
            ],
        }
    return given
