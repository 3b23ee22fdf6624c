"""The agreement of those who share: its terms, its members, and what was agreed before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import Query
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from sandan.clock import SEOUL
from sandan.domain import Here, Visit, Written, whole
from sandan.energy.model.circulation import WIRINGS
from sandan.energy.model.rights import SEE, TRADE
from sandan.energy.model.sharing import RULES
from sandan.energy.service import sharing as service
from sandan.errors import Conflict, Finding, InvalidInput
from sandan.web import Routes
from sandan.words import Text

routes = Routes("energy", prefix="/energy/sharing/agreement")
DONE = {
    "terms": Text("협약의 새 판을 저장했습니다.", "A new edition of the terms was kept."),
    "joined": Text("참여기업을 넣었습니다.", "The member was added."),
    "left": Text("참여기업을 뺐습니다.", "The member was taken out."),
}


@routes.page("", permission=SEE)
def agreement_page(here: Here, done: Annotated[str, Query(max_length=10)] = "") -> Response:
    """The newest edition, with forms for who may change it."""
    return _page(here, done=done)


@routes.action("", permission=TRADE)
def save(here: Here, written: Written) -> Response:
    """Keep another edition of the terms."""
    return _change(here, written, "terms")


@routes.action("/members", permission=TRADE)
def join(here: Here, written: Written) -> Response:
    """A meter joins, or changes."""
    return _change(here, written, "joined")


@routes.action("/leave", permission=TRADE)
def leave(here: Here, written: Written) -> Response:
    """A meter leaves."""
    return _change(here, written, "left")


def _change(here: Visit, written: FormData, what: str) -> Response:
    form = {name: str(value)[:500] for name, value in written.items()}
    base = whole(form.get("base"))
    change = {"terms": service.save_terms, "joined": service.add_member, "left": service.remove_member}[what]
    try:
        change(here.store, here.actor, base, form, here.now)
    except InvalidInput as error:
        return _page(here, form if what != "left" else {}, error.findings, 422, form=what)
    except Conflict as error:
        remedy = Text("새로 고친 뒤 다시 하십시오.", "Reload and try again.")
        return _page(here, {}, [Finding("", error.text, remedy)], 409)
    return RedirectResponse(f"/energy/sharing/agreement?done={what}", 303)


def _page(
    here: Visit,
    given: Mapping[str, str] | None = None,
    faults: Sequence[Finding] = (),
    status: int = 200,
    *,
    form: str = "",
    done: str = "",
) -> Response:
    found = service.roster(here.store, here.actor)
    agreed = found.agreement
    members = {one.meter for one in agreed.members}

    def shown(value: float | None, times: float = 1.0) -> str:
        return "" if value is None else f"{value * times:.6g}"

    terms = {
        "rule": agreed.rule or "",
        "price": shown(agreed.price),
        "loss_within": shown(agreed.loss_within, 100),
        "loss_between": shown(agreed.loss_between, 100),
        "export": shown(agreed.export),
        "since": here.now.astimezone(SEOUL).date().isoformat(),
        "reason": "",
    }
    joining = {"meter": "", "wiring": "beside", "export": "", "since": terms["since"], "reason": ""}
    return here.render(
        "energy/sharing_terms.html",
        status=status,
        found=found,
        agreed=agreed,
        terms={**terms, **(given or {})} if form == "terms" else terms,
        joining={**joining, **(given or {})} if form == "joined" else joining,
        today=terms["since"],
        open_to_join=sorted(
            (one for one in found.meters.values() if one.id not in members), key=lambda one: one.id
        )[:500],
        rules=RULES,
        wirings=WIRINGS,
        faults_found=faults,
        done=DONE.get(done),
        may_change=here.actor.may(TRADE),
    )
