"""The book of factors: what the tables know, what the operator gave, and what nobody has told yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from sandan.clock import SEOUL
from sandan.domain import Here, Visit, Written, whole
from sandan.energy.engine.carbon import asked, carriers, factors
from sandan.energy.engine.carbon.given import FIELDS, read_factor, read_threshold, units_of_part
from sandan.energy.model.carbon import PARTS, PURPOSES, Factor
from sandan.energy.model.rights import METER, SEE
from sandan.energy.pages.carbon import words
from sandan.energy.service.carbon import factors as service
from sandan.errors import Conflict, Finding, InvalidInput
from sandan.web import Routes
from sandan.words import Text

routes = Routes("energy", prefix="/energy/carbon/factors")
DONE = {
    "given": Text("계수를 새 판에 넣었습니다.", "The factor is in a new edition."),
    "removed": Text("계수를 뺀 새 판을 만들었습니다.", "A new edition is made without the factor."),
    "threshold": Text("기준량을 새 판에 넣었습니다.", "The amount is in a new edition."),
}


@routes.page("", permission=SEE)
def factors_page(here: Here, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Every factor with value, years, source and mark."""
    return _page(here, done=done)


@routes.action("", permission=METER)
def give(here: Here, form: Written) -> Response:
    """Add a factor of the operator's."""
    cells = {name: str(form.get(name, "")) for name in FIELDS}
    base = whole(str(form.get("base", "")))
    try:
        one = read_factor(cells, here.now.astimezone(SEOUL).date())
        service.give_factor(here.store, here.actor, base, one, one.source, here.now)
    except InvalidInput as error:
        return _page(here, error.findings, cells)
    except Conflict as error:
        return _page(here, cells=cells, problem=error.text)
    return RedirectResponse("/energy/carbon/factors?done=given", 303)


@routes.action("/remove", permission=METER)
def remove(
    here: Here,
    base: Annotated[int, Form(ge=0)],
    at: Annotated[int, Form(ge=0)],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Make an edition without one of the operator's factors."""
    try:
        service.take_factor_back(here.store, here.actor, base, at, reason, here.now)
    except InvalidInput as error:
        return _page(here, error.findings)
    except Conflict as error:
        return _page(here, problem=error.text)
    return RedirectResponse("/energy/carbon/factors?done=removed", 303)


@routes.action("/threshold", permission=METER)
def threshold(
    here: Here,
    base: Annotated[int, Form(ge=0)],
    id: Annotated[str, Form(max_length=100)],
    tonnes: Annotated[str, Form(max_length=40)] = "",
    source: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Give the amount of a duty that no table knows."""
    try:
        one = read_threshold(id, tonnes, source)
        service.give_threshold(here.store, here.actor, base, one, one.source, here.now)
    except InvalidInput as error:
        return _page(here, error.findings)
    except Conflict as error:
        return _page(here, problem=error.text)
    return RedirectResponse("/energy/carbon/factors?done=threshold", 303)


def _page(
    here: Visit,
    findings: Sequence[Finding] = (),
    cells: Mapping[str, str] | None = None,
    *,
    problem: Text | None = None,
    done: str = "",
) -> Response:
    with here.store.registry.read() as conn:
        edition = service.factors_now(here.store, conn)
        history = service.FACTORS.editions(here.store, conn)[1:]
    given = edition.body.factors
    return here.render(
        "energy/carbon/factors.html",
        status=409 if problem else 422 if findings else 200,
        edition=edition,
        history=list(reversed(history)),
        given=given,
        known=[one for one in factors() if one.value is not None],
        missing=[one for one in asked() if not _told(one, given)],
        thresholds=service.thresholds_by(edition),
        part_units={part: units_of_part(part) for part in PARTS},
        all_purposes=PURPOSES,
        gases=("CO2eq", "CO2", "CH4", "N2O", "residual"),
        every=carriers(),
        cells=dict(cells or {}),
        today=here.now.astimezone(SEOUL).date(),
        findings=findings,
        problem=problem,
        done=DONE.get(done),
        may_change=here.actor.may(METER),
        **words(),
    )


def _told(one: Factor, given: Sequence[Factor]) -> bool:
    """Whether the operator gave what the table only asks for."""
    return any(
        (mine.gas, mine.part) == (one.gas, one.part)
        and mine.carrier in (one.carrier, "")
        and (one.purpose is None or mine.purpose in (one.purpose, None))
        for mine in given
    )
