"""The first page of energy: a firm's own bill, or the complex for its staff."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from sandan.domain import Here
from sandan.energy.model.rights import SEE
from sandan.energy.pages.bill import bill_page, words
from sandan.energy.service.bills import meters_for
from sandan.energy.service.complex import complex_month
from sandan.web import Routes

routes = Routes("energy", prefix="/energy")


@routes.page("", permission=SEE)
def energy_page(here: Here, q: Annotated[str, Query(max_length=100)] = "") -> Response:
    """For a firm its bill of this month, for staff the balance of the complex and its dearest firms."""
    if here.actor.tenant is not None:
        with here.store.registry.read() as conn:
            mine = meters_for(here.store, conn, here.actor)
        if mine:
            return bill_page(here, mine[0].id)
        return here.render("energy/none.html")
    found = complex_month(here.store, here.actor, here.now, q.strip())
    return here.render("energy/complex.html", found=found, text=q.strip(), **words())
