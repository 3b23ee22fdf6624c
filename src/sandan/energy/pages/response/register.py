"""The register of the resource, and one customer: which baseline suits it, and what it agreed to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from sandan.domain import Here, Visit, Written, whole
from sandan.energy.model.demand_response import Adjustment
from sandan.energy.model.rights import TRADE
from sandan.energy.pages.response.desk import customer_url
from sandan.energy.pages.response.drawing import said
from sandan.energy.service.response import register as service
from sandan.energy.service.response.baselines import compare_for
from sandan.energy.service.response.register import faults_of, resource_of, unknown, usual_pay
from sandan.errors import Conflict, Finding, InvalidInput
from sandan.twin.model import Thing
from sandan.web import Routes
from sandan.words import Text

routes = Routes("energy", prefix="/energy/dr")
TERMS = (
    "name", "number", "programme_reliability", "programme_economic", "day_from", "day_to", "base_pay",
    "paid_up_to", "fails_below", "operator_share", "rounding",
)  # fmt: skip
ENROLMENT = (
    "meter", "pledged", "baseline", "factory", "cost", "adjust", "adjust_hours", "adjust_gap", "adjust_most",
)  # fmt: skip
DONE = {
    "saved": Text("등록을 고쳤습니다.", "The register was changed."),
    "enrolled": Text("참여고객을 등록했습니다.", "The customer was registered."),
    "left": Text("참여고객에서 뺐습니다.", "The customer was taken out."),
}


@routes.page("/register", permission=TRADE)
def register_page(here: Here, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    """The resource, its terms and its customers."""
    return _register(here, done=done)


@routes.action("/register", permission=TRADE)
def save(here: Here, form: Written) -> Response:
    """Write the terms down."""
    row = {name: str(form.get(name, ""))[:200] for name in TERMS}
    try:
        service.save_terms(
            here.store, here.actor, whole(form.get("base")), row, str(form.get("reason", ""))[:500], here.now
        )
    except InvalidInput as error:
        return _register(here, row, error.findings)
    except Conflict as error:
        return _register(here, row, [_late(error)], status=409)
    return RedirectResponse("/energy/dr/register?done=saved", 303)


@routes.page("/customers/{meter}", permission=TRADE)
def customer_page(meter: str, here: Here, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    """A customer, or a meter that may become one: its baselines compared, and the form."""
    return _customer(here, meter, done=done)


@routes.action("/customers/compare", permission=TRADE)
def compare(here: Here, form: Written) -> Response:
    """The baselines tried as the form says it now; nothing is kept."""
    row = {name: str(form.get(name, ""))[:200] for name in ENROLMENT}
    return _customer(here, row["meter"], row)


@routes.action("/customers", permission=TRADE)
def enrol(here: Here, form: Written) -> Response:
    """Register a customer for this year, or change it."""
    row = {name: str(form.get(name, ""))[:200] for name in ENROLMENT}
    try:
        service.enrol(
            here.store, here.actor, whole(form.get("base")), row, str(form.get("reason", ""))[:500], here.now
        )
    except InvalidInput as error:
        return _customer(here, row["meter"], row, error.findings)
    except Conflict as error:
        return _customer(here, row["meter"], row, [_late(error)], status=409)
    return RedirectResponse(f"{customer_url(row['meter'])}?done=enrolled", 303)


@routes.page("/customers", permission=TRADE)
def choose_customer(here: Here, q: Annotated[str, Query(max_length=100)] = "") -> Response:
    """From a firm's name or a meter's id to its page; several are listed."""
    found = service.find_meters(here.store, here.actor, q)
    if len(found) == 1:
        return RedirectResponse(customer_url(found[0].id), 303)
    return _register(here, asked=q.strip(), matches=found)


@routes.action("/customers/leave", permission=TRADE)
def leave(
    here: Here,
    meter: Annotated[str, Form(max_length=200)],
    base: Annotated[int, Form(ge=0)],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Take a customer out."""
    try:
        service.leave(here.store, here.actor, base, meter, reason, here.now)
    except InvalidInput as error:
        return _customer(here, meter, None, error.findings)
    except Conflict as error:
        return _customer(here, meter, None, [_late(error)], status=409)
    return RedirectResponse("/energy/dr/register?done=left", 303)


def _late(error: Conflict) -> Finding:
    return Finding("", error.text, Text("새로 고치십시오.", "Reload."))


def _register(
    here: Visit,
    row: Mapping[str, str] | None = None,
    findings: Sequence[Finding] = (),
    *,
    done: str = "",
    status: int = 422,
    asked: str = "",
    matches: Sequence[Thing] = (),
) -> Response:
    with here.store.registry.read() as conn:
        edition = resource_of(here.store, conn)
        past = service.RESOURCE.editions(here.store, conn)[1:]
        meters = {one.id: one for one in here.store.things.all(conn, {"meter", "firm"})}
    return here.render(
        "energy/response/register.html",
        status=status if findings else 200,
        edition=edition,
        resource=edition.body,
        row=row or _terms_row(edition.body),
        past=past,
        things=meters,
        faults_found=faults_of(edition.body, here.now),
        unknown=unknown(edition.body),
        usual=usual_pay(here.now),
        findings=findings,
        asked=asked,
        matches=matches,
        done=DONE.get(done),
        customer_url=customer_url,
        **said(),
    )


def _customer(
    here: Visit,
    meter: str,
    row: Mapping[str, str] | None = None,
    findings: Sequence[Finding] = (),
    *,
    done: str = "",
    status: int = 422,
) -> Response:
    with here.store.registry.read() as conn:
        edition = resource_of(here.store, conn)
    customer = next((one for one in edition.body.customers if one.enrolment.customer == meter), None)
    row = row or _customer_row(meter, customer)
    shown = compare_for(
        here.store,
        here.actor,
        meter,
        here.now,
        factory=bool(row["factory"]),
        adjustment=_tried(row),
    )
    return here.render(
        "energy/response/customer.html",
        status=status if findings else 200,
        edition=edition,
        customer=customer,
        shown=shown,
        row=row,
        customer_url=customer_url,
        unknown=unknown(edition.body, ("day_hours",)),
        findings=findings,
        done=DONE.get(done),
        **said(),
    )


def _tried(row: Mapping[str, str]) -> Adjustment | None:
    """The adjustment somebody has typed, to be tried before it is agreed."""
    if not row["adjust"]:
        return None
    try:
        return Adjustment(
            "scale" if row["adjust"] == "scale" else "add",
            int(row["adjust_hours"]),
            int(row["adjust_gap"]),
            float(row["adjust_most"]),
        )
    except (ValueError, InvalidInput):
        return None


def _terms_row(resource: Any) -> dict[str, str]:
    begin, end = resource.day_hours or ("", "")
    row = {name: getattr(resource, name, None) for name in TERMS}
    row |= {f"programme_{one}": "1" for one in resource.programmes} | {"day_from": begin, "day_to": end}
    return {name: "" if value is None else str(value) for name, value in row.items()}


def _customer_row(meter: str, customer: Any) -> dict[str, str]:
    row = dict.fromkeys(ENROLMENT, "") | {"meter": meter, "factory": "1"}
    if customer is None:
        return row
    one = customer.enrolment
    row |= {
        "pledged": f"{one.pledged:g}",
        "baseline": str(one.baseline),
        "factory": "1" if one.factory else "",
    }
    row["cost"] = "" if customer.cost is None else f"{customer.cost:g}"
    if one.adjustment is not None:
        row |= {
            "adjust": one.adjustment.kind,
            "adjust_hours": str(one.adjustment.hours),
            "adjust_gap": str(one.adjustment.gap),
            "adjust_most": f"{one.adjustment.most:g}",
        }
    return row
